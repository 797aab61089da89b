"""Signed addresses under which the frame of a mail loads pictures: who, which one, for how long.

The frame of a foreign mail has no origin and so sends no cookies: the address itself has to say who
may load it. It is made only for staff who asked, names one picture, and ends after some minutes, so
that nobody can fetch through us what they like.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

PREFIX = "/mail-pictures/"
LIFE = 300  # seconds; a frame asks for its pictures at once, each time with new addresses
WISH_LIFE = 900
_ADDRESS = "conversations.pictures.address"
_WISH = "conversations.pictures.wish"
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which picture is asked for, by whom, in which store."""

    user_id: int
    store: str
    address: str


def picture_address(*, user_id: int, store: str, address: str) -> str:
    """Return our address for somebody else's picture, "" if that one is too long to be one."""
    if len(address) > _LONGEST:
        return ""
    told = signing.dumps([user_id, store, address], salt=_ADDRESS, compress=True)
    return f"{PREFIX}{store}/{told}"


def read_address(store: str, told: str) -> Asked | None:
    """Return what an address of ours says, None if we did not write it or it is too old."""
    try:
        user_id, place, address = signing.loads(told, salt=_ADDRESS, max_age=LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Asked(user_id, place, address) if place == store else None


def wish_of(user_id: int, entry_id: uuid.UUID) -> str:
    """Return the mark by which somebody who pressed "Show them" gets the pictures of one mail."""
    return signing.dumps([user_id, str(entry_id)], salt=_WISH)


def is_wish(mark: str, user_id: int, entry_id: uuid.UUID) -> bool:
    """Whether the mark is this person's for this mail, and new."""
    try:
        return bool(signing.loads(mark, salt=_WISH, max_age=WISH_LIFE) == [user_id, str(entry_id)])
    except (signing.BadSignature, ValueError):
        return False


def source_of(store: str, host: str) -> str:
    """Return the content policy's word for where pictures may come from."""
    schemes = ("https",) if settings.SECURE else ("http", "https")
    return " ".join(f"{scheme}://{host}{PREFIX}{store}/" for scheme in schemes)
