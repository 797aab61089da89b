"""Orders, answers and leavings find their message as they happen."""

import uuid
from collections.abc import Sequence
from typing import Any

from shopbell.accounts.queries import store_by_id
from shopbell.consent.events import ConsentChanged
from shopbell.consent.models import ConsentAction, ConsentEvent
from shopbell.conversations.events import CustomerWrote
from shopbell.conversations.models import Entry
from shopbell.events.registry import Recorded, on
from shopbell.messaging.ports import Medium
from shopbell.orders.events import OrderCancelled, OrderEdited, OrderPlaced, RefundIssued
from shopbell.results.actions import Followed, note_followed, note_orders
from shopbell.results.models import What


@on(OrderPlaced, OrderEdited, OrderCancelled, RefundIssued)
def attribute_orders(batch: Sequence[Recorded[Any]]) -> None:
    """Say which message an order counts for, and how much of it is left."""
    keys = {item.fact.order_id for item in batch}
    note_orders(store=store_by_id(batch[0].store_id), orders=sorted(keys))


@on(CustomerWrote)
def find_what_was_answered(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """Say which message somebody answered; what machines answer counts for nothing."""
    keys = {item.fact.entry_id for item in batch if not item.fact.nature}
    rows = Entry.objects.filter(pk__in=keys).select_related("thread")
    several = [
        Followed(
            ref=row.pk,
            at=row.created_at,
            customer_id=row.customer_id,
            medium=row.thread.medium if row.thread else "",
            message_id=_id(row.data.get("answers")),
        )
        for row in rows
    ]
    # A mail that quotes nothing is a new letter; on a phone, people write below what came last.
    told = [each for each in several if each.message_id or each.medium != Medium.EMAIL]
    note_followed(store=store_by_id(batch[0].store_id), what=What.REPLY, several=told)


@on(ConsentChanged)
def find_what_somebody_left(batch: Sequence[Recorded[ConsentChanged]]) -> None:
    """Say on which message somebody left; a topic counts as leaving too."""
    people = {
        item.fact.customer_id for item in batch if item.fact.action == ConsentAction.WITHDRAWN
    }
    if not people:
        return
    first = min(item.occurred_at for item in batch)
    rows = ConsentEvent.objects.filter(
        customer__in=people,
        action=ConsentAction.WITHDRAWN,
        purpose__in=("marketing", "survey"),
        occurred_at__gte=first,
    )
    several = [
        Followed(
            row.pk, row.occurred_at, row.customer_id, row.channel, _id(row.proof.get("message"))
        )
        for row in rows
    ]
    note_followed(store=store_by_id(batch[0].store_id), what=What.LEFT, several=several)


def _id(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
