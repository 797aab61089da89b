"""Checking webhook signatures on the exact bytes that came.

Every comparison is constant-time and every mistake gives the same `BadSignature`: the sender of a
forged request learns nothing about which part was wrong.
"""

import base64
import binascii
import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import SecretStr

from shopbell.kit import clock
from shopbell.kit.errors import BadSignature

TOLERANCE_SECONDS = 300


def open_secrets(*secrets: SecretStr) -> list[str]:
    """Return the secrets that are set, newest first (two during a rotation)."""
    return [secret.get_secret_value() for secret in secrets if secret.get_secret_value()]


def require(fits: bool, title: str) -> None:
    """Raise `BadSignature` unless `fits`."""
    if not fits:
        raise BadSignature(f"The signature of this {title} request does not fit its body.")


def hmac_base64_fits(body: bytes, given: str, secrets: Iterable[str]) -> bool:
    """Whether `given` is base64 HMAC-SHA256 of the body under one of the secrets."""
    return any(
        _equal(base64.b64encode(_mac(secret.encode(), body)).decode(), given.strip())
        for secret in secrets
    )


def hmac_hex_fits(body: bytes, given: str, secrets: Iterable[str]) -> bool:
    """Whether `given` is hex HMAC-SHA256; the secret is NFKD-normalised first, as EasyPost does."""
    return any(
        _equal(
            _mac(unicodedata.normalize("NFKD", secret).encode(), body).hex(), given.strip().lower()
        )
        for secret in secrets
    )


def standard_keys(secret: str) -> list[bytes]:
    """Return the key bytes a Standard Webhooks secret may mean, the likeliest first.

    Libraries write secrets as base64, with or without `whsec_`; people enter plain text. A secret
    that could be both is tried as both.
    """
    try:
        decoded = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return [secret.encode()]
    if secret.startswith("whsec_") and decoded:
        return [decoded]
    return [secret.encode(), decoded] if len(decoded) >= 16 else [secret.encode()]


def sign_standard(secret: str, webhook_id: str, timestamp: int | str, body: bytes) -> str:
    """Return the `webhook-signature` header of Standard Webhooks for a message."""
    return _sign_with(standard_keys(secret)[0], webhook_id, timestamp, body)


def _sign_with(key: bytes, webhook_id: str, timestamp: int | str, body: bytes) -> str:
    signed = b".".join((webhook_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(_mac(key, signed)).decode()


def standard_fits(
    body: bytes, webhook_id: str, timestamp: str, signature: str, secrets: Iterable[str]
) -> bool:
    """Whether a Standard Webhooks message is genuine and at most five minutes old (or early)."""
    sent_at = stamp(timestamp)
    if not webhook_id or sent_at is None:
        return False
    if abs((clock.now() - sent_at).total_seconds()) > TOLERANCE_SECONDS:
        return False
    given = [part for part in signature.split() if part.startswith("v1,")][:10]
    keys = [key for secret in secrets for key in standard_keys(secret)]
    expected = [_sign_with(key, webhook_id, timestamp, body) for key in keys]
    return any([_equal(one, other) for one in expected for other in given])


def stamp(timestamp: str) -> datetime | None:
    """Return the moment of a Unix timestamp as headers carry it, or None."""
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > 11:
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
