"""The pump: the list is frozen, recipients are settled by their messages, and it ends.

    claim (lease) → settle → alarms, the winner → finished? → the list, as long as it is not whole

Recipients become messages in `leaving`, in all workers at once.
"""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.campaigns.alarms import look_for_trouble
from shopbell.campaigns.listing import begin_list, is_being_listed, write_list
from shopbell.campaigns.models import Campaign, Place, Recipient, Stage
from shopbell.campaigns.settling import is_open, leave_out_pending, settle
from shopbell.campaigns.testing import choose_winner
from shopbell.customers.models import Customer
from shopbell.customers.zones import best_zone
from shopbell.events.actions import wake
from shopbell.events.pump import Pump, claim, register, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.policy import zone_or_utc
from shopbell.web.live import announce

AT_ONCE = 1_000
PULSE = timedelta(milliseconds=250)
REST = timedelta(seconds=2)  # when all that is left waits for something
_LEASE = 30
LONGEST_ZONE = timedelta(hours=14)  # a day begins first in UTC+14


def run_campaigns() -> int:
    """Push on each campaign that is due; returns how many."""
    rows = claim(
        table="campaigns_campaign",
        columns="t.id, t.store_id",
        where="stage IN ('scheduled', 'running', 'paused', 'cancelled') AND settled_at IS NULL",
        limit=20,
        lease_seconds=_LEASE,
    )
    for key, store_id in rows:
        if stopping.is_set():
            break
        push(store_by_id(store_id), key)
    return len(rows)


def push(store: Store, key: uuid.UUID) -> None:
    """Take one campaign as far as it gets now."""
    with store_scope(store.pk):
        row = _locked(key)
        if row is None:
            return
        if row.stage == Stage.SCHEDULED:
            row.stage, row.began_at = Stage.RUNNING, clock.now()
            row.save(update_fields=["stage", "began_at"])
            begin_list(row)
        _go_on(store, row)
        wake("outbox")
    if is_being_listed(row):
        write_list(store, key)


def _locked(key: uuid.UUID) -> Campaign | None:
    stages = (Stage.SCHEDULED, Stage.RUNNING, Stage.PAUSED, Stage.CANCELLED)
    rows = Campaign.objects.select_for_update(no_key=True).filter(pk=key, settled_at=None)
    return rows.filter(stage__in=stages).first()


def _go_on(store: Store, row: Campaign) -> None:
    """Settle, look for trouble and for the winner, and see whether it is over."""
    now = clock.now()
    moved = settle(row)
    if row.stage == Stage.RUNNING:
        look_for_trouble(row, now)
    if row.stage == Stage.RUNNING:
        choose_winner(row, now)
        if row.local:
            _find_hours(store, row)
        if row.gathered_at is not None and not is_open(row):
            row.stage, row.ended_at, row.settled_at = Stage.DONE, now, now
    left = row.stage == Stage.CANCELLED and leave_out_pending(row)
    if row.stage == Stage.CANCELLED and not (left or is_being_listed(row) or is_open(row)):
        row.settled_at = now
    busy = (
        moved or left or Recipient.objects.filter(campaign_id=row.pk, state=Place.QUEUED).exists()
    )
    busy = busy or is_being_listed(row)  # all workers take part
    row.lease_until, row.due_at = None, now + (PULSE if busy else REST)
    row.save()
    if moved or row.stage != Stage.RUNNING:
        announce(store.pk, "campaigns")


def _find_hours(store: Store, row: Campaign) -> None:
    """Say for some recipients when the hour of the campaign strikes where they live."""
    wall = (row.begins_at or row.began_at or clock.now()).astimezone(zone_or_utc(store.timezone))
    while not stopping.is_set():
        rows = Recipient.objects.filter(campaign_id=row.pk, state=Place.PENDING, due_at=None)
        some = list(rows.exclude(variant="").values_list("pk", "customer_id")[:AT_ONCE])
        if not some:
            return
        people = Customer.objects.only("id", "store", "timezone", "phone", "country")
        known = people.in_bulk([customer for _, customer in some])
        times = [_strikes(wall, store, known.get(customer)) for _, customer in some]
        with database.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Recipient._meta.db_table} r SET due_at = x.due"
                " FROM unnest(%s::uuid[], %s::timestamptz[]) AS x (id, due) WHERE r.id = x.id",
                [[pk for pk, _ in some], times],
            )


def _strikes(wall: datetime, store: Store, customer: Customer | None) -> datetime:
    zone = store.timezone
    if customer is not None:
        zone = best_zone(
            profile=customer.timezone, phone=customer.phone, country=customer.country,
            store=store.timezone,
        )  # fmt: skip
    return wall.replace(tzinfo=ZoneInfo(zone_or_utc(zone).key))


register(Pump(name="campaigns", run=run_campaigns, interval=0.5))
