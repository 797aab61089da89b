"""Conversations whose snooze is over come back by themselves."""

from shopbell.conversations.actions.status import wake_snoozed
from shopbell.conversations.models import Conversation, Status
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped


def run_snoozes() -> int:
    """Open what is due, store by store; returns how many."""
    with unscoped("which stores have snoozed conversations that are due"):
        due = Conversation.objects.filter(
            status=Status.SNOOZED, snoozed_until__lte=clock.now()
        ).order_by()
        stores = list(due.values_list("store_id", flat=True).distinct()[:100])
    opened = 0
    for store_id in stores:
        with store_scope(store_id):
            opened += wake_snoozed()
    return opened


register(Pump(name="snoozes", run=run_snoozes, interval=5.0))
