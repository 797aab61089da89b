"""The places of permissions and channels in the numbers a profile keeps them as.

A place is never given to something else: stored numbers would mean another thing. New purposes and
channels are added at the end. Permissions that are asked for one thing at a time (`back_in_stock`)
have no place: to know that somebody once gave one says nothing.
"""

CHANNELS = (
    "email", "sms", "whatsapp", "telegram", "messenger", "instagram", "push", "phone",
)  # fmt: skip
PURPOSES = (
    "order_essentials", "order_updates", "support", "account", "marketing", "survey", "tracking",
)  # fmt: skip
REACH = {"email": 1, "sms": 2, "whatsapp": 4}


def consent_bit(purpose: str, channel: str) -> int:
    """Return the number of one permission; 0 for one that is not kept."""
    if purpose not in PURPOSES or channel not in CHANNELS:
        return 0
    return 1 << (PURPOSES.index(purpose) * len(CHANNELS) + CHANNELS.index(channel))


def all_bits() -> dict[str, int]:
    """Return every permission that is kept, as `purpose/channel`."""
    return {
        f"{purpose}/{channel}": consent_bit(purpose, channel)
        for purpose in PURPOSES
        for channel in CHANNELS
    }
