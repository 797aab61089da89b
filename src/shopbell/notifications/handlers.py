"""Facts about orders and parcels become notices. Which of them are told is the store's choice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shopbell.events.registry import Recorded, on
from shopbell.messaging.catalogue import add_catalogue
from shopbell.notifications import relevance
from shopbell.notifications.actions import Notice, tell
from shopbell.notifications.catalogue import Notifications
from shopbell.orders.events import (
    OrderCancelled,
    OrderEdited,
    OrderPlaced,
    PaymentFailed,
    RefundIssued,
    ReturnReceived,
    ReturnRegistered,
    ShipmentDelayed,
    ShipmentDispatched,
    ShipmentStatusChanged,
)
from shopbell.orders.ports import ShipmentStatus, SubStatus

add_catalogue(Notifications())
RULES = relevance.still_worth_telling  # registered with the gate by being imported

_BY_ORDER = {
    OrderPlaced: "order_confirmed",
    OrderCancelled: "order_cancelled",
    PaymentFailed: "payment_problem",
    OrderEdited: "order_edited",
}
_BY_STATUS = {
    ShipmentStatus.IN_TRANSIT: "in_transit",
    ShipmentStatus.OUT_FOR_DELIVERY: "out_for_delivery",
    ShipmentStatus.ATTEMPT_FAIL: "delivery_attempted",
    ShipmentStatus.AVAILABLE_FOR_PICKUP: "ready_for_pickup",
    ShipmentStatus.EXCEPTION: "exception",
    ShipmentStatus.DELIVERED: "delivered",
}
_DAILY = ("out_for_delivery", "delivery_attempted", "exception")


@on(OrderPlaced, OrderCancelled, PaymentFailed, OrderEdited)
def tell_about_orders(batch: Sequence[Recorded[Any]]) -> None:
    """Confirmation, cancellation, payment problem, change."""
    notices = []
    for item in batch:
        kind = _BY_ORDER[type(item.fact)]
        key = str(item.fact.order_id)
        if kind in ("payment_problem", "order_edited"):
            key += f":{item.occurred_at:%Y%m%d%H%M}"
        notices.append(Notice(kind, item.fact.order_id, key, item.occurred_at))
    tell(notices=notices)


@on(ShipmentDispatched)
def tell_about_dispatch(batch: Sequence[Recorded[ShipmentDispatched]]) -> None:
    """The parcel is on its way."""
    tell(
        notices=[
            Notice(
                "dispatched",
                item.fact.order_id,
                str(item.fact.shipment_id),
                item.occurred_at,
                shipment_id=item.fact.shipment_id,
            )
            for item in batch
        ]
    )


@on(ShipmentStatusChanged)
def tell_about_progress(batch: Sequence[Recorded[ShipmentStatusChanged]]) -> None:
    """Each of the statuses a customer wants to know of, and the reminder of a waiting parcel."""
    notices: list[Notice] = []
    for item in batch:
        kind = _kind_of(item.fact)
        if kind is None or item.fact.order_id is None:
            continue
        notices.append(_parcel_notice(kind, item.fact, item.occurred_at))
        if kind == "ready_for_pickup":
            notices.append(_parcel_notice("pickup_reminder", item.fact, item.occurred_at))
    tell(notices=notices)


def _kind_of(fact: ShipmentStatusChanged) -> str | None:
    kind = _BY_STATUS.get(ShipmentStatus(fact.status))
    if kind == "exception" and fact.sub_status == SubStatus.DELAYED:
        return None  # told as a delay
    same = fact.status == fact.previous
    return None if same and kind not in ("exception", "delivery_attempted") else kind


def _parcel_notice(kind: str, fact: ShipmentStatusChanged, at: datetime) -> Notice:
    key = str(fact.shipment_id)
    if kind in _DAILY:
        key += f":{at:%Y%m%d}:{fact.sub_status}"
    assert fact.order_id is not None
    return Notice(kind, fact.order_id, key, at, shipment_id=fact.shipment_id)


@on(ShipmentDelayed)
def tell_about_delays(batch: Sequence[Recorded[ShipmentDelayed]]) -> None:
    """It will come later than told."""
    tell(
        notices=[
            Notice(
                "delayed",
                item.fact.order_id,
                f"{item.fact.shipment_id}:{item.fact.expected_until:%Y%m%d}"
                if item.fact.expected_until
                else str(item.fact.shipment_id),
                item.occurred_at,
                shipment_id=item.fact.shipment_id,
            )
            for item in batch
            if item.fact.order_id is not None
        ]
    )


@on(ReturnRegistered, ReturnReceived)
def tell_about_returns(batch: Sequence[Recorded[Any]]) -> None:
    """A return was opened; returned goods arrived."""
    tell(
        notices=[
            Notice(
                "return_registered"
                if isinstance(item.fact, ReturnRegistered)
                else "return_received",
                item.fact.order_id,
                str(item.fact.return_id),
                item.occurred_at,
                data={"return_id": str(item.fact.return_id)},
            )
            for item in batch
        ]
    )


@on(RefundIssued)
def tell_about_refunds(batch: Sequence[Recorded[RefundIssued]]) -> None:
    """Money went back."""
    tell(
        notices=[
            Notice(
                "refunded",
                item.fact.order_id,
                str(item.fact.refund_id),
                item.occurred_at,
                data={"refund_id": str(item.fact.refund_id)},
            )
            for item in batch
        ]
    )
