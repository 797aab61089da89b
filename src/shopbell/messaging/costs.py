"""What a text costs before it is sent: its parts, their price, and plainer signs that save some."""

import json
from dataclasses import dataclass

from shopbell.connections.models import Connection
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.plain_sms import Plainer, cheaper
from shopbell.messaging.ports import Medium
from shopbell.messaging.ports.prices import Price, price_of
from shopbell.messaging.segments import Segments, segments


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text is: in parts, in money if prices are entered, and what would be cheaper."""

    size: Segments
    price: Price | None = None
    offer: Plainer | None = None

    @property
    def pairs(self) -> str:
        """The signs of the offer and what comes instead, as JSON for the page."""
        return json.dumps(self.offer.replaced if self.offer else [])


def cost_of(text: str, *, to: str = "", inbox: Connection | None = None) -> Cost:
    """Return what a text costs through an inbox (None: the store's for SMS), in scope."""
    inbox = inbox or inboxes().get(Medium.SMS)
    size = segments(text)
    price = price_of(inbox.settings, to, size.parts) if inbox is not None else None
    return Cost(size, price, cheaper(text))
