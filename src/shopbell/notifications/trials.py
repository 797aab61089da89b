"""Trying a channel plan on last month's news: who would get what and why, and nothing is sent.

The send gate itself judges each message at the time at which it was due, with today's permissions,
connections and templates. Whether it was worth telling then is not asked again. Few are judged at
once, many by a job in batches; each batch is a transaction that also notes how far it came.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import Answer, Facts, Verdict, find_route, judge_way, load_facts
from shopbell.messaging.models import Message
from shopbell.messaging.states import TOLD
from shopbell.notifications.kinds import KINDS
from shopbell.notifications.models import PlanTrial, TrialRow
from shopbell.notifications.queries import Setting, settings_of_store
from shopbell.notifications.stages import (
    ChannelPlan,
    Standing,
    Steps,
    check_stages,
    check_waits,
    read_stages,
    standings,
)
from shopbell.orders.models import Order, Shipment
from shopbell.web.live import announce

DAYS = 30
AT_ONCE = 200  # more than these are judged by a job
BATCH = 200
MOST = 50_000
KEPT = timedelta(days=14)
TASK = "notifications.try_plan"


@dataclass(frozen=True, slots=True)
class Past:
    """One piece of news of last month: told or not, or only what could have been told."""

    at: datetime
    order: Order
    shipment: Shipment | None = None
    message: Message | None = None


@transaction.atomic
def start_trial(
    *,
    store: Store,
    kind: str,
    media: Sequence[str],
    waits: dict[str, int],
    stages: dict[str, Any],
    by: str,
) -> PlanTrial:
    """Try a plan that need not be saved. Few messages are judged at once, many by the worker.

    Raises:
        Invalid: the plan cannot be used.
    """
    check_waits(waits)
    PlanTrial.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    trial = PlanTrial(
        kind=kind,
        media=list(media),
        waits=waits,
        stages=check_stages(stages),
        since=clock.now() - timedelta(days=DAYS),
        by=by[:320],
        created_at=clock.now(),
    )
    trial.source = _source(trial)
    trial.total = min(_past(trial).count(), MOST)
    trial.save(force_insert=True)
    if trial.total > AT_ONCE:
        job = app.configure_task(TASK, lock=f"{TASK}:{trial.pk}")
        job.defer(store_id=store.pk, trial_id=str(trial.pk))
    else:
        work_on(store, trial)
    return trial


def try_in_batches(store_id: int, trial_id: uuid.UUID) -> None:
    """Judge what is left of a trial, each batch in a transaction of its own."""
    store, more = store_by_id(store_id), True
    while more:
        with store_scope(store_id):
            trial = PlanTrial.objects.select_for_update().filter(pk=trial_id).first()
            more = trial is not None and work_on(store, trial)
        announce(store_id, "trials")


def work_on(store: Store, trial: PlanTrial) -> bool:
    """Judge one batch; returns whether more is to come."""
    rows = _past(trial)
    if trial.cursor is not None:
        rows = rows.filter(pk__gt=trial.cursor)
    batch = list(rows.order_by("pk")[: min(BATCH, trial.total - trial.done)])
    setting = settings_of_store()[trial.kind]
    delay = timedelta(minutes=setting.delay_minutes)
    past = [_read(row, delay) for row in batch]
    TrialRow.objects.bulk_create(_judged(store, trial, setting, past))
    trial.done += len(batch)
    trial.cursor = batch[-1].pk if batch else trial.cursor
    trial.finished = trial.done >= trial.total or len(batch) < BATCH
    trial.save(update_fields=["done", "cursor", "finished"])
    return not trial.finished


def _source(trial: PlanTrial) -> str:
    """Return what it is tried on: what was told, else the parcels or orders of the time."""
    if _messages(trial).exists():
        return PlanTrial.Source.MESSAGES
    return PlanTrial.Source.PARCELS if KINDS[trial.kind].about_parcel else PlanTrial.Source.ORDERS


def _messages(trial: PlanTrial) -> QuerySet[Message]:
    rows = Message.objects.filter(kind=trial.kind, origin="rule", created_at__gte=trial.since)
    return rows.filter(tried_before=None, order__isnull=False).exclude(reason="filtered")


def _past(trial: PlanTrial) -> QuerySet[Any]:
    """Return the rows a trial goes through."""
    if trial.source == PlanTrial.Source.MESSAGES:
        rows = _messages(trial).select_related("order__customer", "shipment")
        return rows.defer("html", "text", "order__payload", "shipment__payload")
    if trial.source == PlanTrial.Source.PARCELS:
        parcels = Shipment.objects.filter(created_at__gte=trial.since, order__isnull=False)
        return parcels.select_related("order__customer").defer("payload", "order__payload")
    orders = Order.objects.filter(placed_at__gte=trial.since, is_stub=False)
    return orders.select_related("customer").defer("payload")


def _read(row: Message | Shipment | Order, delay: timedelta) -> Past:
    if isinstance(row, Message):
        assert row.order is not None
        return Past(row.created_at + delay, row.order, row.shipment, row)
    if isinstance(row, Shipment):
        assert row.order is not None
        return Past(row.created_at + delay, row.order, row)
    return Past((row.placed_at or row.created_at) + delay, row)


def _judged(
    store: Store, trial: PlanTrial, setting: Setting, past: Sequence[Past]
) -> list[TrialRow]:
    plan = ChannelPlan(Steps(tuple(trial.media), trial.waits), read_stages(trial.stages))
    stages = standings([(each.order, each.at) for each in past])
    steps = [plan.steps_for(standing) for standing in stages]
    probes = [_probe(setting, each, found) for each, found in zip(past, steps, strict=True)]
    facts = load_facts(store, probes)
    ends = _ends([each.message for each in past if each.message is not None])
    rows = []
    for each, standing, probe in zip(past, stages, probes, strict=True):
        facts.now = each.at
        verdict = _explained(judge_way(probe, facts), probe, facts)
        end = ends.get(each.message.pk, each.message) if each.message is not None else None
        rows.append(_row(trial, each, standing, verdict, _next(probe, verdict, facts), end))
    return rows


def _explained(verdict: Verdict, probe: Message, facts: Facts) -> Verdict:
    """Say why earlier channels are passed over also where the ledger takes it for granted."""
    if verdict.text or verdict.route is None:
        return verdict
    _, objections = find_route(probe, facts)
    said = " ".join(dict.fromkeys(text for _, _, text in objections))
    return replace(verdict, reason=objections[0][1], text=said) if objections else verdict


def _probe(setting: Setting, past: Past, steps: Steps) -> Message:
    """Return the message the plan would queue, not saved."""
    return Message(
        kind=setting.kind.key,
        purpose=setting.kind.purpose,
        media=list(steps.media),
        waits=dict(steps.waits),
        order=past.order,
        shipment=past.shipment,
        customer=past.order.customer,
        locale=past.order.locale,
        ignore_quiet=not setting.respect_quiet_hours,
        data={},
    )


def _next(probe: Message, verdict: Verdict, facts: Facts) -> str:
    """Return the channel that would be tried if the first one did not deliver."""
    route = verdict.route
    if route is None or str(route.medium) not in probe.waits:
        return ""
    rest = probe.media[probe.media.index(str(route.medium)) + 1 :]
    following = Message(
        kind=probe.kind, purpose=probe.purpose, media=rest, order=probe.order,
        customer=probe.customer, data={},
    )  # fmt: skip
    then, _ = find_route(following, facts) if rest else (None, [])
    return str(then.medium) if then is not None else ""


def _ends(messages: Sequence[Message]) -> dict[uuid.UUID, Message]:
    """Return, by the first message of a plan, the one that told it or was the last to try."""
    ends: dict[uuid.UUID, Message] = {}
    first = {message.pk: message.pk for message in messages}
    while first:
        rows = Message.objects.filter(tried_before__in=list(first)).only(
            "id", "medium", "state", "reason", "tried_before_id"
        )
        following = {}
        for row in rows:
            begin = first[row.tried_before_id]  # type: ignore[index]
            if row.state != "skipped":  # it arrived before this one was needed
                ends[begin] = row
            following[row.pk] = begin
        first = following
    return ends


def _row(
    trial: PlanTrial,
    past: Past,
    standing: Standing,
    verdict: Verdict,
    then: str,
    end: Message | None,
) -> TrialRow:
    route = verdict.route
    told = verdict.answer in (Answer.SEND, Answer.WAIT)
    return TrialRow(
        trial=trial,
        order=past.order,
        message=past.message,
        stage=standing.stage,
        at=past.at,
        answer=verdict.answer,
        medium=str(route.medium) if route is not None and told else "",
        then=then if told else "",
        reason=verdict.reason,
        text=verdict.text[:500],
        was_medium=end.medium if end is not None and end.state in TOLD else "",
        was_state=end.state if end is not None else "",
    )
