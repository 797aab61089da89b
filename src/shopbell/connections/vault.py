"""Encryption of provider credentials: AES-256-GCM, a data key and the store bound into each.

The key-encryption key is derived from SHOPBELL_SECRET_KEY (outside the database), the store's data
key from it and the store id. A ciphertext copied to another store or field does not open.
Format: `v1:<base64 of nonce + ciphertext>`.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from shopbell.kit.errors import ConfigurationError


def _key(store_id: int) -> bytes:
    derive = HKDF(
        algorithm=SHA256(), length=32, salt=b"shopbell-vault", info=f"store:{store_id}".encode()
    )
    return derive.derive(settings.SECRET_KEY.encode())


def seal(plain: str, *, store_id: int, label: str) -> str:
    """Encrypt a secret of a store. `label` (connection and field) is bound into it."""
    nonce = os.urandom(12)
    sealed = AESGCM(_key(store_id)).encrypt(nonce, plain.encode(), f"{store_id}|{label}".encode())
    return "v1:" + base64.b64encode(nonce + sealed).decode()


def open_sealed(sealed: str, *, store_id: int, label: str) -> str:
    """Decrypt; raise `ConfigurationError` if the key or the place does not fit."""
    try:
        raw = base64.b64decode(sealed.removeprefix("v1:"))
        return (
            AESGCM(_key(store_id))
            .decrypt(raw[:12], raw[12:], f"{store_id}|{label}".encode())
            .decode()
        )
    except (InvalidTag, ValueError):
        raise ConfigurationError(
            f"A stored credential ({label}) cannot be opened with the current SHOPBELL_SECRET_KEY.",
            remedy="Start with the key it was saved under, or enter the credential again.",
        ) from None
