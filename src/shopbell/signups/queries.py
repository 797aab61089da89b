"""Reads: forms by name, how many signed up, who has an address."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q

from shopbell.customers.askers import subscriber_at
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.signups.models import Signup, SignupForm

COUNTED = timedelta(days=30)
GOOD_FOR = timedelta(days=7)
SENT_BY_PEOPLE = Q(customer__isnull=False) | ~Q(code="") | ~Q(phone="")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many sent a form in the last thirty days, how many of them confirmed, the last one."""

    asked: int = 0
    confirmed: int = 0
    last: object = None


def signup_forms() -> list[SignupForm]:
    """Return the forms of the store in scope, the oldest first."""
    return list(SignupForm.objects.order_by("created_at", "id"))


def signup_form(slug: str) -> SignupForm:
    """Return a form.

    Raises:
        NotFound: there is none of this name.
    """
    found = SignupForm.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such form.")
    return found


def first_open_signup_form() -> SignupForm | None:
    """Return the form that people are led to; None if the store has none."""
    return SignupForm.objects.filter(is_open=True).order_by("created_at", "id").first()


def is_late(signup: Signup) -> bool:
    """Return whether the link or the code of a sign-up is not good any more."""
    return clock.now() - signup.created_at > GOOD_FOR


def tallies() -> dict[uuid.UUID, Tally]:
    """Return the counts of the store's forms."""
    rows = (
        Signup.objects.filter(SENT_BY_PEOPLE, created_at__gt=clock.now() - COUNTED)
        .values("form_id")
        .annotate(
            asked=Count("id"),
            confirmed=Count("id", filter=Q(confirmed_at__isnull=False)),
            last=Max("created_at"),
        )
    )
    return {row["form_id"]: Tally(row["asked"], row["confirmed"], row["last"]) for row in rows}


def free_slug(name: str) -> str:
    """Return an address that is not taken, made of a name."""
    wish = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32].strip("-") or "news"
    taken = set(SignupForm.objects.values_list("slug", flat=True))
    slug, more = wish, 2
    while slug in taken:
        slug, more = f"{wish}-{more}", more + 1
    return slug


def customer_with(email: str) -> Customer | None:
    """Return the customer an address belongs to, though they may be written to elsewhere."""
    rows = Identity.objects.select_related("customer").filter(
        kind=IdentityKind.EMAIL, value=email, customer__erased_at=None
    )
    row = rows.first()
    return subscriber_at(email) or (row.customer if row is not None else None)
