"""Asking something of the simulation and hearing what came of it.

A newcomer's mistake: waiting for the answer inside a transaction. The worker sees the wish only
once it is committed.
"""

import time
from datetime import timedelta
from typing import Any

from shopbell.accounts.models import Store
from shopbell.demo.models import Wish, WishState
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict

PATIENCE = 6.0
ORDERS_A_MINUTE = 30


def make_wish(*, store: Store, verb: str, **data: Any) -> Wish:
    """Ask the worker that plays the store; it looks at once."""
    with store_scope(store.pk):
        wish = Wish.objects.create(verb=verb, data=data)
        wake("demo")
    return wish


def place_demo_order(*, store: Store, customer: dict[str, Any], lines: dict[str, int]) -> Wish:
    """Ask for an order of a visitor. Raises `Conflict` when the public page is being flooded."""
    with store_scope(store.pk):
        lately = Wish.objects.filter(
            verb="place", asked_at__gt=clock.now() - timedelta(minutes=1)
        ).count()
    if lately >= ORDERS_A_MINUTE:
        raise Conflict("The shop is very busy just now.", remedy="Try again in a minute.")
    return make_wish(store=store, verb="place", customer=customer, lines=lines)


def hear_answer(wish: Wish, patience: float = PATIENCE) -> bool:
    """Wait until the wish is answered; False if nobody plays the store just now.

    Raises:
        Conflict: it was refused, with the reason.
    """
    until = time.monotonic() + patience
    while True:
        with store_scope(wish.store_id):
            wish.refresh_from_db()
        if wish.state == WishState.REFUSED:
            raise Conflict(str(wish.answer.get("why", "")))
        if wish.state == WishState.DONE:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.04)
