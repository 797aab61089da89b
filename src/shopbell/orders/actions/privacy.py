"""Data-protection requests that shop platforms pass on: recorded with their deadline."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.text import storable_json
from shopbell.orders.events import PrivacyRequested
from shopbell.orders.models import PrivacyRequest
from shopbell.orders.ports import PrivacyFacts


@transaction.atomic
def record_privacy_requests(*, source: str, facts: Sequence[PrivacyFacts]) -> None:
    """Record each request once; a person works it off before `due_at`."""
    for fact in facts:
        email = email_key(fact.customer.email) if fact.customer else ""
        key = (
            fact.request_id
            or hashlib.sha256(f"{fact.kind}|{email}|{fact.order_ids}".encode()).hexdigest()
        )
        row, created = PrivacyRequest.objects.get_or_create(
            store_id=current_store_id(),
            source=source,
            kind=fact.kind,
            request_id=key[:160],
            defaults={
                "customer": Customer.objects.filter(email=email).first() if email else None,
                "email": email,
                "payload": storable_json(fact.raw),
                "due_at": clock.now() + timedelta(days=fact.due_days),
            },
        )
        if created:
            emit(PrivacyRequested(request_id=row.pk, kind=fact.kind))
