"""Writes: which order, answer or leaving followed on which message, and the rules for orders."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.messaging.models import Message
from shopbell.messaging.states import TOLD
from shopbell.notifications.actions import change_policies
from shopbell.results.attribution import ORIGINS, attribute
from shopbell.results.counting import mark, mark_all
from shopbell.results.models import Outcome, What
from shopbell.results.policy import Window

# Who writes back, or leaves, without saying on what: it is the last message of these days.
RECENT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Followed:
    """An answer or a leaving. `message_id` None: it is not said on which one."""

    ref: uuid.UUID
    at: datetime
    customer_id: uuid.UUID | None
    medium: str
    message_id: uuid.UUID | None = None


@transaction.atomic
def note_orders(*, store: Store, orders: Sequence[uuid.UUID]) -> None:
    """Find the messages that orders count for."""
    mark(store, attribute(store=store, orders=orders))


@transaction.atomic
def note_followed(*, store: Store, what: What, several: Sequence[Followed]) -> None:
    """Write down answers or leavings with the message they followed on, if there is one."""
    rows = []
    for each, message in zip(several, _messages(several, what), strict=True):
        if message is not None and message.handed_at is not None:
            rows.append(
                Outcome(
                    what=what,
                    ref=each.ref,
                    message=message,
                    handed_at=message.handed_at,
                    at=each.at,
                    by="said" if each.message_id else "recent",
                    revenue=0,
                    currency="",
                )
            )
    Outcome.objects.bulk_create(rows, ignore_conflicts=True)
    mark(store, {row.message_id for row in rows})


def _messages(several: Sequence[Followed], what: What) -> list[Message | None]:
    """Return the message each followed on, in two queries however many there are."""
    rows = Message.objects.only("id", "store", "customer", "medium", "handed_at").filter(
        origin__in=ORIGINS, state__in=TOLD, handed_at__isnull=False
    )
    ids = [each.message_id for each in several if each.message_id is not None]
    named = rows.in_bulk(ids) if ids else {}
    asked = [each for each in several if each.message_id is None and each.customer_id is not None]
    by_person: dict[uuid.UUID, list[Message]] = {}
    if asked:
        if what == What.LEFT:  # nobody leaves because of a parcel
            rows = rows.filter(purpose="marketing")
        recent = rows.filter(
            customer__in={each.customer_id for each in asked},
            handed_at__gt=min(each.at for each in asked) - RECENT,
        )
        for row in recent.order_by("handed_at", "id"):
            if row.customer_id is not None:
                by_person.setdefault(row.customer_id, []).append(row)
    return [
        named.get(each.message_id) if each.message_id else _newest(each, by_person)
        for each in several
    ]


def _newest(each: Followed, by_person: Mapping[uuid.UUID, Sequence[Message]]) -> Message | None:
    if each.customer_id is None:
        return None
    found = None
    for row in by_person.get(each.customer_id, ()):
        assert row.handed_at is not None
        if row.medium == each.medium and each.at - RECENT < row.handed_at <= each.at:
            found = row
    return found


@transaction.atomic
def change_window(*, store: Store, window: Window) -> None:
    """Change the rules by which orders count; all days are counted again by them."""
    change_policies(store=store, attribution=window.as_policy())
    mark_all()
