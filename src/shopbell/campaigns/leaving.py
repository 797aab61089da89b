"""Recipients become messages, ready to leave, as many as the pace allows and inboxes have room for.

    lock some recipients → judge, render → mark, commit → hand over: here the message is written

All workers do it at once and pass over what another one has locked. A worker that dies leaves
recipients that are marked and have no message; `settling` lets their turn come again. The business
key `campaign:<id>:<customer>` exists once, whoever tries again. Only some hundreds are on their way
at once: a pause holds at once, and other messages are not behind a million.
"""

import threading
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import connection as database
from django.db.models import Sum

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.campaigns.audience import still_in
from shopbell.campaigns.codes import take_codes, variants_with_codes
from shopbell.campaigns.last_orders import last_orders, variants_with_orders
from shopbell.campaigns.listing import FIRST
from shopbell.campaigns.models import KEY_OF_ROW, Campaign, Minute, Place, Recipient, Stage
from shopbell.campaigns.pace import allowance, spent
from shopbell.campaigns.reasons import GONE, NO_CODE, NO_LONGER
from shopbell.customers.models import Customer
from shopbell.events.pump import stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id, store_scope, unscoped
from shopbell.messaging.actions import Draft
from shopbell.messaging.budget import on_the_way
from shopbell.messaging.handing import Share
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.lanes import LANES, hand_over
from shopbell.messaging.ports import Medium
from shopbell.messaging.readying import ready_to_leave, source

KIND = "campaign"
_busy = threading.Lock()
FRESH = timedelta(minutes=10)  # for so long the frozen list is taken as it is


def send_some(most: int) -> int:
    """Put some recipients of each campaign that runs on their way; returns how many."""
    with unscoped("which campaigns run"), database.cursor() as cursor:
        cursor.execute(
            f"SELECT id, store_id FROM {Campaign._meta.db_table}"
            " WHERE stage = 'running' AND settled_at IS NULL ORDER BY began_at, id"
        )
        running = cursor.fetchall()
    done = 0
    for key, store_id in running:
        # One at a time in a process: there is one child that renders, and room is taken once.
        if stopping.is_set() or not _busy.acquire(blocking=False):
            break
        try:
            done += _send_some(store_by_id(store_id), key, most)
        finally:
            _busy.release()
    return done


def _send_some(store: Store, key: uuid.UUID, most: int) -> int:
    with store_scope(store.pk):
        row = _running(key)
        if row is None or not (room := _room(row, most)):
            return 0
        due = Recipient.objects.filter(
            campaign_id=row.pk, state=Place.PENDING, due_at__lte=clock.now()
        )
        some = list(due.order_by("due_at", "id").select_for_update(skip_locked=True)[:room])
        shares = make_ready(store, row, some)
    hand_over(shares)
    return len(some)


def _running(key: uuid.UUID) -> Campaign | None:
    """Return a campaign that runs; one with a limit only for one worker at a time."""
    row = Campaign.objects.filter(pk=key, stage=Stage.RUNNING, settled_at=None).first()
    if row is None or (row.per_hour is None and row.first_day is None):
        return row
    return Campaign.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=key).first()


def _room(row: Campaign, most: int) -> int:
    """Return how many may leave now."""
    now = clock.now()
    room = allowance(row, spent(row, now), most, now)
    if row.gathered_at is None:  # the list comes first, but for the first of it
        room = min(room, FIRST - (row.minutes.aggregate(all=Sum("queued"))["all"] or 0))
        if room <= 0:
            return 0
    used = inboxes()
    return LANES.bulk_room([used[m].pk for m in map(Medium, row.media) if m in used], room)


def make_ready(store: Store, row: Campaign, some: Sequence[Recipient]) -> list[Share]:
    """Write the messages to recipients, locked by the caller; returns what is to be handed over."""
    if not some:
        return []
    known = Customer.objects.filter(erased_at=None).in_bulk([each.customer_id for each in some])
    late = row.gathered_at is not None and clock.now() - row.gathered_at > FRESH
    still = still_in(row, list(known)) if late else set(known)
    printing = variants_with_codes(row)
    wanting = [one for one in some if one.variant in printing and one.customer_id in still]
    codes = take_codes(row, wanting) if wanting else {}
    shown = variants_with_orders(row)
    bought = last_orders([one.customer_id for one in some if one.variant in shown]) if shown else {}
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
        draft = draft_for(row, each, customer, codes.get(each.pk, ""), bought.get(each.customer_id))
        told[draft.business_key] = each
        drafts.append(draft)
    ids, shares = ready_to_leave(store, drafts)
    for key, pk in ids.items():
        told[key].state, told[key].message_id = Place.QUEUED, pk
    _mark(row, some)
    return shares


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


def draft_for(
    row: Campaign,
    recipient: Recipient,
    customer: Customer,
    code: str = "",
    order: uuid.UUID | None = None,
) -> Draft:
    """Return the message to one recipient, with their own code and their order if it shows them."""
    due = recipient.due_at or row.began_at or clock.now()
    return Draft(
        business_key=recipient.business_key,
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
            **({"shown_order": str(order)} if order else {}),
            **({"context": {"coupon": {"code": code}}} if code else {}),
        },
    )


def _leaving(people: Collection[uuid.UUID]) -> list[tuple[str, uuid.UUID, str]]:
    """Return what is on its way to people, with a row or yet without: key, person, channel."""
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT {KEY_OF_ROW}, r.customer_id, c.media->>0"
            f" FROM {Recipient._meta.db_table} r JOIN {Campaign._meta.db_table} c"
            " ON c.store_id = r.store_id AND c.id = r.campaign_id"
            " WHERE r.store_id = %s AND r.customer_id = ANY(%s)"
            # Said so that people are looked up, not all whose turn has come.
            f" AND r.state || '' = '{Place.QUEUED}'",
            [current_store_id(), list(people)],
        )
        return [(key, person, medium) for key, person, medium in cursor.fetchall()]


source(send_some)
on_the_way(_leaving)
