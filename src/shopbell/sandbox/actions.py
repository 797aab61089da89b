"""What happens to a phone of the sandbox itself: made up, switched off and on, an app blocked."""

import random

from django.db import transaction

from shopbell.customers.models import Customer
from shopbell.customers.normalise import phone_key
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.ports import Medium
from shopbell.sandbox.holders import APPS, Holder
from shopbell.sandbox.models import Handset

_FICTION = "+491760406{:04d}"  # a range kept for films and books: nobody real is rung up
_MOST = 500


@transaction.atomic
def take_in_hand(*, holder: Holder) -> Handset:
    """Return somebody's phone, made when it is used for the first time."""
    if holder.handset is not None:
        return holder.handset
    if holder.customer is not None:
        row, _ = Handset.objects.get_or_create(customer=holder.customer)
    else:
        number = holder.key[:40] if holder.key.startswith("+") else ""
        if not number:
            raise Conflict(f"{holder.name} is known by this address only and has no phone here.")
        row, _ = Handset.objects.get_or_create(
            customer=None, number=number, defaults={"name": holder.name[:200]}
        )
    return row


@transaction.atomic
def make_up(*, name: str, number: str = "") -> Handset:
    """Make up a person with a phone, who may be a stranger to the store.

    Raises:
        Invalid: there is no name, or the number is none.
    """
    called = one_line(name, 100)
    if not called:
        raise Invalid("Nobody was made up.", fields={"name": "Give the person a name."})
    key = phone_key(number) if number.strip() else _free_number()
    if not key:
        raise Invalid(
            "This is no phone number.", fields={"number": "Write it as +49 176 04069123."}
        )
    if Handset.objects.count() >= _MOST:
        raise Conflict("There are very many phones here already.", remedy="Use one of them.")
    customer = Customer.objects.filter(phone=key, erased_at=None).order_by("pk").first()
    known = Handset.objects.filter(number=key).first()
    if known is not None:
        return known
    if customer is not None:
        return Handset.objects.get_or_create(customer=customer)[0]
    return Handset.objects.create(name=called, number=key)


def switch(*, handset: Handset, on: bool) -> None:
    """Switch a phone on or off."""
    handset.off_at = None if on else handset.off_at or clock.now()
    handset.save(update_fields=["off_at"])


def block(*, handset: Handset, medium: str, blocked: bool) -> None:
    """Block the shop in one app, or allow it again.

    Raises:
        Invalid: the phone has no such app.
    """
    if medium not in (*APPS, Medium.PHONE):
        raise Invalid("The phone has no such app.")
    others = [each for each in handset.blocked if each != medium]
    handset.blocked = [*others, str(medium)] if blocked else others
    handset.save(update_fields=["blocked"])


def _free_number() -> str:
    taken = set(Handset.objects.values_list("number", flat=True))
    free = [n for n in range(9500, 10_000) if _FICTION.format(n) not in taken]
    return _FICTION.format(random.choice(free)) if free else ""  # noqa: S311  (no secret)
