"""Encryption of the texts that people let the bot keep, with keys that are not in the database.

The setting TEXT_KEYS lists the keys, newest first. The first encrypts, all decrypt: to rotate, put a new key in front.

Texts are looked up by a keyed hash: without a key, nobody can tell from the database whether it holds a guessed text.
Each key gives a hash of its own (derived by HKDF, so that no key serves two purposes). The first key's is stored, and a
lookup asks for all of `keys_of`: a rotation breaks no lookup, and an old key may go once no text that it encrypted is
kept.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ml.text import normalise

HOW_TO: Final = (
    "make a key with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


class Vault:
    """Encrypts, decrypts and hashes with the keys of TEXT_KEYS. Without keys nothing may be kept: see `can_keep`."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError, without quoting it, for a key that is none."""
        self.can_keep: Final = bool(keys)
        self._fernet: Final = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, 1)]) if keys else None
        self._hash_keys: Final = tuple(_hash_key(key) for key in keys)

    def encrypt(self, text: str) -> bytes:
        """The text, readable with the first key. Raises ValueError when there is no key."""
        return self._with_keys().encrypt(text.encode())

    def decrypt(self, cipher: bytes) -> str:
        """The text. Raises ValueError when none of the keys encrypted it, or it was changed since."""
        try:
            return self._with_keys().decrypt(cipher).decode()
        except InvalidToken:
            raise ValueError("no key in TEXT_KEYS decrypts this text: is an older key missing?") from None

    def key_of(self, text: str) -> bytes:
        """The keyed hash to store: 16 bytes, equal for texts that normalise alike. Raises ValueError without keys."""
        self._with_keys()
        return _hash(text, self._hash_keys[0])

    def keys_of(self, text: str) -> tuple[bytes, ...]:
        """The hashes under which the text may be stored, one a key of TEXT_KEYS; none without keys.

        Nor are there any where normalising leaves nothing of a text: those have nothing in common.
        """
        if not normalise(text):
            return ()
        return tuple(_hash(text, key) for key in self._hash_keys)

    def _with_keys(self) -> MultiFernet:
        if self._fernet is None:
            raise ValueError(f"TEXT_KEYS is empty, so no text can be kept; {HOW_TO}")
        return self._fernet


def _fernet(key: str, place: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise ValueError(f"key {place} in TEXT_KEYS is not 32 bytes in url-safe base64; {HOW_TO}") from None


def _hash_key(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"feelback: keyed hash of a text").derive(key.encode())


def _hash(text: str, key: bytes) -> bytes:
    return blake2b(normalise(text).encode(), key=key, digest_size=16).digest()
