"""Faces and first names of those who answer, as visitors see them."""

from typing import Any

from shopbell.accounts.models import Role, Staff
from shopbell.conversations.models import Entry

SHOWN = 3


def face_of(entry: Entry) -> str:
    """Return the mark of the picture of who wrote an answer; empty if there is none."""
    return entry.author.face if entry.author else ""


def team_of_store() -> list[dict[str, Any]]:
    """Return some of those who answer in the store in scope, those with a picture first."""
    staff = Staff.objects.exclude(role=Role.LIGHT).filter(user__is_active=True)
    rows = staff.exclude(user__name="").order_by("user__portrait__mark", "created_at")
    found = rows.values_list("user__name", "user__portrait__mark")[:SHOWN]
    return [{"name": name.split()[0], "face": mark or ""} for name, mark in found]
