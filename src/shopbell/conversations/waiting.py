"""What waits for an open conversation does not wait longer, whichever way that one ended.

A conversation that is resolved lets go at once (`handlers.py`). This sweep finds the rest: matters
that went to another customer, customers who were erased, messages that have become too late.
"""

from shopbell.conversations.actions.waiting import release_waiting
from shopbell.events.pump import Pump, register
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN_CASE, State


def run_waiting() -> int:
    """Look at what waits, store by store; returns how many messages were let go."""
    with unscoped("which stores have messages that wait for open conversations"):
        held = Message.objects.filter(state=State.HELD, reason=OPEN_CASE).order_by()
        stores = list(held.values_list("store_id", flat=True).distinct())
    released = 0
    for store_id in stores:
        with store_scope(store_id):
            released += release_waiting()
    return released


register(Pump(name="open-cases", run=run_waiting, interval=20.0))
