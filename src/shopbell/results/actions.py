"""Writes: which order, answer or leaving followed on which message, and the rules for orders."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

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
    for each in several:
        message = _message(each, what)
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


def _message(each: Followed, what: What) -> Message | None:
    rows = Message.objects.only("id", "store", "handed_at").filter(
        origin__in=ORIGINS, state__in=TOLD, handed_at__isnull=False
    )
    if each.message_id is not None:
        return rows.filter(pk=each.message_id).first()
    if each.customer_id is None:
        return None
    if what == What.LEFT:  # nobody leaves because of a parcel
        rows = rows.filter(purpose="marketing")
    recent = rows.filter(
        customer=each.customer_id,
        medium=each.medium,
        handed_at__gt=each.at - RECENT,
        handed_at__lte=each.at,
    )
    newest = recent.aggregate(at=Max("handed_at"))["at"]
    return recent.filter(handed_at=newest).first() if newest else None


@transaction.atomic
def change_window(*, store: Store, window: Window) -> None:
    """Change the rules by which orders count; all days are counted again by them."""
    change_policies(store=store, attribution=window.as_policy())
    mark_all()
