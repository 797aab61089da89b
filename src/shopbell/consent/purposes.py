"""Purposes of writing, as data. Each message names exactly one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a message is sent, and which rules follow from that.

    `needs_consent`: a granted consent is required. `quiet`: quiet hours apply by default.
    `unsubscribable`: carries List-Unsubscribe and a preference line.
    `resend_in_doubt`: after an unclear hand-over it is sent once more with the same Message-ID.
    """

    key: str
    title: str
    needs_consent: bool = False
    quiet: bool = False
    unsubscribable: bool = False
    resend_in_doubt: bool = False


PURPOSES: dict[str, Purpose] = {
    purpose.key: purpose
    for purpose in (
        # What a buyer must be told (confirmation, cancellation, money) cannot be unsubscribed.
        Purpose("order_essentials", "Order confirmations and money", resend_in_doubt=True),
        Purpose("order_updates", "Delivery updates", resend_in_doubt=True, unsubscribable=True),
        Purpose("support", "Support", resend_in_doubt=True),
        Purpose("account", "Account and permissions", resend_in_doubt=True),
        Purpose(
            "marketing", "Offers and news", needs_consent=True, quiet=True, unsubscribable=True
        ),
        # Asked for one thing at a time, by who waits for it; nothing else may come of it.
        Purpose(
            "back_in_stock", "Back in stock", needs_consent=True, quiet=True, unsubscribable=True
        ),
        Purpose("survey", "Surveys", quiet=True, unsubscribable=True),
        Purpose("tracking", "Measuring opens and clicks", needs_consent=True),
    )
}
