"""Identifiers and tokens: UUIDv7 for rows, random tokens for secrets, keyed digests for links.

UUIDv7 sorts by creation time, so index pages stay hot; it is public, never a secret.
"""

import hashlib
import hmac
import os
import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562), strictly increasing within this process."""
    global _last
    with _lock:
        # 48 bits of milliseconds and 12 bits of the fraction, as RFC 9562 section 6.2 method 3.
        stamp = (time.time_ns() << 12) // 1_000_000
        if stamp <= _last:
            stamp = _last + 1
        _last = stamp
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    low = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | low
    return uuid.UUID(int=value)


def token(size: int = 32) -> str:
    """Return a URL-safe random secret made of `size` random bytes."""
    return secrets.token_urlsafe(size)


def digest(value: str) -> str:
    """Return the SHA-256 hex digest under which a high-entropy secret is stored."""
    return hashlib.sha256(value.encode()).hexdigest()


def keyed(key: str, *parts: str, length: int = 20) -> str:
    """Return the first `length` hex characters of HMAC-SHA256 over `parts` (NUL-separated)."""
    return hmac.new(key.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:length]
