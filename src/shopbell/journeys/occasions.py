"""What a journey can begin, wait for or end with, as choices with a name.

The text form knows any event with any values; these are the ones that a choice can offer. What
stands in a journey and is none of them is kept as it is and shown in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopbell.consent.events import ConsentChanged
from shopbell.customers.events import CustomerAdded, CustomerDid
from shopbell.feedback.events import CheckAnswered
from shopbell.interests.events import (
    PriceDropped,
    ProductViewed,
    WaitingCalled,
    WaitingEnded,
)
from shopbell.journeys.happenings import KINDS
from shopbell.journeys.steps import DATE_REACHED
from shopbell.orders.events import CartChanged, OrderPlaced, ShipmentStatusChanged
from shopbell.segments.events import SegmentEntered, SegmentLeft

AS_WRITTEN = "as-written"
DAY = "day"
_SUBSCRIBED = {
    "purpose": "marketing", "channel": "email", "action": "granted", "topic": "", "dated": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occasion:
    """One choice. `asks` names what it needs: a segment, the name of an own event, a day.

    `starts`: whether it may begin a journey, and not only end one.
    """

    key: str
    label: str
    event: str
    where: Mapping[str, Any] = field(default_factory=dict)
    asks: str = ""
    starts: bool = True
    ends: bool = True


_NAMED = (
    Occasion("subscribed", "Somebody agrees to get offers and news by e-mail", ConsentChanged.name,
             _SUBSCRIBED),
    Occasion("subscribed_whatsapp", "Somebody agrees to get offers and news by WhatsApp",
             ConsentChanged.name, _SUBSCRIBED | {"channel": "whatsapp"}),
    Occasion("subscribed_sms", "Somebody agrees to get offers and news by SMS",
             ConsentChanged.name, _SUBSCRIBED | {"channel": "sms"}),
    Occasion("left", "Somebody wants no more offers and news by e-mail", ConsentChanged.name,
             {"purpose": "marketing", "channel": "email", "action": "withdrawn", "topic": ""}),
    Occasion("seen", "Somebody is seen for the first time", CustomerAdded.name),
    Occasion("cart_left", "A cart is left", CartChanged.name, {"completed": False}),
    Occasion("cart_done", "The cart was completed", CartChanged.name, {"completed": True},
             starts=False),
    Occasion("ordered", "An order comes in", OrderPlaced.name),
    Occasion("arrived", "All parcels of an order have arrived", ShipmentStatusChanged.name,
             {"status": "delivered", "complete": True}),
    Occasion("check", "Somebody answers the satisfaction check", CheckAnswered.name),
    Occasion("check_good", "Somebody answers that everything is right", CheckAnswered.name,
             {"good": True}),
    Occasion("check_bad", "Somebody answers that something is wrong", CheckAnswered.name,
             {"good": False}),
    Occasion("viewed", "Somebody looks at a product", ProductViewed.name),
    Occasion("cheaper", "Something they want costs at least a tenth less", PriceDropped.name,
             {"percent": {"least": 10}}),
    Occasion("called", "What somebody waits for is back in stock", WaitingCalled.name),
    Occasion("waited", "They bought what they waited for", WaitingEnded.name,
             {"why": "bought"}, starts=False),
    Occasion("waited_left", "They left the waiting list", WaitingEnded.name,
             {"why": "left"}, starts=False),
    Occasion("segment_in", "Somebody comes into the segment …", SegmentEntered.name,
             asks="segment"),
    Occasion("segment_out", "Somebody leaves the segment …", SegmentLeft.name, asks="segment"),
    Occasion("did", "An event of your own comes in, called …", CustomerDid.name, asks="did"),
    Occasion(DAY, "A day comes that the customer has", DATE_REACHED, asks=DAY, ends=False),
)  # fmt: skip
# What else journeys can go by, without a choice of its values.
_OTHERS = tuple(
    Occasion(event, kind.starts, event, ends=kind.fact is not None)
    for event, kind in KINDS.items()
    if all(each.event != event for each in _NAMED)
)
OCCASIONS = (*_NAMED, *_OTHERS)
_BY_KEY = {each.key: each for each in OCCASIONS}


def occasion_of(when: Any) -> tuple[str, str]:
    """Return which choice a written event is, with the value it asks for; "" for none at all."""
    if not when:
        return "", ""
    told = {"event": when} if isinstance(when, str) else when
    if not isinstance(told, dict):
        return AS_WRITTEN, ""
    where = told.get("where", {})
    if told.get("event") == DATE_REACHED:
        return DAY, ""
    for each in OCCASIONS:
        if told.get("event") != each.event or not isinstance(where, dict):
            continue
        rest = {name: value for name, value in where.items() if name != each.asks}
        if rest == dict(each.where):
            return each.key, str(where.get(each.asks, "")) if each.asks else ""
    return AS_WRITTEN, ""


def when_of(key: str, asked: str, before: Any) -> Any:
    """Return the event of a choice as it is written; `before` is what stood there."""
    each = _BY_KEY.get(key)
    if each is None:
        return before if key == AS_WRITTEN else None
    if key == DAY:
        return {"event": DATE_REACHED}
    where = {**each.where, **({each.asks: asked} if each.asks and asked else {})}
    return {"event": each.event, **({"where": where} if where else {})}
