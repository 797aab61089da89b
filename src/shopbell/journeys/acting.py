"""What steps do besides sending: tags, attributes, conversations, programs told.

Called in the transaction that moves people on, so that each is done once. A newcomer's mistake:
opening conversations in a batch without end; every one of them is work for a person.
"""

import uuid
from collections.abc import Collection, Sequence

from shopbell.accounts.queries import store_by_id
from shopbell.consent.actions import suppress_address
from shopbell.consent.models import SuppressionReason
from shopbell.conversations.actions.opening import open_for_staff
from shopbell.customers.marking import set_attribute, tag_customers
from shopbell.journeys.models import Enrolment
from shopbell.journeys.steps import Converse, SetAttribute, Step, StopOffers, Tag, Webhook
from shopbell.journeys.telling import tell_program


def act(step: Step, *, runs: Sequence[uuid.UUID], people: Collection[uuid.UUID]) -> None:
    """Do what a step says for some people, or for their runs."""
    match step:
        case Tag():
            tag_customers(customers=people, tag=step.tag, remove=step.remove)
        case SetAttribute():
            set_attribute(customers=people, name=step.name, value=step.value)
        case Converse():
            _open(step, runs)
        case StopOffers():
            _stop(step, runs)
        case Webhook():
            tell_program(step, runs)


def _open(step: Converse, runs: Sequence[uuid.UUID]) -> None:
    rows = Enrolment.objects.select_related("customer", "order", "journey")
    for row in rows.defer("order__payload").filter(pk__in=runs).order_by("pk"):
        open_for_staff(
            customer=row.customer,
            order=row.order,
            subject=step.subject,
            text=step.text,
            because=f"Opened by the journey “{row.journey.name}”",
            client_id=uuid.uuid5(row.pk, step.id),
            tags=step.tags,
        )


def _stop(step: StopOffers, runs: Sequence[uuid.UUID]) -> None:
    rows = Enrolment.objects.select_related("customer", "journey").filter(pk__in=runs)
    for row in rows.order_by("pk"):
        if row.customer.email:
            suppress_address(
                store=store_by_id(row.store_id),
                medium="email",
                address=row.customer.email,
                reason=SuppressionReason.SILENT,
                scope="marketing",
                detail=f"Stopped by the journey “{row.journey.name}”: {step.because}",
            )
