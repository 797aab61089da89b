"""The pump: the list is frozen, recipients become messages in the ledger, and are settled.

    claim (lease) → gather some, then all → settle → queue as many as the pace allows → finished?

Messages and marks commit together, so a worker that dies in between leaves nothing half done; and
the business key `campaign:<id>:<customer>` exists once, whoever tries again. Only some thousands
are on their way at once: a pause holds at once, and other messages are not behind a million.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.campaigns.alarms import look_for_trouble
from shopbell.campaigns.audience import gather, still_in
from shopbell.campaigns.codes import take_codes, variants_with_codes
from shopbell.campaigns.models import Campaign, Minute, Place, Recipient, Stage, Variant
from shopbell.campaigns.pace import allowance, spent
from shopbell.campaigns.reasons import CANCELLED, GONE, NO_CODE, NO_LONGER
from shopbell.campaigns.settling import how_many, is_open, settle
from shopbell.campaigns.testing import choose_winner
from shopbell.customers.models import Customer
from shopbell.customers.zones import best_zone
from shopbell.events.actions import wake
from shopbell.events.pump import Pump, claim, register, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.web.live import announce

KIND = "campaign"
FIRST = 500  # gathered at once, so that the first message need not wait for a million rows
AT_ONCE = 1_000
PULSE = timedelta(milliseconds=250)
REST = timedelta(seconds=2)  # when all that is left waits for something
_LEASE = 30
FRESH = timedelta(minutes=10)  # for so long the frozen list is taken as it is
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
            _begin(row)
        some = row.gathered_at is None and row.stage == Stage.RUNNING
        if some and not Recipient.objects.filter(campaign_id=row.pk).exists():
            gather(row, _variants(row), _first_due(row), FIRST)
        _go_on(store, row)
    if some:
        _gather_all(store, key)


def _locked(key: uuid.UUID) -> Campaign | None:
    stages = (Stage.SCHEDULED, Stage.RUNNING, Stage.PAUSED, Stage.CANCELLED)
    rows = Campaign.objects.select_for_update().filter(pk=key, settled_at=None)
    return rows.filter(stage__in=stages).first()


def _variants(row: Campaign) -> list[Variant]:
    return list(row.variants.order_by("name"))


def _begin(row: Campaign) -> None:
    row.stage, row.began_at = Stage.RUNNING, clock.now()
    row.save(update_fields=["stage", "began_at"])


def _first_due(row: Campaign) -> datetime | None:
    return None if row.local else (row.began_at or clock.now())


def _gather_all(store: Store, key: uuid.UUID) -> None:
    """Write the whole list. The campaign is not locked meanwhile, so a pause need not wait."""
    with store_scope(store.pk):
        row = Campaign.objects.get(pk=key)
        gather(row, _variants(row), _first_due(row), 0)
    with store_scope(store.pk):
        row = Campaign.objects.select_for_update().get(pk=key)
        row.people = Recipient.objects.filter(campaign_id=row.pk).count()
        row.gathered_at = row.due_at = clock.now()
        row.save(update_fields=["people", "gathered_at", "due_at"])
        if row.stage == Stage.CANCELLED:  # while the list was being written
            leave_out_pending(row)
        announce(store.pk, "campaigns")
        wake("campaigns")


def leave_out_pending(row: Campaign) -> None:
    """Leave out everybody whose turn has not come."""
    Recipient.objects.filter(campaign_id=row.pk, state=Place.PENDING).update(
        state=Place.LEFT_OUT, reason=CANCELLED
    )


def _go_on(store: Store, row: Campaign) -> None:
    """Settle, queue what the pace allows, and see whether it is over."""
    now = clock.now()
    moved = settle(row)
    if row.stage == Stage.RUNNING:
        look_for_trouble(row, now)
    if row.stage == Stage.RUNNING:
        choose_winner(row, now)
        on_the_way = how_many(row, Place.QUEUED)
        moved += _queue(store, row, allowance(row, spent(row, now), on_the_way, now))
        if row.gathered_at is not None and not is_open(row):
            row.stage, row.ended_at, row.settled_at = Stage.DONE, now, now
    elif row.stage == Stage.CANCELLED and not is_open(row):
        row.settled_at = now
    busy = moved or Recipient.objects.filter(campaign_id=row.pk, state=Place.QUEUED).exists()
    row.lease_until, row.due_at = None, now + (PULSE if busy else REST)
    row.save()
    if moved or row.stage != Stage.RUNNING:
        announce(store.pk, "campaigns")


def _queue(store: Store, row: Campaign, room: int) -> int:
    """Make messages of as many recipients as there is room for; returns how many rows changed."""
    done = 0
    if row.local:
        _find_hours(store, row)
    while room > 0:
        some = list(
            Recipient.objects.filter(
                campaign_id=row.pk, state=Place.PENDING, due_at__lte=clock.now()
            ).order_by("due_at", "id")[: min(room, AT_ONCE)]
        )
        if not some:
            break
        _queue_some(row, some)
        done += len(some)
        room -= len(some)
    return done


def _queue_some(row: Campaign, some: Sequence[Recipient]) -> None:
    people = Customer.objects.only(
        "id", "store", "first_name", "last_name", "locale", "chosen_locale", "erased_at"
    )
    known = people.filter(erased_at=None).in_bulk([each.customer_id for each in some])
    late = row.gathered_at is not None and clock.now() - row.gathered_at > FRESH
    still = still_in(row, list(known)) if late else set(known)
    printing = variants_with_codes(row)
    wanting = [one for one in some if one.variant in printing and one.customer_id in still]
    codes = take_codes(row, wanting) if wanting else {}
    told: dict[str, Recipient] = {}
    drafts: list[Draft] = []
    for each in some:
        customer = known.get(each.customer_id)
        if customer is None or each.customer_id not in still:
            each.state = Place.LEFT_OUT
            each.reason = NO_LONGER if customer else GONE
            continue
        if each.variant in printing and each.pk not in codes:
            each.state, each.reason = Place.LEFT_OUT, NO_CODE
            continue
        draft = draft_for(row, each, customer, codes.get(each.pk, ""))
        told[draft.business_key] = each
        drafts.append(draft)
    queue_messages(drafts=drafts)
    for key, pk in Message.objects.filter(business_key__in=list(told)).values_list(
        "business_key", "pk"
    ):
        told[key].state, told[key].message_id = Place.QUEUED, pk
    _mark(row, some)


def _mark(row: Campaign, some: Sequence[Recipient]) -> None:
    now = clock.now()
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Recipient._meta.db_table} r SET state = x.state, reason = x.reason,"
            " message_id = x.message, queued_at = CASE WHEN x.message IS NULL THEN NULL ELSE %s END"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[])"
            " AS x (id, state, reason, message) WHERE r.id = x.id",
            [
                now,
                [each.pk for each in some],
                [str(each.state) for each in some],
                [each.reason for each in some],
                [each.message_id for each in some],
            ],
        )
        cursor.execute(
            f"INSERT INTO {Minute._meta.db_table} AS m (id, store_id, campaign_id, at, queued)"
            " VALUES (uuidv7(), %s, %s, date_trunc('minute', %s::timestamptz), %s)"
            " ON CONFLICT (store_id, campaign_id, at)"
            " DO UPDATE SET queued = m.queued + EXCLUDED.queued",
            [row.store_id, row.pk, now, sum(1 for each in some if each.message_id)],
        )


def draft_for(row: Campaign, recipient: Recipient, customer: Customer, code: str = "") -> Draft:
    """Return the message to one recipient, with their own code if it prints one."""
    due = recipient.due_at or row.began_at or clock.now()
    return Draft(
        business_key=f"campaign:{row.pk}:{recipient.customer_id}",
        kind=KIND,
        purpose="marketing",
        media=tuple(row.media),
        customer=customer,
        locale=customer.locale,
        to_name=customer.name,
        not_after=max(due, clock.now()) + timedelta(hours=row.useful_hours),
        ignore_quiet=False,
        data={
            "text_kind": row.text_kind(recipient.variant),
            "campaign": str(row.pk),
            "variant": recipient.variant,
            **({"topic": row.topic} if row.topic else {}),
            **({"context": {"coupon": {"code": code}}} if code else {}),
        },
    )


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
