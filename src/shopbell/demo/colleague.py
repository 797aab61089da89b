"""What a colleague asks of the demo's shop, once: a refund at once, and one that waits.

So a newcomer finds one done and one to decide on. She calls the same action as the dialog of an
order does. A newcomer's mistake: asking while the shop opens. She waits for parcels that arrived.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from shopbell.accounts.models import Role, Staff, Store
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed, PaymentStatus
from shopbell.remedies.actions import Wish, ask_remedy
from shopbell.remedies.checks import Asker
from shopbell.remedies.models import Remedy

EMAIL = "mila@lark.example"
NAME = "Mila Brandt"
SMALL, LARGE = 50_00, 60_00  # below and above what an agent may refund alone
LOOK_EVERY = timedelta(seconds=10)


class Colleague:
    """One agent of the demo store, at the telephone."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._next_look: datetime | None = None
        self.done = False

    def work(self, now: datetime) -> None:
        """Ask for what is not asked for yet."""
        if self.done or (self._next_look is not None and now < self._next_look):
            return
        self._next_look = now + LOOK_EVERY
        with store_scope(self.store.pk):
            self._look()

    def _look(self) -> None:
        her = Staff.objects.select_related("user").filter(user__email=EMAIL).first()
        asked = Remedy.objects.filter(asked_by=her.user).count() if her else 0
        self.done = her is None or asked >= 2
        if her is None or self.done:
            return
        orders = Order.objects.filter(
            payment=PaymentStatus.PAID, refunded=0, shipments__delivered_at__isnull=False
        ).exclude(remedies__isnull=False)
        by = Asker(user=her.user, role=Role(her.role), name=NAME)
        if asked == 0:
            order = orders.filter(total__lt=SMALL).order_by("-placed_at").first()
            wish = Wish(Deed.REFUND, "late", amount=5_00, note="Rang: it was a present", tell=False)
        else:
            order = orders.filter(total__gt=LARGE).order_by("-placed_at").first()
            wish = Wish(Deed.REFUND, "damaged", note="Rang: nothing in it is whole", tell=False)
        if order is not None:
            with suppress(Conflict, Invalid):  # the order changed meanwhile: another one, later
                ask_remedy(store=self.store, order=order, by=by, wish=wish)
