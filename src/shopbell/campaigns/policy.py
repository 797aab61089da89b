"""Above how many people a second person must agree. Data in `Store.policies`."""

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.kit.errors import Invalid

LIMIT = 1000
_KEY = "campaign_limit"


def limit_of(store: Store) -> int:
    """Return up to how many people one person may send a campaign alone."""
    value = (store.policies or {}).get(_KEY)
    return value if isinstance(value, int) and not isinstance(value, bool) else LIMIT


@transaction.atomic
def change_limit(*, store: Store, limit: int) -> None:
    """Set the limit; 0 always asks a second person.

    Raises:
        Invalid: it is negative or absurd.
    """
    if not 0 <= limit <= 10_000_000:
        raise Invalid("The limit must be a number from 0 on.", fields={"limit": "0 or more."})
    row = Store.objects.select_for_update().get(pk=store.pk)
    row.policies = {**row.policies, _KEY: limit}
    row.save(update_fields=["policies"])
    store.policies = row.policies
