"""What the send gate is told: when there is nothing to ask about any more.

Who sends something back has told the shop already that not everything is right.
"""

from collections.abc import Sequence

from shopbell.feedback.catalogue import KIND
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.orders.models import Return, Shipment
from shopbell.orders.ports import OrderStatus, ReturnStatus

type Said = tuple[Answer, str, str]

_GOES_BACK = Answer.SKIP, "returning", "The parcel is on its way back to the sender."
_RETURNED = Answer.SKIP, "returned", "The customer sends something of this order back."
_CANCELLED = Answer.SKIP, "order_cancelled", "The order was cancelled."


@rulings
def nothing_to_ask(messages: Sequence[Message]) -> Ruling | None:
    """Leave out checks about orders that were cancelled or go back; two queries for a batch."""
    orders = {m.order_id for m in messages if m.kind == KIND and m.order_id}
    if not orders:
        return None
    parcels = Shipment.objects.filter(order__in=orders, returning=True, cancelled=False)
    back = set(parcels.values_list("order_id", flat=True))
    rows = Return.objects.filter(order__in=orders).exclude(status=ReturnStatus.CANCELLED)
    returned = set(rows.values_list("order_id", flat=True))

    def ruling(message: Message) -> Said | None:
        if message.kind != KIND or message.order is None:
            return None
        if message.order.status == OrderStatus.CANCELLED:
            return _CANCELLED
        if message.order_id in back:
            return _GOES_BACK
        return _RETURNED if message.order_id in returned else None

    return ruling
