"""Addresses under which a provider fetches a file of ours: signed, for an hour.

Some channels take no bytes, only an address that the whole internet can read. A newcomer's mistake:
giving such an address to people; whoever has it reads the file.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

LIFE = 3600  # seconds; providers fetch at once, and once more when they were busy
PREFIX = "/f/"
_SALT = "kit.handouts"


@dataclass(frozen=True, slots=True)
class Handout:
    """Which file an address hands out, and as what."""

    key: str
    content_type: str


def handout_address(key: str, content_type: str) -> str:
    """Return the address of a file for the next hour."""
    token = signing.dumps([key, content_type], salt=_SALT, compress=True)
    return f"{settings.BASE_URL}{PREFIX}{token}"


def handout_of(token: str) -> Handout | None:
    """Return what an address hands out, None if we did not write it or its hour is over."""
    try:
        key, content_type = signing.loads(token, salt=_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Handout(str(key), str(content_type))
