"""The list of a campaign is frozen: some rows at once, then the rest by all workers, side by side.

    begin_list: the first 500 → write_list: the rest, cut into stretches of customers by their ids
                                            each worker takes one, writes it, takes the next

A stretch is removed by the commit that writes its rows, so a worker that dies leaves it to another
one and nobody is written twice or forgotten. A newcomer's mistake: keeping the campaign locked
meanwhile. A pause must not wait for a million rows.
"""

import uuid
from datetime import datetime
from itertools import pairwise

from shopbell.accounts.models import Store
from shopbell.campaigns.audience import gather
from shopbell.campaigns.models import Campaign, Recipient, Stretch, Variant
from shopbell.events.actions import wake
from shopbell.events.pump import stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.segments.queries import customers_apart
from shopbell.web.live import announce

FIRST = 500  # so that the first message need not wait for a million rows
AT_ONCE = 50_000  # customers looked at by one statement


def begin_list(row: Campaign) -> None:
    """Write the first rows, and down that there are more to write."""
    gather(row, _variants(row), _first_due(row), some=FIRST)
    Stretch.objects.create(campaign=row)


def is_being_listed(row: Campaign) -> bool:
    """Return whether a list is begun and not whole."""
    return row.began_at is not None and row.gathered_at is None


def write_list(store: Store, key: uuid.UUID) -> None:
    """Write what no other worker is at; who writes the last of it says that the list is whole."""
    while not stopping.is_set() and _write_some(store, key):
        pass
    with store_scope(store.pk):
        if not Stretch.objects.filter(campaign_id=key).exists():
            _complete(store, key)


def _write_some(store: Store, key: uuid.UUID) -> bool:
    """Write one stretch, or cut it; returns whether there was one."""
    with store_scope(store.pk):
        free = Stretch.objects.select_for_update(skip_locked=True).filter(campaign_id=key)
        stretch = free.order_by("id").first()
        if stretch is None:
            return False
        row = Campaign.objects.get(pk=key)
        if stretch.is_cut:
            due = _first_due(row)
            gather(row, _variants(row), due, since=stretch.since, until=stretch.until)
        else:
            bounds = [None, *customers_apart(AT_ONCE), None]
            Stretch.objects.bulk_create(
                Stretch(campaign=row, since=since, until=until, is_cut=True)
                for since, until in pairwise(bounds)
            )
            wake("campaigns")
        stretch.delete()
        return True


def _complete(store: Store, key: uuid.UUID) -> None:
    row = Campaign.objects.select_for_update(no_key=True).get(pk=key)
    if row.gathered_at is not None:
        return
    row.people = Recipient.objects.filter(campaign_id=row.pk).count()
    row.gathered_at = row.due_at = clock.now()
    row.save(update_fields=["people", "gathered_at", "due_at"])
    announce(store.pk, "campaigns")
    wake("campaigns")
    wake("outbox")


def _variants(row: Campaign) -> list[Variant]:
    return list(row.variants.order_by("name"))


def _first_due(row: Campaign) -> datetime | None:
    return None if row.local else (row.began_at or clock.now())
