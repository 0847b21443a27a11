import hashlib

from ioc.access.keys import hash_key, new_key


def test_key_is_random_and_says_whose_it_is() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("ioc_") and len(key) == 4 + 43 and key.isascii() for key in keys)


def test_what_is_stored_is_a_hash_from_which_the_key_cannot_be_told() -> None:
    key = new_key()
    assert hash_key(key) == hashlib.sha256(key.encode()).digest()
    assert key.encode() not in hash_key(key)
    assert hash_key(key) != hash_key(new_key())
