"""Faces and first names of those who answer, as visitors see them."""

from typing import Any

from shopbell.accounts.models import Portrait, Role, Staff
from shopbell.conversations.models import Entry
from shopbell.kit.errors import NotFound

SHOWN = 3


def face_of(entry: Entry) -> str:
    """Return the mark of the picture of who wrote an answer; empty if there is none."""
    portrait = getattr(entry.author, "portrait", None) if entry.author_id else None
    return portrait.mark if portrait else ""


def team_of_store() -> list[dict[str, Any]]:
    """Return some of those who answer in the store in scope, those with a picture first."""
    staff = Staff.objects.exclude(role=Role.LIGHT).filter(user__is_active=True)
    rows = staff.exclude(user__name="").order_by("user__portrait__mark", "created_at")
    found = rows.values_list("user__name", "user__portrait__mark")[:SHOWN]
    return [{"name": name.split()[0], "face": mark or ""} for name, mark in found]


def picture_of_store(mark: str) -> bytes:
    """Return the picture of somebody who works in the store in scope.

    Raises:
        NotFound: nobody here has it.
    """
    here = Staff.objects.values("user_id")
    found = Portrait.objects.filter(mark=mark, user_id__in=here).first()
    if found is None:
        raise NotFound("There is no such picture.")
    return bytes(found.png)
