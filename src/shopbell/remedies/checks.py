"""What may be done for an order now: by the shop, by its state, by the money, by the limits.

A newcomer's mistake: counting only what was refunded. What is asked for and not done yet is taken
off too, or two agents together give back more than was paid.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from shopbell.accounts.models import User
from shopbell.kit import clock
from shopbell.kit.money import Money
from shopbell.orders.models import Line, Order
from shopbell.orders.ports import Deed, OrderStatus, PaymentStatus
from shopbell.remedies.models import OPEN, Remedy, State
from shopbell.remedies.policy import Limit, RemedyPolicy
from shopbell.web.formats import zone_of

_PAID = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)
_GOES_BACK = (Deed.REFUND, Deed.CANCEL)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person with a role, or a program (no user) by the name of its key."""

    user: User | None
    role: str
    name: str


def money_left(order: Order, remedies: Iterable[Remedy]) -> int:
    """Return what may still go back: paid, less what went back and what is on its way back."""
    if order.payment not in _PAID:
        return 0
    on_its_way = sum(row.amount for row in remedies if row.deed in _GOES_BACK and row.state in OPEN)
    return max(order.total - order.refunded - on_its_way, 0)


def possible(
    order: Order, abilities: Collection[Deed], remedies: Sequence[Remedy], *, sent: bool
) -> list[Deed]:
    """Return what the shop can do and the order's state allows, in the order of the buttons.

    `sent`: a parcel has left.
    """
    left = money_left(order, remedies)
    busy = {row.deed for row in remedies if row.state in OPEN}
    cancelled = order.status == OrderStatus.CANCELLED
    allowed = {
        Deed.REFUND: left > 0 and Deed.CANCEL not in busy,
        Deed.CANCEL: not cancelled and not sent and not busy & {Deed.CANCEL, Deed.REFUND},
        Deed.RESHIP: not cancelled and sent and Deed.RESHIP not in busy,
        Deed.COUPON: Deed.COUPON not in busy,
        Deed.RETURN: not cancelled and sent and Deed.RETURN not in busy,
    }
    return [deed for deed in Deed if deed in abilities and allowed[deed]]


def value_of(lines: Iterable[Line], items: Mapping[str, int]) -> int:
    """Return what the chosen units cost; without a choice all of them."""
    total = 0
    for line in lines:
        units = items.get(line.source_id, 0) if items else line.quantity
        if units and line.quantity:
            total += line.total * min(units, line.quantity) // line.quantity
    return total


def why_it_waits(
    asker: Asker, policy: RemedyPolicy, deed: str, amount: int, currency: str, zone: str
) -> str:
    """Return why somebody else has to agree; empty when the asker may decide alone."""
    if asker.user is None and asker.role == "":
        return "Asked by a program in nobody's name."
    limit = policy.limit(asker.role, deed, currency)
    if over_each(limit, amount):
        return f"More than {asker.name} may decide alone ({_words(limit.each, currency)} at once)."
    if limit.day is not None and spent_today(asker, deed, currency, zone) + amount > limit.day:
        return f"More than {asker.name} may decide in a day ({_words(limit.day, currency)})."
    return ""


def over_each(limit: Limit, amount: int) -> bool:
    """Return whether it is too much at once."""
    return limit.each is not None and amount > limit.each


def spent_today(asker: Asker, deed: str, currency: str, zone: str) -> int:
    """Return what the asker has decided alone today, in the store's zone."""
    rows = Remedy.objects.filter(
        asked_by=asker.user, deed=deed, currency=currency, created_at__gte=_midnight(zone)
    ).exclude(state__in=(State.DECLINED, State.FAILED, State.WAITING))
    return int(rows.filter(decided_by=None).aggregate(all=Sum("amount"))["all"] or 0)


def _midnight(zone: str) -> datetime:
    now = clock.now().astimezone(zone_of(zone))
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _words(amount: int | None, currency: str) -> str:
    return Money(amount or 0, currency).format()
