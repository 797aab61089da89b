"""Linking conversations: each names the other, and nothing else of them changes."""

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.merge import both_locked
from shopbell.conversations.actions.timeline import log_activity, tell_pages
from shopbell.conversations.models import Conversation
from shopbell.kit.errors import Invalid

MOST = 20


@transaction.atomic
def link_conversations(*, one: Conversation, other: Conversation, by: User | None) -> None:
    """Let two conversations name each other, also of different customers; twice is once.

    Raises:
        Invalid: it is the same one, or one of them has too many links.
    """
    one, other = _survivor(one), _survivor(other)
    if one.pk == other.pk:
        raise Invalid("A conversation cannot be linked with itself.", kept="Nothing was changed.")
    one, other = both_locked(one, other)
    if other.number in one.linked:
        return
    for row in (one, other):
        if len(row.linked) >= MOST:
            raise Invalid(f"#{row.number} has {MOST} links already.", kept="Nothing was changed.")
    _note(one, [*one.linked, other.number], f"Linked with #{other.number}", by)
    _note(other, [*other.linked, one.number], f"Linked with #{one.number}", by)


@transaction.atomic
def unlink_conversations(*, one: Conversation, number: int, by: User | None) -> None:
    """Take a link away on both sides; one that is not there is no mistake."""
    row = Conversation.objects.filter(number=number).first()
    other = None if row is None or row.pk == one.pk else row
    if other is None:
        return
    one, other = both_locked(one, other)
    for row, away in ((one, other.number), (other, one.number)):
        if away in row.linked:
            kept = [each for each in row.linked if each != away]
            _note(row, kept, f"No longer linked with #{away}", by)


def _survivor(row: Conversation) -> Conversation:
    while row.merged_into_id is not None:
        row = Conversation.objects.get(pk=row.merged_into_id)
    return row


def _note(row: Conversation, linked: list[int], said: str, by: User | None) -> None:
    row.linked = sorted(set(linked))
    row.save(update_fields=["linked"])
    log_activity(row, said, by=by)
    tell_pages(row)
