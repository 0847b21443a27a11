"""The live state and the sockets that show it; knows nothing of rules or SQL."""
