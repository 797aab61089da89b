"""A customer who is told of a remedy in the conversation does not get the notification beside it.

Asked by the send gate right before a notification would leave. A newcomer's mistake: asking only
whether it was told. The shop's webhook is often faster than our own confirmation.
"""

from datetime import timedelta

from shopbell.kit import clock
from shopbell.messaging.gate import relevance
from shopbell.messaging.models import Message
from shopbell.orders.models import Refund
from shopbell.orders.ports import Deed
from shopbell.remedies.models import Remedy, State

_SAME = {
    "refunded": (Deed.REFUND, Deed.CANCEL),
    "order_cancelled": (Deed.CANCEL,),
    "return_registered": (Deed.RETURN,),
}
_SOON = timedelta(minutes=2)  # a confirmation that is not written by then never is


@relevance
def not_told_already(message: Message) -> tuple[str, str] | None:
    """Return why a notification would be the second message about the same thing."""
    deeds = _SAME.get(message.kind)
    if deeds is None or message.origin != "rule" or message.order_id is None:
        return None
    rows = Remedy.objects.filter(
        order=message.order_id,
        deed__in=deeds,
        state__in=(State.HANDED, State.IN_DOUBT, State.DONE),
        tell=True,
        conversation__isnull=False,
    ).select_related("conversation")
    for row in rows:
        if _is_told(row) and _is_about(row, message):
            number = row.conversation.number if row.conversation else ""
            return "told_by_staff", f"The customer is told of it in conversation #{number}."
    return None


def _is_told(row: Remedy) -> bool:
    return row.told_id is not None or row.done_at is None or row.done_at > clock.now() - _SOON


def _is_about(row: Remedy, message: Message) -> bool:
    if message.kind != "refunded" or row.deed == Deed.CANCEL:
        return True
    refund = Refund.objects.filter(pk=message.data.get("refund_id")).first()
    if refund is None:
        return False
    if row.reference:
        return refund.source_id == row.reference
    return refund.amount == row.amount
