"""Which colour and which words a state gets, in one table, so that "held" is amber everywhere.

Colour never carries meaning alone: a pill always shows the word. A state that is not listed is
grey and shown as it is, which is right for states of outside systems.
"""

TONE_OF_STATE: dict[str, str] = {
    # messages
    "queued": "grey", "waiting": "grey", "claimed": "grey", "handed": "blue", "sent": "blue",
    "delivered": "green", "read": "green", "opened": "green", "clicked": "green",
    "held": "brass", "in_doubt": "blue", "failed": "red", "bounced": "red", "complained": "red",
    "skipped": "grey", "suppressed": "grey", "expired": "grey", "cancelled": "grey",
    # parcels
    "pending": "grey", "info_received": "grey", "in_transit": "blue", "out_for_delivery": "brass",
    "attempt_fail": "red", "available_for_pickup": "brass", "exception": "red",
    # orders and payments
    "open": "blue", "paid": "green", "unpaid": "brass", "partly_paid": "brass", "refunded": "grey",
    "partly_refunded": "grey", "fulfilled": "green", "partly_fulfilled": "blue",
    "unfulfilled": "grey", "returned": "grey", "authorized": "brass",
    # things that run
    "active": "green", "on": "green", "off": "grey", "paused": "brass", "draft": "grey",
    "connected": "green", "broken": "red", "healthy": "green", "running": "blue", "done": "green",
    "resolved": "green", "closed": "grey", "granted": "green", "withdrawn": "red", "stop": "red",
}  # fmt: skip

WORDS: dict[str, str] = {
    "in_doubt": "in doubt", "info_received": "announced by the shop",
    "pending": "not handed over yet",
    "in_transit": "on its way", "out_for_delivery": "out for delivery",
    "attempt_fail": "delivery attempt failed", "available_for_pickup": "ready for pickup",
    "exception": "something went wrong", "handed": "handed over",
}  # fmt: skip

# A parcel's way as five stretches: ordered, announced, travelling, at the door, arrived. The nine
# statuses of carriers are a place on that way and a mood.
PARCEL_STEPS = ("Order confirmed", "Announced", "On its way", "Out for delivery", "Delivered")
PARCEL_PLACE: dict[str, tuple[int, str]] = {
    "pending": (0, "now"), "info_received": (1, "now"), "in_transit": (2, "now"),
    "out_for_delivery": (3, "now"), "attempt_fail": (3, "wrong"),
    "available_for_pickup": (3, "now"), "delivered": (4, "done"),
    "exception": (2, "wrong"), "expired": (2, "wrong"),
}  # fmt: skip
PARCEL_SAYS: dict[str, str] = {
    "pending": "Not handed to the carrier yet", "info_received": "Announced to the carrier",
    "in_transit": "On its way", "out_for_delivery": "Out for delivery",
    "attempt_fail": "Delivery attempt failed", "available_for_pickup": "Ready for pickup",
    "delivered": "Delivered", "exception": "Something went wrong on the way",
    "expired": "No news from the carrier for 30 days",
}  # fmt: skip


def tone_of_state(state: str) -> str:
    """Return the pill colour of a state."""
    return TONE_OF_STATE.get(state, "grey")


def words_of_state(state: str) -> str:
    """Return a state as people say it."""
    return WORDS.get(state, state.replace("_", " "))
