"""Asking for a remedy: everything is checked under the lock of the order, then it is queued."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from shopbell.accounts.models import Staff, Store
from shopbell.conversations.models import Conversation
from shopbell.events.actions import emit, wake
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.money import Money
from shopbell.kit.text import one_line
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed
from shopbell.remedies.actions.telling import note_activity, tell_pages_of
from shopbell.remedies.checks import Asker, money_left, possible, value_of, why_it_waits
from shopbell.remedies.events import RemedyAsked
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.policy import RemedyPolicy, remedy_policy
from shopbell.remedies.queries import abilities_of, remedies_of, shops_by_source, was_sent
from shopbell.remedies.words import BUTTONS, title_of

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
_NOTHING = "Nothing was asked of the shop."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done. `items` are units by line id; empty is the whole order.

    `amount` None: what the items cost. The same `client_id` twice is one remedy.
    """

    deed: Deed
    reason: str
    amount: int | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    client_id: uuid.UUID | None = None
    conversation: Conversation | None = None
    tell: bool = True


@transaction.atomic
def ask_remedy(*, store: Store, order: Order, by: Asker, wish: Wish) -> Remedy:
    """Ask for a remedy. It is queued, or waits when it is more than `by` may decide alone.

    Raises:
        Invalid: amount, items or reason cannot be used.
        Conflict: the shop cannot do it, or the order does not allow it now.
    """
    row = Order.objects.select_for_update().get(pk=order.pk)
    if by.user is not None:  # two requests of one person must not share a day's budget
        Staff.objects.select_for_update().filter(user=by.user).first()
    if wish.client_id is not None:
        known = Remedy.objects.filter(client_id=wish.client_id).first()
        if known is not None:
            return known
    policy = remedy_policy(store)
    before = remedies_of([row.pk])
    _refuse_impossible(store, row, wish.deed, before)
    items = _checked_items(row, wish.items)
    amount = _checked_amount(row, wish, items, money_left(row, before))
    waits = why_it_waits(by, policy, wish.deed, amount, row.currency, store.timezone)
    remedy = _write(row, by, wish, policy, items, amount, waits)
    emit(
        RemedyAsked(
            remedy_id=remedy.pk,
            order_id=row.pk,
            deed=remedy.deed,
            amount=amount,
            currency=row.currency,
            waits=bool(waits),
            conversation_id=remedy.conversation_id,
        )
    )
    said = "waits for approval" if waits else "asked of the shop"
    note_activity(remedy, f"{title_of(remedy)} for {row} {said}", by=by.user)
    tell_pages_of(remedy)
    if not waits:
        wake("remedies")
    return remedy


def _refuse_impossible(store: Store, order: Order, deed: Deed, before: list[Remedy]) -> None:
    abilities = abilities_of(shops_by_source().get(order.source), store)
    if deed not in abilities:
        raise Conflict(
            f"The shop of {order} cannot be asked for this: {BUTTONS[deed].lower()}.",
            kept=_NOTHING,
            remedy="Do it in the shop's own pages.",
        )
    if deed not in possible(order, abilities, before, sent=was_sent(order)):
        raise Conflict(
            f"{BUTTONS[deed]} is not possible for {order} any more: it changed meanwhile.",
            kept=_NOTHING,
            remedy="Look at the order again.",
        )


def _checked_items(order: Order, wanted: Mapping[str, int]) -> dict[str, int]:
    known = {line.source_id: line.quantity for line in order.lines.all()}
    for line_id, units in wanted.items():
        if line_id not in known or not 0 <= units <= known[line_id]:
            raise Invalid(
                "The order does not have these items.",
                fields={"items": "more than were ordered, or not of this order"},
                kept=_NOTHING,
            )
    return {line_id: units for line_id, units in wanted.items() if units}


def _checked_amount(order: Order, wish: Wish, items: dict[str, int], left: int) -> int:
    if wish.deed == Deed.RETURN:
        return 0
    if wish.deed == Deed.RESHIP:
        return value_of(order.lines.all(), items)
    if wish.deed == Deed.CANCEL:
        return left
    amount = wish.amount
    if amount is None and wish.deed == Deed.REFUND:
        amount = min(value_of(order.lines.all(), items), left) if items else left
    if amount is None or amount <= 0:
        raise Invalid("The amount is missing.", fields={"amount": "Enter more than nothing."})
    most = left if wish.deed == Deed.REFUND else order.total
    if amount > most:
        words = Money(most, order.currency).format()
        why = "paid and not given back" if wish.deed == Deed.REFUND else "what the order cost"
        raise Invalid(
            f"At most {words} is possible: that is {why}.",
            fields={"amount": f"At most {words}."},
            kept=_NOTHING,
        )
    return amount


def _write(
    order: Order,
    by: Asker,
    wish: Wish,
    policy: RemedyPolicy,
    items: dict[str, int],
    amount: int,
    waits: str,
) -> Remedy:
    if wish.reason not in policy.reasons:
        raise Invalid("Choose a reason.", fields={"reason": "Choose one of the list."})
    key = uuid.uuid4()
    return Remedy.objects.create(
        order=order,
        conversation=wish.conversation,
        deed=wish.deed,
        state=State.WAITING if waits else State.QUEUED,
        amount=amount,
        currency=order.currency,
        items=[{"line_id": line_id, "quantity": units} for line_id, units in items.items()],
        reason=wish.reason,
        reason_title=policy.reasons[wish.reason],
        note=one_line(wish.note, 500),
        asked_by=by.user,
        asked_as=by.name[:200],
        why_waits=waits,
        key=key,
        client_id=wish.client_id,
        code=_code(key) if wish.deed == Deed.COUPON else "",
        tell=wish.tell and bool(policy.text(wish.deed).strip()),
        due_at=None if waits else clock.now(),
        created_at=clock.now(),
    )


def _code(key: uuid.UUID) -> str:
    """Return a code nobody guesses: 60 bits of the key."""
    bits = key.int & ((1 << 128) - 1)
    letters = []
    for _ in range(12):
        bits, place = divmod(bits, len(_LETTERS))
        letters.append(_LETTERS[place])
    text = "".join(letters)
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"
