"""Saved replies: adding, changing, throwing away."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.assign import set_tags
from shopbell.conversations.actions.status import set_status
from shopbell.conversations.models import Conversation, SavedReply, Team
from shopbell.conversations.plain_words import without_signs
from shopbell.conversations.saved import filled, values_for
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.text import one_line, storable


@dataclass(frozen=True, slots=True)
class Also:
    """For whom a saved reply is, and what happens beside the answer when it is sent."""

    team: Team | None = None
    locale: str = ""
    tag: str = ""
    status: str = ""


@transaction.atomic
def save_reply(
    *, name: str, text: str, also: Also | None = None, saved: SavedReply | None = None
) -> SavedReply:
    """Add a saved reply, or change one; without `also` that stays as it is.

    Raises:
        Conflict: another one has this name in this language.
    """
    row = saved or SavedReply()
    called = one_line(name, 100)
    if also is not None:
        row.team, row.locale = also.team, also.locale
        row.tag, row.status = one_line(also.tag, 60).lower(), also.status
    rows = SavedReply.objects.filter(name=called, locale=row.locale)
    if rows.exclude(pk=row.pk).exists():
        raise Conflict(f"There is a saved reply “{called}” already.", kept="Nothing was changed.")
    row.name, row.text, row.saved_at = called, storable(text), clock.now()
    row.save()
    return row


@transaction.atomic
def drop_saved_reply(*, saved: SavedReply) -> None:
    """Throw a saved reply away."""
    saved.delete()


@transaction.atomic
def note_saved_use(
    *,
    store: Store,
    conversation: Conversation,
    agent: User,
    text: str,
    saved_ids: Iterable[uuid.UUID],
    then: str = "",
) -> None:
    """Note that an answer was written with saved replies, and do what goes with them.

    It counts as changed if the text is no longer in the answer word by word. `then` is what the
    writer chose to happen; it goes before the status of a saved reply.
    """
    values = values_for(conversation, store, agent)
    sent = " ".join(text.split())
    for row in SavedReply.objects.filter(pk__in=list(saved_ids)[:20]).order_by("id"):
        words = filled(row.text, values)
        untouched = any(" ".join(said.split()) in sent for said in (words, without_signs(words)))
        SavedReply.objects.filter(pk=row.pk).update(
            used_count=F("used_count") + 1,
            edited_count=F("edited_count") + (0 if untouched else 1),
            used_at=clock.now(),
        )
        if row.tag:
            now = Conversation.objects.get(pk=conversation.pk)
            set_tags(conversation=now, tags=[*now.tags, row.tag], by=agent)
        if row.status and not then:
            set_status(conversation=conversation, status=row.status, by=agent)
