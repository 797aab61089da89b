"""Which conversations are about an announcement: those of the people it affects, while it runs."""

import uuid
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from shopbell.announcements.models import Announcement, Link, Place, Recipient, State, Telling
from shopbell.conversations.actions.assign import set_tags
from shopbell.conversations.models import Conversation, Entry, Status
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message


@transaction.atomic
def link_conversations(*, conversation_ids: Collection[uuid.UUID]) -> int:
    """Link and tag the conversations of affected people; returns how many links are new."""
    rows = Conversation.objects.filter(pk__in=conversation_ids, customer__isnull=False)
    return _link(rows.exclude(status=Status.SPAM))


@transaction.atomic
def link_open_conversations(*, customer_ids: Collection[uuid.UUID]) -> int:
    """Do so for the conversations these people have open already."""
    rows = Conversation.objects.filter(customer__in=customer_ids, merged_into=None)
    return _link(rows.filter(status__in=(Status.OPEN, Status.PENDING, Status.SNOOZED)))


def _link(rows: Iterable[Conversation]) -> int:
    cases = {row.pk: row for row in rows}
    running = {row.pk: row for row in Announcement.objects.filter(state=State.RUNNING)}
    if not cases or not running:
        return 0
    affected = _affected(running, {row.customer_id for row in cases.values() if row.customer_id})
    known = set(
        Link.objects.filter(conversation__in=cases).values_list("announcement", "conversation")
    )
    fresh = 0
    for case in cases.values():
        for key in affected.get(case.customer_id, ()) if case.customer_id else ():
            if (key, case.pk) not in known:
                fresh += 1
                Link.objects.get_or_create(announcement=running[key], conversation=case)
                _tag(case, running[key].tag)
    return fresh


def _tag(case: Conversation, tag: str) -> None:
    try:
        now = Conversation.objects.get(pk=case.pk)
        set_tags(conversation=now, tags=[*now.tags, tag], by=None)
    except Invalid:  # it has twenty tags: the banner says it all the same
        pass


def _affected(
    running: Mapping[uuid.UUID, Announcement], customers: Collection[uuid.UUID]
) -> dict[uuid.UUID, set[uuid.UUID]]:
    rows = Recipient.objects.filter(
        telling__announcement__in=list(running), telling__number=1, customer__in=customers
    ).exclude(state=Place.LEFT_OUT)
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for customer, key in rows.values_list("customer_id", "telling__announcement_id"):
        found.setdefault(customer, set()).add(key)
    return found


@transaction.atomic
def note_answers(*, entry_ids: Collection[uuid.UUID]) -> int:
    """Mark conversations that answer one of our messages, also when it is over by then."""
    named: dict[str, uuid.UUID] = {}
    for row in Entry.objects.filter(pk__in=entry_ids).only("conversation", "data"):
        if row.data.get("answers"):
            named[row.data["answers"]] = row.conversation_id
    tellings = {
        message.pk: message.data["telling"]
        for message in Message.objects.filter(pk__in=list(named)).only("data")
        if "telling" in message.data
    }
    known = {str(row.pk): row for row in Telling.objects.filter(pk__in=set(tellings.values()))}
    count = 0
    for message, telling in tellings.items():
        if telling not in known:
            continue
        link, _ = Link.objects.get_or_create(
            announcement_id=known[telling].announcement_id, conversation_id=named[str(message)]
        )
        if not link.answers:
            link.answers = True
            link.save(update_fields=["answers"])
            count += 1
    return count
