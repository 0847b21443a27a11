"""The names of this machine, which only programs on it can reach."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
