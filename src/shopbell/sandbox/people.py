"""The list of people on the sandbox page: who got something, who wrote, who was made up.

A newcomer's mistake: one line per customer. A phone in somebody's hand is one line, whatever the
store knows of who they are on Instagram.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import Q
from django.db.models.functions import Substr

from shopbell.conversations.models import Entry, EntryKind
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Target
from shopbell.sandbox.holders import APPS, handsets, owners
from shopbell.sandbox.models import Handset
from shopbell.sandbox.queries import ARRIVED, Person, is_unread

NEWEST = 500
PEOPLE = 40


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of somebody: something they got, wrote, or that they exist."""

    at: datetime
    customer: uuid.UUID | None
    medium: str
    address: str
    name: str
    said: str
    unread: bool = False


def people(inboxes: Collection[uuid.UUID], words: str = "") -> list[Person]:
    """Return who got or wrote something lately or was made up, the newest first."""
    signs = sorted(
        chain(_told(inboxes, words), _wrote(inboxes, words)), key=lambda s: s.at, reverse=True
    )
    phones = owners({(sign.medium, sign.address) for sign in signs})
    found: dict[str, Person] = {}
    for sign in signs:
        handset = phones.get((sign.medium, sign.address))
        key = handset.key if handset else str(sign.customer or sign.address)
        person = found.get(key)
        if person is None:
            name = (handset.name if handset else "") or sign.name or sign.address
            person = found[key] = Person(key, name, sign.at, sign.said)
        person.media.add(sign.medium)
        person.unread += sign.unread
    for handset in _silent(found, words):
        found[handset.key] = Person(handset.key, handset.name, handset.created_at, handset.number)
    newest = sorted(found.values(), key=lambda person: person.last_at, reverse=True)
    return newest[:PEOPLE]


def _told(inboxes: Collection[uuid.UUID], words: str) -> Iterable[_Sign]:
    rows = Message.objects.filter(connection_id__in=list(inboxes), state__in=ARRIVED)
    if words:
        rows = rows.filter(
            Q(to_name__icontains=words)
            | Q(to_address__icontains=words)
            | Q(order__number__icontains=words)
        )
    newest = rows.annotate(start=Substr("text", 1, 90)).values_list(
        "created_at", "customer_id", "medium", "to_address", "to_name", "subject", "start", "state",
        "data__target",
    )  # fmt: skip
    for at, customer, medium, address, name, subject, start, state, target in newest.order_by(
        "-created_at", "-id"
    )[:NEWEST]:
        said = subject or start
        unread = target != Target.COMMENT and is_unread(medium, state)
        yield _Sign(at, customer, medium, address, name, said, unread)


def _wrote(inboxes: Collection[uuid.UUID], words: str) -> Iterable[_Sign]:
    rows = Entry.objects.filter(
        kind=EntryKind.INCOMING, thread__inbox__in=list(inboxes), thread__medium__in=APPS
    )
    if words:
        rows = rows.filter(Q(sender_name__icontains=words) | Q(sender_address__icontains=words))
    newest = rows.annotate(start=Substr("text", 1, 90)).values_list(
        "happened_at", "customer_id", "thread__medium", "sender_address", "sender_name", "start"
    )
    for at, customer, medium, address, name, start in newest.order_by("-created_at", "-id")[:200]:
        yield _Sign(at, customer, medium, address, name, f"You: {start}")


def _silent(found: Collection[str], words: str) -> list[Handset]:
    """Return the people made up of whom nothing is known otherwise."""
    wanted = words.lower()
    return [
        each
        for each in handsets()
        if each.customer_id is None
        and each.key not in found
        and wanted in f"{each.name} {each.number}".lower()
    ]
