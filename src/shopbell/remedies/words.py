"""How remedies are written for people: buttons, states, sentences."""

from shopbell.kit.money import Money
from shopbell.orders.ports import Deed
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.policy import MONEY

BUTTONS = {
    Deed.REFUND: "Refund",
    Deed.CANCEL: "Cancel order",
    Deed.RESHIP: "Send again",
    Deed.COUPON: "Coupon",
    Deed.RETURN: "Return",
}
NOUNS = {
    Deed.REFUND: "Refund",
    Deed.CANCEL: "Cancellation",
    Deed.RESHIP: "Sending again",
    Deed.COUPON: "Coupon",
    Deed.RETURN: "Return",
}
TONES = {
    State.WAITING: "brass",
    State.DECLINED: "grey",
    State.QUEUED: "blue",
    State.HANDED: "blue",
    State.DONE: "green",
    State.FAILED: "red",
    State.IN_DOUBT: "red",
}


def title_of(remedy: Remedy, locale: str = "en") -> str:
    """Return "Refund of €12.50"."""
    noun = NOUNS[Deed(remedy.deed)]
    if remedy.deed not in MONEY or not remedy.amount:
        return noun
    joint = "over" if remedy.deed == Deed.COUPON else "of"
    if remedy.deed == Deed.RESHIP:
        joint = "goods worth"
    return f"{noun} {joint} {Money(remedy.amount, remedy.currency).format(locale)}"
