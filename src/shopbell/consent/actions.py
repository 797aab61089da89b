"""Writes of permission: append an event, block or unblock an address."""

from datetime import datetime
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.events import ConsentChanged
from shopbell.consent.models import ConsentAction, ConsentEvent, Suppression, SuppressionReason
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash
from shopbell.customers.events import CustomersChanged
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.web.live import announce


@transaction.atomic
def record_consent(
    *,
    customer: Customer,
    purpose: str,
    channel: str,
    action: str,
    source: str,
    topic: str = "",
    wording: str = "",
    language: str = "",
    proof: dict[str, Any] | None = None,
    actor: str = "",
    occurred_at: datetime | None = None,
    dated: bool = True,
) -> ConsentEvent | None:
    """Append a consent event; None if the newest one says the same already.

    `dated`: False if `occurred_at` is only when we heard of it.
    """
    if purpose not in PURPOSES:
        raise Invalid(f"There is no purpose {purpose!r}.", fields={"purpose": "Pick a known one."})
    newest = _newest(customer, purpose, channel, topic)
    at = occurred_at or clock.now()
    if newest is not None and (newest.action == action or at < newest.occurred_at):
        return None
    announce(customer.store_id, "customers", customer.pk)
    emit(
        ConsentChanged(
            customer_id=customer.pk,
            purpose=purpose,
            channel=channel,
            action=ConsentAction(action).value,
            topic=topic,
            dated=dated,
        ),
        occurred_at=at,
    )
    return ConsentEvent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        topic=topic,
        action=ConsentAction(action).value,
        source=source[:200],
        wording=wording,
        language=language[:20],
        proof=proof or {},
        actor=actor[:200],
        occurred_at=at,
    )


def _newest(customer: Customer, purpose: str, channel: str, topic: str) -> ConsentEvent | None:
    rows = ConsentEvent.objects.filter(
        customer=customer, purpose=purpose, channel=channel, topic=topic
    )
    return rows.order_by("-occurred_at", "-id").first()


@transaction.atomic
def suppress_address(
    *, store: Store, medium: str, address: str, reason: str, scope: str = "*", detail: str = ""
) -> Suppression:
    """Block an address for a purpose (`scope`) or for all (`*`). Repeats change nothing."""
    if scope != "*" and scope not in PURPOSES:
        raise Invalid(f"There is no purpose {scope!r}.")
    row, is_new = Suppression.objects.get_or_create(
        store=store,
        medium=medium,
        address_hash=address_hash(store, medium, address),
        scope=scope,
        lifted_at=None,
        defaults={"reason": SuppressionReason(reason).value, "detail": detail[:500]},
    )
    if is_new:
        _tell_owners(medium, address)
    return row


def _tell_owners(medium: str, address: str) -> None:
    """Tell whoever keeps figures about people that an address of theirs is blocked."""
    kind = IdentityKind.EMAIL if medium == "email" else IdentityKind.PHONE
    value = address.strip().lower()
    owners = Identity.objects.filter(kind=kind, value=value).values_list("customer_id", flat=True)
    if keys := [str(key) for key in owners]:
        emit(CustomersChanged(customer_ids=keys, about=["consent"]))


# What ends when its owner says that they want to be written to.
_LIFTED_BY_WORD = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.COMPLAINT,
    SuppressionReason.SILENT,
)


@transaction.atomic
def lift_own_word(*, store: Store, medium: str, address: str, scope: str) -> None:
    """Write to an address again for a purpose, since its owner says so after they left."""
    rows = Suppression.objects.filter(
        medium=medium,
        address_hash=address_hash(store, medium, address),
        scope=scope,
        reason__in=_LIFTED_BY_WORD,
        lifted_at=None,
    )
    for row in rows:
        lift_suppression(suppression=row)


@transaction.atomic
def lift_silence(*, store: Store, address: str) -> None:
    """Write to an address again that was stopped for its silence, since its owner spoke."""
    rows = Suppression.objects.filter(
        medium="email",
        address_hash=address_hash(store, "email", address),
        reason=SuppressionReason.SILENT,
        lifted_at=None,
    )
    for row in rows:
        lift_suppression(suppression=row)
    if rows:
        _tell_owners("email", address)


@transaction.atomic
def lift_suppression(*, suppression: Suppression) -> None:
    """Allow an address again; the old row stays as history."""
    suppression.lifted_at = clock.now()
    suppression.save(update_fields=["lifted_at"])
