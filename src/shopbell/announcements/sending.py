"""The pump: batch by batch, pending recipients become messages in the ledger.

    claim (lease) → lock the telling → recheck, queue, mark, commit → again until none is pending

Messages and marks commit together, so a worker that dies in between leaves nothing half done; and
the business key `announcement:<id>:<number>:<customer>` exists once, whoever tries again.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.announcements.actions.linking import link_open_conversations
from shopbell.announcements.audience import Affected, affected_orders
from shopbell.announcements.models import Place, Recipient, Stage, Telling
from shopbell.announcements.reasons import GONE, NO_LONGER
from shopbell.events.actions import wake
from shopbell.events.pump import claim, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.notifications.queries import settings_of_store
from shopbell.web.live import announce

BATCH = 100
KIND, FOLLOW_UP = "announcement", "announcement_follow_up"


def run_announcements() -> int:
    """Queue one batch of each telling that is being sent; returns how many tellings."""
    rows = claim(
        table="announcements_telling",
        columns="t.id, t.store_id",
        where="stage = 'sending'",
        limit=20,
    )
    for key, store_id in rows:
        if stopping.is_set():
            break
        _tell_some(store_by_id(store_id), key)
    return len(rows)


def _tell_some(store: Store, key: uuid.UUID) -> None:
    with store_scope(store.pk):
        telling = (
            Telling.objects.select_for_update(of=("self",))
            .select_related("announcement")
            .filter(pk=key, stage=Stage.SENDING)
            .first()
        )
        if telling is None:
            return
        pending = list(
            Recipient.objects.select_related("customer", "order", "shipment")
            .defer("order__payload", "shipment__payload")
            .filter(telling=telling, state=Place.PENDING)
            .order_by("id")[:BATCH]
        )
        _queue(store, telling, pending)
        telling.lease_until, telling.due_at = None, clock.now()
        if len(pending) < BATCH:
            telling.stage, telling.ended_at = Stage.DONE, clock.now()
        telling.save(update_fields=["lease_until", "due_at", "stage", "ended_at"])
        announce(store.pk, "announcements")
        if telling.stage == Stage.SENDING:
            wake("announcements")


def _queue(store: Store, telling: Telling, pending: Sequence[Recipient]) -> None:
    still = _still_affected(store, telling, pending)
    told: dict[str, Recipient] = {}
    for row in pending:
        if row.customer is None or row.customer.erased_at is not None:
            row.state, row.reason = Place.LEFT_OUT, GONE
        elif still is not None and row.order_id not in still:
            row.state, row.reason = Place.LEFT_OUT, NO_LONGER
        else:
            told[key_of(telling, row)] = row
    waits = settings_of_store()["delayed"].waits  # the store's patience with each channel
    queue_messages(drafts=[draft_for(telling, row, waits) for row in told.values()])
    known = Message.objects.filter(business_key__in=list(told))
    for business_key, message_id in known.values_list("business_key", "pk"):
        told[business_key].state, told[business_key].message_id = Place.QUEUED, message_id
    Recipient.objects.bulk_update(pending, ["state", "reason", "message"])
    if telling.is_first:
        link_open_conversations(
            customer_ids=[r.customer_id for r in told.values() if r.customer_id]
        )


def _still_affected(
    store: Store, telling: Telling, pending: Sequence[Recipient]
) -> set[uuid.UUID] | None:
    """Return the orders that are affected at this very moment; a follow-up asks for none."""
    if not telling.is_first:
        return None
    affected = Affected.of(telling.announcement.affected)
    asked = [row.order_id for row in pending if row.order_id]
    rows = affected_orders(affected, store.timezone).filter(pk__in=asked)
    return set(rows.values_list("pk", flat=True))


def key_of(telling: Telling, row: Recipient) -> str:
    """Return the business key: nobody gets the same telling twice."""
    return f"announcement:{telling.announcement_id}:{telling.number}:{row.customer_id}"


def draft_for(telling: Telling, row: Recipient, waits: Mapping[str, int] | None = None) -> Draft:
    """Return the message to one recipient."""
    customer, order = row.customer, row.order
    begun = telling.started_at or clock.now()
    return Draft(
        business_key=key_of(telling, row),
        kind=KIND if telling.is_first else FOLLOW_UP,
        purpose="order_updates",
        media=(row.medium,) if row.medium else tuple(telling.media),
        waits=dict(waits or {}),
        customer=customer,
        order=order,
        shipment=row.shipment,
        locale=(order.locale if order else "") or (customer.locale if customer else ""),
        to_name=customer.name if customer else "",
        not_after=begun + timedelta(hours=telling.useful_hours),
        ignore_quiet=telling.in_quiet_hours,
        data={
            "text_kind": telling.text_kind,
            "telling": str(telling.pk),
            "context": {"affected": {"numbers": ", ".join(row.numbers), "count": len(row.orders)}},
        },
    )
