"""Saved replies: adding, changing, throwing away."""

from django.db import transaction

from shopbell.conversations.models import SavedReply
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.text import one_line, storable


@transaction.atomic
def save_reply(*, name: str, text: str, saved: SavedReply | None = None) -> SavedReply:
    """Add a saved reply, or change one.

    Raises:
        Conflict: another one has this name.
    """
    row = saved or SavedReply()
    called = one_line(name, 100)
    if SavedReply.objects.filter(name=called).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a saved reply “{called}” already.", kept="Nothing was changed.")
    row.name, row.text, row.saved_at = called, storable(text), clock.now()
    row.save()
    return row


@transaction.atomic
def drop_saved_reply(*, saved: SavedReply) -> None:
    """Throw a saved reply away."""
    saved.delete()
