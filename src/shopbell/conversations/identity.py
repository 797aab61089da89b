"""The shop's word for a signed-in customer: a JWT (HS256) that its own server signs.

`aud` is the store's slug, `sub` the customer's id at the shop, `exp` at most an hour ahead; `email`
may say an address that the shop has verified. Whatever is wrong with it (another algorithm, another
store, too old, no secret set) makes the visitor a stranger, never an error page. A newcomer's
mistake: trusting the `alg` of the header. There is one, and it is ours.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

HOUR = 3600
SKEW = 300
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Claims:
    """What the shop says about somebody."""

    subject: str
    email: str = ""
    name: str = ""


def claims_of(token: str, *, secrets: Sequence[str], audience: str, now: datetime) -> Claims | None:
    """Return what a token says, or None if it is not to be believed."""
    head, _, mac = token.rpartition(".")
    header, _, payload = head.partition(".")
    if len(token) > _LONGEST or not header or not payload or not token.isascii():
        return None
    if not any(secret and _signed(secret, head, mac) for secret in secrets):
        return None
    if (_json(header) or {}).get("alg") != "HS256":
        return None
    claims = _json(payload) or {}
    if not _addressed(claims.get("aud"), audience) or not _timely(claims, now.timestamp()):
        return None
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        return None
    verified = claims.get("email_verified", True) is True
    return Claims(
        subject,
        email=_text(claims.get("email")) if verified else "",
        name=_text(claims.get("name")),
    )


def _signed(secret: str, head: str, mac: str) -> bool:
    wanted = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    found = _bytes(mac)
    return found is not None and hmac.compare_digest(wanted, found)


def _bytes(part: str) -> bytes | None:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _json(part: str) -> dict[str, Any] | None:
    raw = _bytes(part)
    try:
        found = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _addressed(told: Any, audience: str) -> bool:
    return told == audience or (isinstance(told, list) and audience in told)


def _timely(claims: dict[str, Any], now: float) -> bool:
    ends = claims.get("exp")
    if not _is_number(ends) or not now - SKEW < ends <= now + HOUR + SKEW:
        return False
    starts = [claims[name] for name in ("nbf", "iat") if name in claims]
    return all(_is_number(each) and each <= now + SKEW for each in starts)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value[:320] if isinstance(value, str) else ""
