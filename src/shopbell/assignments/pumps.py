"""The sweep: who has gone is away, what they kept is given back, what is left is handed out."""

from shopbell.assignments.agents import send_away_the_gone
from shopbell.assignments.handing import give_back, hand_out
from shopbell.assignments.models import Agent, Mode, Routing
from shopbell.events.pump import Pump, register
from shopbell.kit.db.scope import store_scope, unscoped


def run_assignments() -> int:
    """Sweep each store that hands out; returns how many conversations got or lost an owner."""
    with unscoped("which stores hand conversations out, or have people at work"):
        stores = set(
            Routing.objects.exclude(mode=Mode.OFF).values_list("store_id", flat=True).distinct()
        )
        stores |= set(
            Agent.objects.filter(is_available=True).values_list("store_id", flat=True).distinct()
        )
    moved = 0
    for store_id in sorted(stores):
        with store_scope(store_id):
            send_away_the_gone()
            moved += give_back()
            moved += hand_out()
    return moved


register(Pump(name="assignments", run=run_assignments, interval=15.0))
