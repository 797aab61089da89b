"""Who stands behind an address that somebody typed into a form of ours.

A newcomer's mistake: taking the customer who has the address for the one who typed it. Nothing
about somebody known is changed by a form; only a mailbox answers.
"""

from django.db.models import Q

from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.ports import Person

SOURCE = "signup"  # of people who are known by the address they typed


def subscriber_at(email: str) -> Customer | None:
    """Return the customer who is written to at an address."""
    ways = Q(kind=IdentityKind.EMAIL, value=email)
    ways |= Q(kind=IdentityKind.SHOP, value=f"{SOURCE}:{email}"[:320])
    rows = Identity.objects.select_related("customer").filter(ways, customer__erased_at=None)
    return next((row.customer for row in rows if row.customer.email == email), None)


def asker_at(email: str, locale: str) -> Customer:
    """Return who is written to at an address, added if nobody is."""
    known = subscriber_at(email)
    if known is not None:
        return known
    # An address that belongs to somebody who is written to elsewhere gets a card of its own.
    taken = Identity.objects.filter(kind=IdentityKind.EMAIL, value=email).exists()
    person = Person(
        source=SOURCE,
        source_id=email if taken else "",
        email="" if taken else email,
        locale=locale,
    )
    [customer] = record_people(people=[person])
    assert customer is not None
    if customer.email != email:
        customer.email = email
        customer.save(update_fields=["email"])
    return customer
