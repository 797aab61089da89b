"""How wide an opt-out is that a provider reports."""

from shopbell.consent.purposes import PURPOSES
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium

TOLD_PROVIDER = "Told the provider to stop messages"


def opt_out_scope(message: Message) -> str:
    """Return what is blocked: by SMS the whole pair of numbers, elsewhere what can be left."""
    return "*" if message.medium == Medium.SMS else what_may_be_left(message.purpose)


def what_may_be_left(purpose: str) -> str:
    """Return what somebody unsubscribes from: what a buyer must be told is not among it."""
    known = PURPOSES.get(purpose)
    return purpose if known is not None and known.unsubscribable else "order_updates"
