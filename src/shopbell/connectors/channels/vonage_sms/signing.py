"""Signed webhooks of Vonage's Messages API: a JWT in the header Authorization, HS256.

Its claim `payload_hash` is the SHA-256 of the raw body, `iat` the time it was made:
https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
A newcomer's mistake: believing the header of the token. Its algorithm is ours to choose.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from shopbell.connections.ports import RawRequest
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature

TOLERANCE_SECONDS = 300


def require_signature(request: RawRequest, api_key: str, secrets: Iterable[str]) -> None:
    """Raise `BadSignature` unless Vonage signed exactly this body, a moment ago, for us."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    head, dot, signature = token.rpartition(".")
    if kind.lower() != "bearer" or not dot or head.count(".") != 1:
        raise _refusal()
    signed = head.encode("utf-8", "surrogatepass")
    given = signature.encode("utf-8", "surrogatepass")
    fits = [hmac.compare_digest(_mac(signed, secret), given) for secret in secrets]
    if not any(fits):
        raise _refusal()
    claims = _claims(head)
    body_hash = hashlib.sha256(request.body).hexdigest()
    if not hmac.compare_digest(
        str(claims.get("payload_hash", "")).lower().encode(), body_hash.encode()
    ):
        raise _refusal()
    made = claims.get("iat")
    now = clock.now().timestamp()
    if not isinstance(made, int | float) or abs(now - made) > TOLERANCE_SECONDS:
        raise _refusal()
    if claims.get("api_key") not in (None, api_key):
        raise _refusal()


def make_token(body: bytes, api_key: str, secret: str, at: float) -> str:
    """Return the token Vonage sends with a body."""
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {
        "iat": int(at),
        "iss": "Vonage",
        "api_key": api_key,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    signed = ".".join(_coded(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_mac(signed.encode(), secret).decode()}"


def _mac(signed: bytes, secret: str) -> bytes:
    return _coded(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).encode()


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _claims(head: str) -> dict[str, Any]:
    part = head.partition(".")[2]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise _refusal() from None
    return found if isinstance(found, dict) else {}


def _refusal() -> BadSignature:
    return BadSignature("The signature of this Vonage webhook does not fit its body.")
