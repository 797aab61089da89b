"""Who a campaign is for: segments minus segments, counted, and frozen to rows in one statement.

Who cannot be reached or gave no permission is written down too, with the reason, so that a campaign
tells of everybody it was meant for. A newcomer's mistake: taking the rows for permission. The gate
asks again right before each message leaves.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from shopbell.campaigns.models import Campaign, Place, Recipient, Variant
from shopbell.campaigns.reasons import NO_ADDRESS, NO_CONSENT
from shopbell.kit.errors import Invalid
from shopbell.segments.bits import REACH
from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.conditions.permission import may_write
from shopbell.segments.queries import PATIENCE_MS, among, asked_now, tree_named
from shopbell.segments.sql import flat, selected
from shopbell.segments.tree import Condition, Group, Node

MEDIA = tuple(REACH)
_PARTS = 10_000  # chance is dealt in hundredths of a percent


@dataclass(frozen=True, slots=True)
class Size:
    """How many an audience is, and how many of them may be written to."""

    people: int
    reachable: int
    allowed: int


def tree_of(include: Sequence[uuid.UUID], exclude: Sequence[uuid.UUID]) -> Node:
    """Return the conditions of an audience, with those of its segments.

    Raises:
        Invalid: a segment is gone.
    """
    chosen = tuple(Condition(SEGMENT, {"segment": str(key)}) for key in include)
    barred = tuple(Condition(SEGMENT, {"segment": str(key)}) for key in exclude)
    parts = (Group("any", chosen),) if chosen else ()
    if barred:
        parts = (*parts, Group("none", barred))
    return flat(Group("all", parts), tree_named)


def size_of(campaign: Campaign) -> Size | None:
    """Count an audience by the profiles kept; None: it takes too long to wait for."""
    try:
        found = selected(tree_of(campaign.include, campaign.exclude), asked_now())
    except Invalid:
        return Size(0, 0, 0)
    told, reach, allowed = _permission(campaign)
    sql = f"SELECT count(*), count(*) FILTER (WHERE {reach}), count(*) FILTER (WHERE {allowed})"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            cursor.execute(f"{sql} {found.sql}", [*told, *found.told])
            counted = cursor.fetchone()
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError:
        return None
    return Size(*counted)


def _permission(campaign: Campaign) -> tuple[list[Any], str, str]:
    """Return values and two pieces about a profile `p`: it has an address, and may be used.

    Existing customers without a permission are among them if the topic is one that covers them.
    """
    asked = asked_now()
    soft = asked.soft if asked.soft and campaign.topic in asked.soft.topics else None
    used = [medium for medium in campaign.media if medium in REACH]
    told: list[Any] = [sum(REACH[medium] for medium in used)]
    pieces = []
    for medium in used:
        allowed = may_write("marketing", medium, soft, asked.now)
        pieces.append(f"(p.reachable & %s <> 0 AND {allowed.sql})")
        told += [REACH[medium], *allowed.told]
    return told, "p.reachable & %s <> 0", " OR ".join(pieces) or "false"


def still_in(campaign: Campaign, customers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these customers the audience describes at this moment, by the facts."""
    if not customers or not (campaign.include or campaign.exclude):
        return set(customers)
    return among(tree_of(campaign.include, campaign.exclude), customers)


def _known(campaign: Campaign, since: uuid.UUID | None, until: uuid.UUID | None) -> list[uuid.UUID]:
    """Return who is on the list.

    Given to the statement as values: it would ask its own table by a plan made when that was empty.
    """
    rows = Recipient.objects.filter(campaign_id=campaign.pk)
    if since is not None:
        rows = rows.filter(customer_id__gte=since)
    if until is not None:
        rows = rows.filter(customer_id__lt=until)
    return list(rows.values_list("customer_id", flat=True))


def gather(
    campaign: Campaign,
    variants: Sequence[Variant],
    due: datetime | None,
    *,
    some: int = 0,
    since: uuid.UUID | None = None,
    until: uuid.UUID | None = None,
) -> int:
    """Write rows of recipients, at most `some` (0: all); known people stay as they are.

    Returns how many are new. `due`: from when on they may be told; None where the hour depends on
    where each of them lives. `since`, `until`: only customers whose ids lie there; one at a time
    may write what lies in the same place.
    """
    asked = replace(asked_now(), since=since, until=until)
    found = selected(tree_of(campaign.include, campaign.exclude), asked)
    told, reach, allowed = _permission(campaign)
    dealt, arms = _deal(campaign, variants)
    limit = " LIMIT %s" if some else ""
    seed = int.from_bytes(campaign.pk.bytes[-7:])
    sql = f"""
        INSERT INTO {Recipient._meta.db_table}
            (id, store_id, campaign_id, customer_id, variant, state, reason, due_at)
        SELECT uuidv7(), %s, %s, x.customer_id, x.variant,
            CASE WHEN NOT x.reach OR NOT x.allowed THEN '{Place.LEFT_OUT}'
                WHEN x.held < %s THEN '{Place.HOLDOUT}' ELSE '{Place.PENDING}' END,
            CASE WHEN NOT x.reach THEN '{NO_ADDRESS}' WHEN NOT x.allowed THEN '{NO_CONSENT}'
                ELSE '' END, CASE WHEN x.variant <> '' THEN %s::timestamptz END
        FROM (SELECT y.customer_id, y.reach, y.allowed, y.held, {arms} AS variant
            FROM (SELECT p.customer_id, {reach} AS reach, ({allowed}) AS allowed,
                (uuid_hash_extended(p.customer_id, %s) & 1073741823) %% {_PARTS} AS held,
                (uuid_hash_extended(p.customer_id, %s) & 1073741823) %% {_PARTS} AS chance
                {found.sql}{limit}) y) x
        WHERE x.customer_id <> ALL(%s)"""
    values = [
        campaign.store_id, campaign.pk, campaign.holdout * 100, due, *dealt, *told, seed, seed + 1,
        *found.told, *([some] if some else []), _known(campaign, since, until),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _deal(campaign: Campaign, variants: Sequence[Variant]) -> tuple[list[object], str]:
    """Return values and a piece that deals a variant by `y.chance`; "" waits for the winner."""
    if len(variants) == 1:
        return [variants[0].name], "%s::text"
    share = campaign.test_share / 100
    total = sum(each.share for each in variants) or 1
    told: list[object] = []
    until = 0.0
    for each in variants:
        until += each.share / total * share * _PARTS
        told += [round(until), each.name]
    cases = " ".join("WHEN y.chance < %s THEN %s" for _ in variants)
    rest = "''" if campaign.test_share < 100 else "%s::text"
    if campaign.test_share >= 100:
        told.append(variants[-1].name)
    return told, f"CASE {cases} ELSE {rest} END"
