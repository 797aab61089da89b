"""Permissions that shops report become consent events."""

from collections.abc import Sequence

from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentAction
from shopbell.customers.events import ConsentReported
from shopbell.customers.models import Customer
from shopbell.events.registry import Recorded, on


@on(ConsentReported)
def keep_reported_consent(batch: Sequence[Recorded[ConsentReported]]) -> None:
    """Append what the shop said; the shop's own time decides what is newest."""
    customers = Customer.objects.in_bulk([item.fact.customer_id for item in batch])
    for item in batch:
        fact = item.fact
        customer = customers.get(fact.customer_id)
        if customer is None:
            continue
        if fact.pending:
            action = ConsentAction.PENDING
        else:
            action = ConsentAction.GRANTED if fact.granted else ConsentAction.WITHDRAWN
        if action == ConsentAction.WITHDRAWN and not customer.consent_events.exists():
            continue  # "never subscribed" is no change
        record_consent(
            customer=customer,
            purpose=fact.purpose,
            channel=fact.channel,
            action=action,
            source=fact.source,
            proof={"event": item.id, "double_opt_in": fact.double_opt_in},
            occurred_at=fact.changed_at or item.occurred_at,
            dated=fact.changed_at is not None,
        )
