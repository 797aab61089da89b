"""WooCommerce's words and what they mean here.

A newcomer's mistake: taking the list of statuses for closed. Plugins add their own; an unknown
one is an open order whose payment is told by `date_paid`.
"""

from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus

# status -> (life of the order, the money). None: `date_paid_gmt` tells.
STATUS: dict[str, tuple[OrderStatus, PaymentStatus | None]] = {
    "pending": (OrderStatus.OPEN, PaymentStatus.PENDING),
    "on-hold": (OrderStatus.OPEN, PaymentStatus.PENDING),
    "processing": (OrderStatus.OPEN, None),
    "completed": (OrderStatus.OPEN, None),
    "cancelled": (OrderStatus.CANCELLED, None),
    "refunded": (OrderStatus.CLOSED, PaymentStatus.REFUNDED),
    "failed": (OrderStatus.OPEN, PaymentStatus.FAILED),
    "trash": (OrderStatus.CLOSED, None),
}

# Not orders yet: the shopper is still at the checkout.
UNFINISHED = frozenset({"checkout-draft", "auto-draft", "draft", "new"})

# In these the shop holds that it has its money, also without a date (cash on delivery apart).
COUNTS_AS_PAID = frozenset({"processing", "completed"})
PAID_AT_THE_DOOR = frozenset({"cod"})

# Statuses that say goods have left. `completed` is WooCommerce's own word for it, the others are
# those of common shipping plugins.
DISPATCHED = {
    "completed": ShipmentStatus.INFO_RECEIVED,
    "shipped": ShipmentStatus.INFO_RECEIVED,
    "partial-shipped": ShipmentStatus.INFO_RECEIVED,
    "partially-shipped": ShipmentStatus.INFO_RECEIVED,
    "out-for-delivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "delivered": ShipmentStatus.DELIVERED,
}

# More parcels will follow, so the items of the order are not those of the parcel.
PARTLY = frozenset({"partial-shipped", "partially-shipped"})

# Shipping methods that put nothing into a carrier's hands.
NOT_SENT = frozenset({"local_pickup", "pickup_location"})

# Order fields in which plugins keep tracking numbers: (number, carrier, link).
TRACKING_LIST = ("_wc_shipment_tracking_items", "_aftership_tracking_items")
TRACKING_SINGLE = (
    ("_tracking_number", "_tracking_provider", "_tracking_url"),
    ("_aftership_tracking_number", "_aftership_tracking_provider_name", ""),
    ("_tracking_code", "_tracking_company", "_tracking_link"),
    ("ywot_tracking_code", "ywot_carrier_name", ""),
)

UNUSED = {
    "coupon": "Coupons reach us as part of an order.",
    "action": "The order or product itself tells what we need.",
    "subscription": "Subscriptions are not used.",
}
