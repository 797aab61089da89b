"""Changing what a store has decided about remedies."""

from typing import Any

from django.db import transaction

from shopbell.accounts.actions import change_store
from shopbell.accounts.models import Store


@transaction.atomic
def save_remedy_policy(*, store: Store, policy: dict[str, Any]) -> Store:
    """Save limits, reasons and texts; the other policies of the store stay."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    change_store(store=row, policies={**(row.policies or {}), "remedies": policy})
    store.policies = row.policies
    return row
