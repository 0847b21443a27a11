"""API keys: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

_PREFIX = "ioc_"


def new_key() -> str:
    """Return a new key of 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Return what is stored of a key. A plain SHA-256 is enough: a key is random, unlike a password it cannot be guessed."""
    return hashlib.sha256(key.encode()).digest()
