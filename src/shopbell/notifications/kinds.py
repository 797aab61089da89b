"""The shipped notifications: what they tell, when, by which channels, and how long it helps.

Channels follow what customers expect: what is kept (confirmation, money) by e-mail, what must be
seen today (delivery) on the phone first where a phone channel is connected and allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from shopbell.messaging.titles import TITLES

EMAIL = ("email",)
PHONE_FIRST = ("whatsapp", "sms", "email")
# Minutes without "delivered" after which the next channel is tried.
WAITS: Mapping[str, int] = {"whatsapp": 15, "sms": 60}


class Stage(StrEnum):
    """Where a customer stands; of several the last one counts."""

    NEW = "new"
    RETURNING = "returning"
    COMPLAINING = "complaining"


STAGE_TITLES = {
    Stage.NEW: "New customers",
    Stage.RETURNING: "Returning customers",
    Stage.COMPLAINING: "Customers with an open conversation",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One notification. `fresh_for`: how long after the fact telling it still helps.

    `shop_notice` names the shop's own mail that says the same and should be switched off there.
    """

    key: str
    title: str
    when: str
    purpose: str = "order_updates"
    media: tuple[str, ...] = PHONE_FIRST
    waits: Mapping[str, int] = field(default_factory=lambda: WAITS)
    enabled: bool = True
    delay_minutes: int = 0
    respect_quiet_hours: bool = False
    fresh_for: timedelta = timedelta(hours=48)
    about_parcel: bool = True
    shopify_notice: str = ""
    woocommerce_notice: str = ""


_LIST = (
    Kind(
        "order_confirmed", "Order confirmed", "An order comes in", "order_essentials", EMAIL,
        fresh_for=timedelta(hours=24), about_parcel=False,
        shopify_notice="Order confirmation", woocommerce_notice="Processing order",
    ),
    Kind(
        "payment_problem", "Payment problem", "A payment is refused", "order_essentials", EMAIL,
        about_parcel=False, shopify_notice="Payment error", woocommerce_notice="Failed order",
    ),
    Kind(
        "order_edited", "Order changed", "Items of an order change", "order_essentials", EMAIL,
        about_parcel=False, shopify_notice="Order edited",
    ),
    Kind(
        "order_cancelled", "Order cancelled", "An order is cancelled", "order_essentials", EMAIL,
        about_parcel=False, shopify_notice="Order canceled", woocommerce_notice="Cancelled order",
    ),
    Kind(
        "dispatched", "On its way", "A parcel leaves", media=PHONE_FIRST,
        shopify_notice="Shipping confirmation", woocommerce_notice="Completed order",
    ),
    Kind("in_transit", "In transit", "The carrier has it", enabled=False),
    Kind(
        "out_for_delivery", "Out for delivery", "The parcel is on the van",
        fresh_for=timedelta(hours=12), shopify_notice="Shipment out for delivery",
    ),
    Kind(
        "delivery_attempted", "Delivery attempted", "Nobody could take it",
        fresh_for=timedelta(hours=36),
    ),
    Kind(
        "ready_for_pickup", "Ready for pickup", "It waits at a pickup point",
        shopify_notice="Ready for local pickup",
    ),
    Kind(
        "pickup_reminder", "Pickup reminder", "It still waits three days later",
        delay_minutes=3 * 24 * 60, respect_quiet_hours=True, fresh_for=timedelta(days=5),
    ),
    Kind("delayed", "Delayed", "It will come later than told", respect_quiet_hours=True),
    Kind(
        "exception", "Problem on the way", "The carrier reports a problem",
        respect_quiet_hours=True,
    ),
    Kind("delivered", "Delivered", "It has arrived", shopify_notice="Shipment delivered"),
    Kind(
        "return_registered", "Return registered", "A return is opened or approved",
        "order_essentials", EMAIL, about_parcel=False, shopify_notice="Return created",
    ),
    Kind(
        "return_received", "Return received", "Returned goods arrive", "order_essentials", EMAIL,
        about_parcel=False,
    ),
    Kind(
        "refunded", "Refunded", "Money goes back", "order_essentials", EMAIL, about_parcel=False,
        fresh_for=timedelta(hours=72), shopify_notice="Order refund",
        woocommerce_notice="Refunded order",
    ),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.key: kind for kind in _LIST}
TITLES.update({kind.key: kind.title for kind in _LIST})

# How pages group them: what a buyer must know, the way of a parcel, and what comes after.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Order", ("order_confirmed", "payment_problem", "order_edited", "order_cancelled")),
    ("On the way", tuple(kind.key for kind in _LIST if kind.about_parcel)),
    ("Returns and money", ("return_registered", "return_received", "refunded")),
)
