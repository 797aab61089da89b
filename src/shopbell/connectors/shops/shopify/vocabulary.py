"""Shopify's words and what they mean here. REST writes them small, GraphQL in capitals.

A newcomer's mistake: taking `success` of a fulfilment for "delivered". It means "handed over".
"""

from shopbell.orders.ports import PaymentStatus, ReturnStatus, ShipmentStatus, SubStatus

PAYMENT = {
    "pending": PaymentStatus.PENDING,
    "authorized": PaymentStatus.AUTHORISED,
    "partially_paid": PaymentStatus.PENDING,
    "paid": PaymentStatus.PAID,
    "partially_refunded": PaymentStatus.PARTIALLY_REFUNDED,
    "refunded": PaymentStatus.REFUNDED,
    "voided": PaymentStatus.VOIDED,
    "expired": PaymentStatus.FAILED,
}

# `status` of a fulfilment. Handed over: the shop has done its part, no carrier has spoken.
HANDED_OVER = frozenset({"success"})
COMES_TO_NOTHING = frozenset({"cancelled", "error", "failure"})

# `shipment_status` and the events of a fulfilment; also GraphQL's `displayStatus`.
SHIPMENT = {
    "label_purchased": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "label_printed": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "label_voided": (ShipmentStatus.PENDING, SubStatus.NONE),
    "submitted": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "confirmed": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "carrier_picked_up": (ShipmentStatus.IN_TRANSIT, SubStatus.NONE),
    "in_transit": (ShipmentStatus.IN_TRANSIT, SubStatus.NONE),
    "delayed": (ShipmentStatus.IN_TRANSIT, SubStatus.DELAYED),
    "out_for_delivery": (ShipmentStatus.OUT_FOR_DELIVERY, SubStatus.NONE),
    "attempted_delivery": (ShipmentStatus.ATTEMPT_FAIL, SubStatus.NONE),
    "ready_for_pickup": (ShipmentStatus.AVAILABLE_FOR_PICKUP, SubStatus.NONE),
    "picked_up": (ShipmentStatus.DELIVERED, SubStatus.NONE),
    "delivered": (ShipmentStatus.DELIVERED, SubStatus.NONE),
    "not_delivered": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
    "failure": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
}

RETURN = {
    "requested": ReturnStatus.REQUESTED,
    "open": ReturnStatus.REGISTERED,
    "closed": ReturnStatus.CLOSED,
    "declined": ReturnStatus.DECLINED,
    "canceled": ReturnStatus.CANCELLED,
    "cancelled": ReturnStatus.CANCELLED,
}

# What the topic itself says of a return whose body does not.
RETURN_BY_TOPIC = {
    "returns/request": ReturnStatus.REQUESTED,
    "returns/approve": ReturnStatus.REGISTERED,
    "returns/reopen": ReturnStatus.REGISTERED,
    "returns/close": ReturnStatus.CLOSED,
    "returns/decline": ReturnStatus.DECLINED,
    "returns/cancel": ReturnStatus.CANCELLED,
}

FAILED_TRANSACTION = frozenset({"failure", "error"})
TAKES_MONEY = frozenset({"sale", "authorization", "capture"})
GIVES_MONEY = frozenset({"refund"})
MONEY_MOVED = frozenset({"success", "pending"})

# Marketing permission: state -> (granted, pending). Not listed: nothing was ever said.
CONSENT = {
    "subscribed": (True, False),
    "pending": (False, True),
    "unsubscribed": (False, False),
    "redacted": (False, False),
    "invalid": (False, False),
}
# What themes write for a ticked box, in the languages we ship.
YES = frozenset({"yes", "true", "1", "on", "ja"})
NEVER_ASKED = "not_subscribed"
DOUBLE_OPT_IN = frozenset({"confirmed_opt_in"})

# Families of topics we know and do not need, with the reason a merchant may read.
UNUSED = {
    "app": "It concerns the app's own rights or billing.",
    "app_purchases_one_time": "It concerns the app's own billing.",
    "app_subscriptions": "It concerns the app's own billing.",
    "audit_events": "It concerns the shop's staff.",
    "collections": "Collections of products are not used.",
    "customer": "Tags and segments of the shop stay in the shop.",
    "customer_groups": "Segments of the shop stay in the shop.",
    "discounts": "Discounts reach us as part of an order.",
    "disputes": "Payment disputes are settled in the shop.",
    "domains": "The shop's addresses are settings here.",
    "draft_orders": "A draft is not an order yet.",
    "fulfillment_holds": "Holds are settled in the warehouse; the customer hears of parcels.",
    "fulfillment_orders": "Work of the warehouse; the customer hears of parcels.",
    "inventory_items": "Stock is followed by level.",
    "inventory_levels": "Only the stock number itself is followed.",
    "inventory_shipments": "Deliveries to the warehouse concern no customer.",
    "inventory_transfers": "Deliveries to the warehouse concern no customer.",
    "order_transactions": "Only failed payments are read here; the order tells of the others.",
    "orders": "The order itself tells what we need.",
    "payment_schedules": "Payment terms are followed in the shop.",
    "payment_terms": "Payment terms are followed in the shop.",
    "product_listings": "Products are read from the catalogue itself.",
    "returns": "The return itself tells what we need.",
    "reverse_deliveries": "The return itself tells what we need.",
    "reverse_fulfillment_orders": "The return itself tells what we need.",
    "segments": "Segments of the shop stay in the shop.",
    "selling_plan_groups": "Subscriptions are not used.",
    "shop": "The shop's own data are settings here.",
    "subscription_billing_attempts": "Subscriptions are not used.",
    "subscription_contracts": "Subscriptions are not used.",
    "tender_transactions": "Payments are read from the order.",
    "themes": "The shop's look is not used.",
    "variants": "Variants are read with their product.",
}
