"""A shop connector whose webhooks can do everything a bad one might. Importing it registers it.

The body says what happens: `die` ends the process as the kernel would, `break` raises, `sink`
recurses until Python gives up, `refuse` is a sentence for a person; anything else is an order, with
`slow-` before its number one that takes a second. An order of the number `DEADLY_NUMBER` ends the
process later, in a handler of its event.
"""

import os
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from shopbell.connections.ports import (
    CONNECTORS,
    Account,
    Family,
    Health,
    Incoming,
    RawRequest,
    Settings,
)
from shopbell.events.registry import Recorded, on
from shopbell.kit.errors import Invalid, Unsupported
from shopbell.orders.events import OrderPlaced
from shopbell.orders.models import Order
from shopbell.orders.ports import SHOPS, Page, Parsed, SubscriptionAudit
from tests.chaos.ground import order_facts


class PoisonSettings(Settings):
    """None."""


class Poison:
    """See above."""

    key: ClassVar[str] = "poison"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "Poison"
    summary: ClassVar[str] = "For tests."
    settings_model: ClassVar[type[Settings]] = PoisonSettings
    kinds: ClassVar[tuple[str, ...]] = ()

    def check(self, account: Account) -> Health:
        """Say that all is well."""
        return Health(ok=True, summary="Fine.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Believe everything."""

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under its body."""
        return [Incoming(request.body.decode(), "orders/create")]

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Do what the body says."""
        word = body.decode()
        if word.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if word.startswith("break"):
            raise RuntimeError("it broke")
        if word.startswith("sink"):
            return self.parse(topic, body, account)
        if word.startswith("refuse"):
            raise Invalid("This is no order.")
        if word.startswith("slow-"):
            time.sleep(1)
        return Parsed((order_facts(int(word.removeprefix("slow-"))),))

    def changes(self, account: Account, kind: str, since: datetime | None, cursor: str) -> Page:
        """Nothing can be read back."""
        raise Unsupported("no")

    def audit(self, account: Account) -> SubscriptionAudit:
        """Nothing can be audited."""
        raise Unsupported("no")


DEADLY_NUMBER = 6660


@on(OrderPlaced)
def die_of_it(batch: Sequence[Recorded[OrderPlaced]]) -> None:
    """End the process when one order comes by."""
    for item in batch:
        if Order.objects.filter(pk=item.fact.order_id, source_id=str(DEADLY_NUMBER)).exists():
            os.kill(os.getpid(), signal.SIGKILL)


CONNECTORS.register(Poison.key, Poison())
SHOPS.register(Poison.key, Poison())
