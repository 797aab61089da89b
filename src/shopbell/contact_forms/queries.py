"""Reads: forms by name, how many came in."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q

from shopbell.contact_forms.models import ContactForm, Submission
from shopbell.conversations.models import Entry
from shopbell.kit import clock
from shopbell.kit.errors import NotFound

COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many came in by a form in the last thirty days, and when the last one."""

    count: int = 0
    spam: int = 0
    last: object = None


def forms() -> list[ContactForm]:
    """Return the forms of the store in scope, the oldest first."""
    return list(ContactForm.objects.order_by("created_at", "id"))


def form_by_slug(slug: str) -> ContactForm:
    """Return a form.

    Raises:
        NotFound: there is none of this name.
    """
    found = ContactForm.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such form.")
    return found


def first_open_form() -> ContactForm | None:
    """Return the form that customers are led to; None if the store has none."""
    return ContactForm.objects.filter(is_open=True).order_by("created_at", "id").first()


def entry_of(client_id: uuid.UUID) -> Entry | None:
    """Return what became of a form that was sent already."""
    rows = Entry.objects.select_related("conversation")
    return rows.filter(
        client_id=client_id, thread__medium="form", thread__external_key=client_id.hex
    ).first()


def tallies() -> dict[uuid.UUID, Tally]:
    """Return the counts of the store's forms."""
    rows = (
        Submission.objects.filter(created_at__gt=clock.now() - COUNTED)
        .values("form_id")
        .annotate(
            count=Count("id", filter=Q(is_trapped=False)),
            spam=Count("id", filter=Q(is_trapped=True)),
            last=Max("created_at"),
        )
    )
    return {row["form_id"]: Tally(row["count"], row["spam"], row["last"]) for row in rows}


def free_slug(title: str) -> str:
    """Return an address that is not taken, made of a title."""
    wish = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:32].strip("-") or "contact"
    taken = set(ContactForm.objects.values_list("slug", flat=True))
    name, more = wish, 2
    while name in taken:
        name, more = f"{wish}-{more}", more + 1
    return name
