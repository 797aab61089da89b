"""The mails to who signs up: each goes to an address that anybody may have typed, so rarely.

They pass the send gate like every message, with a purpose that needs no permission.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.consent.queries import topics
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.strangers import MOST_A_DAY, ONE_IN
from shopbell.signups.catalogue import ALREADY, CONFIRM, LINK, PURPOSE
from shopbell.signups.models import Signup
from shopbell.signups.queries import customer_with

FRESH = timedelta(days=1)
TASK = "signups.mail_preferences_link"


def confirm_url(store: Store, row: Signup) -> str:
    """Return the link that proves that somebody reads the mailbox."""
    return f"{settings.BASE_URL}/j/{sign(store, 'signup', row.pk)}"


def send_confirmation(*, store: Store, row: Signup) -> None:
    """Ask the mailbox whether it wants what somebody asked for."""
    names = [topic.name_in(row.language) for topic in topics() if topic.key in row.topics]
    context = {
        "link": confirm_url(store, row),
        "wording": row.wording,
        "topics": ", ".join(names),
    }
    draft = _draft(row.customer, CONFIRM, str(row.pk), row.language, {"signup": context})
    queue_messages(drafts=[draft])


def send_already(*, row: Signup) -> bool:
    """Say that nothing is left to do, at most once a day; returns whether it was said now."""
    assert row.customer is not None
    key = f"{row.customer.pk}:{clock.now():%Y-%m-%d}"
    return queue_messages(drafts=[_draft(row.customer, ALREADY, key, row.language)]) > 0


def ask_for_preferences_link(*, store: Store, address: str, language: str) -> None:
    """Have the link mailed later: whoever asks waits as long for a stranger as for a customer."""
    from procrastinate.contrib.django import app

    app.configure_task(TASK).defer(store_id=store.pk, address=address, language=language)


@transaction.atomic
def send_preferences_link(*, address: str, language: str) -> None:
    """Mail the page of choices to who has this address; nobody there, nothing happens.

    One mail in ten minutes, and five a day.
    """
    customer = customer_with(address)
    if customer is None or not customer.email:
        return
    now = clock.now()
    before = Message.objects.filter(customer=customer, kind=LINK, created_at__gt=now - FRESH)
    if before.count() >= MOST_A_DAY:
        return
    span = int(now.timestamp() // ONE_IN.total_seconds())
    queue_messages(drafts=[_draft(customer, LINK, f"{customer.pk}:{span}", language)])


def _draft(
    customer: Customer | None,
    kind: str,
    key: str,
    language: str,
    context: dict[str, dict[str, str]] | None = None,
) -> Draft:
    return Draft(
        business_key=f"{kind}:{key}",
        kind=kind,
        purpose=PURPOSE,
        media=("email",),
        customer=customer,
        locale=language,
        not_after=clock.now() + FRESH,
        data={"context": context} if context else {},
    )
