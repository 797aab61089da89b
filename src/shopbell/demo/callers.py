"""The simulated customers who call: one wants to be called back, one leaves a message.

They dial on the sandbox's phone, so everything comes in as a call does. A newcomer's mistake:
waiting here until it has rung. Each look does one step of one call.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.demo.people import BY_NUMBER
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ShopbellError
from shopbell.messaging.ports import Medium
from shopbell.sandbox import exchange, queries
from shopbell.sandbox.holders import inbox_for
from shopbell.sandbox.models import SandboxCall, Stage

THINKS = timedelta(seconds=4)  # between what is heard and a key


@dataclass(frozen=True, slots=True)
class DemoCall:
    """Somebody who calls soon after the demo opens, and the key they press. `words`: a message."""

    after: timedelta
    number: int  # of the demo's customers
    key: str
    words: str = ""


CALLS = (
    DemoCall(timedelta(seconds=35), 37, "1"),
    DemoCall(
        timedelta(seconds=80), 38, "2",
        "Hello, my parcel says delivered, but nobody here has it. Could you ring me, please?",
    ),
)  # fmt: skip


class Callers:
    """Those who call one demo store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._began: datetime | None = None
        self._next_look: datetime | None = None
        self._waiting = list(CALLS)

    def work(self, now: datetime) -> None:
        """Let the next one dial, listen, press and speak."""
        self._began = self._began or now
        if not self._waiting or now < self._began + self._waiting[0].after:
            return
        if self._next_look is not None and now < self._next_look:
            return
        self._next_look = now + THINKS
        with suppress(ShopbellError):  # the door is shut, or the line has gone: at the next look
            if self._step(self._waiting[0]):
                self._waiting.pop(0)

    def _step(self, call: DemoCall) -> bool:
        """Do one step of a call; returns whether it is over."""
        with store_scope(self.store.pk):
            found = self._line_and_number(call)
            # The same name each time: a demo that is started again does not call twice.
            name = f"demo-call-{call.number}"
            row = SandboxCall.objects.filter(provider_id=name).first()
        if row is None:
            if found is not None:
                inbox, number = found
                exchange.dial(store=self.store, inbox=inbox, caller=number, provider_id=name)
            return False
        if row.stage == Stage.ASKS:
            exchange.press(store=self.store, call=row.pk, key=call.key)
        elif row.stage == Stage.RECORDS:
            exchange.speak(store=self.store, call=row.pk, words=call.words)
        return row.stage == Stage.OVER

    def _line_and_number(self, call: DemoCall) -> tuple[Connection, str] | None:
        email = BY_NUMBER[call.number].email
        customer = Customer.objects.filter(email=email, erased_at=None).first()
        inbox = inbox_for(Medium.PHONE, queries.sandbox_inboxes().values())
        if customer is None or inbox is None or not customer.phone:
            return None
        return inbox, customer.phone
