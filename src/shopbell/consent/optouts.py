"""What follows from a STOP, a START or a plea: blocks of a number, and permissions taken back.

A STOP counts for the number, on every channel that goes by number. A newcomer's mistake: granting
marketing again at a START without looking. Only what that STOP took comes back.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.consent.models import ConsentAction, SuppressionReason
from shopbell.consent.queries import BY_NUMBER, current_consents, opt_outs
from shopbell.customers.models import Customer, IdentityKind

_MARKETING = "marketing"


def owners_of(number: str) -> list[Customer]:
    """Return the customers who have this number, in the scope of the caller."""
    named = Q(phone=number) | Q(identities__kind=IdentityKind.PHONE, identities__value=number)
    return list(Customer.objects.filter(named, erased_at=None).distinct().order_by("pk")[:20])


@transaction.atomic
def opt_out(*, store: Store, number: str, what: str, words: str, source: str, at: datetime) -> bool:
    """Block a number on all channels by number and take permissions back. True: it is news.

    `what`: ready to be read before a date, such as "Answered STOP by SMS".
    """
    before = opt_outs(store, number)
    for row in before:
        if row.reason == SuppressionReason.ASKED:
            lift_suppression(suppression=row)
    known = {row.medium for row in before if row.reason == SuppressionReason.OPTED_OUT}
    news = not known.issuperset(BY_NUMBER)  # a sign-up may have opened one of them since
    for medium in BY_NUMBER:
        suppress_address(
            store=store,
            medium=medium,
            address=number,
            reason=SuppressionReason.OPTED_OUT,
            detail=what,
        )
    for customer in owners_of(number):
        _withdraw(customer, proof={"words": words[:200], "number": number}, source=source, at=at)
    return news


def _withdraw(customer: Customer, *, proof: dict[str, Any], source: str, at: datetime) -> None:
    standing = {
        (purpose, channel): event.action
        for (_, purpose, channel), event in current_consents([customer.pk]).items()
    }
    for channel in BY_NUMBER:
        held = {
            purpose
            for (purpose, where), action in standing.items()
            if where == channel and action != ConsentAction.WITHDRAWN
        }
        for purpose in sorted(held | {_MARKETING}):
            record_consent(
                customer=customer,
                purpose=purpose,
                channel=channel,
                action=ConsentAction.WITHDRAWN,
                source=source,
                proof={**proof, "had": purpose in held},
                occurred_at=at,
            )


@transaction.atomic
def opt_in(
    *, store: Store, number: str, words: str, source: str, at: datetime, actor: str = ""
) -> bool:
    """Lift what a STOP or a plea blocked, and give back what it took. True: something was lifted.

    What a bounce or staff blocked stays.
    """
    rows = opt_outs(store, number)
    for row in rows:
        lift_suppression(suppression=row)
    for customer in owners_of(number) if rows else ():
        for (_, purpose, channel), event in current_consents([customer.pk]).items():
            taken = event.action == ConsentAction.WITHDRAWN and event.proof.get("had")
            if taken and channel in BY_NUMBER and event.proof.get("number") == number:
                record_consent(
                    customer=customer,
                    purpose=purpose,
                    channel=channel,
                    action=ConsentAction.GRANTED,
                    source=source,
                    actor=actor,
                    proof={"words": words[:200], "number": number},
                    occurred_at=at,
                )
    return bool(rows)


@transaction.atomic
def open_number(*, store: Store, medium: str, number: str) -> None:
    """Write to a number on one channel again, since its owner signed up from it after a STOP.

    Unlike a START it gives back nothing else that the STOP took.
    """
    for row in opt_outs(store, number):
        if row.medium == medium:
            lift_suppression(suppression=row)


@transaction.atomic
def hold_for_person(*, store: Store, number: str, what: str) -> bool:
    """Hold what goes to a number until a person has decided. True: it is news."""
    if opt_outs(store, number):
        return False
    for medium in BY_NUMBER:
        suppress_address(
            store=store,
            medium=medium,
            address=number,
            reason=SuppressionReason.ASKED,
            detail=what,
        )
    return True


@transaction.atomic
def decide_plea(
    *, store: Store, number: str, stop: bool, what: str, source: str, at: datetime
) -> bool:
    """Settle what a person was asked: no more messages, or it meant something else.

    Returns False when nothing was waiting for a decision (any more).
    """
    waiting = [row for row in opt_outs(store, number) if row.reason == SuppressionReason.ASKED]
    if not waiting:
        return False
    if stop:
        opt_out(store=store, number=number, what=what, words="", source=source, at=at)
    else:
        for row in waiting:
            lift_suppression(suppression=row)
    return True
