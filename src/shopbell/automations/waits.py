"""Time rules: a row says when a rule looks at a conversation next.

A row is only a guess of when. When it is due, since when the conversation waits is asked anew: it
may have been answered, or wait anew, which is another occasion.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import batched, product

from shopbell.automations.events import RuleDue
from shopbell.automations.models import Rule, Wait
from shopbell.conversations.models import Conversation, Status
from shopbell.conversations.rulebook import TRIGGERS
from shopbell.events.actions import emit
from shopbell.events.pump import Pump, claim, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope

STEP = 500
MOST = 5_000  # conversations that a new time rule looks at


def time_rules() -> list[Rule]:
    """Return the time rules that are on, in the store in scope."""
    keys = [key for key, trigger in TRIGGERS.items() if trigger.since is not None]
    return list(Rule.objects.filter(enabled=True, trigger__in=keys).order_by("position", "id"))


def plan_waits(conversation_ids: Iterable[uuid.UUID]) -> None:
    """Note when the time rules look at these conversations next."""
    rules = time_rules()
    if rules:
        rows = Conversation.objects.filter(pk__in=set(conversation_ids), merged_into=None)
        plan(rules, list(rows.order_by("id")))


def plan(rules: Sequence[Rule], rows: Sequence[Conversation]) -> None:
    """Note when rules look at conversations next, in a few statements."""
    noted = Wait.objects.filter(rule__in=rules, conversation__in=rows)
    known = {(wait.rule_id, wait.conversation_id): wait for wait in noted}
    added: list[Wait] = []
    over: list[uuid.UUID] = []
    for row, rule in product(rows, rules):
        since = TRIGGERS[rule.trigger].since
        occasion = since(row) if since else None
        wait = known.get((rule.pk, row.pk))
        if occasion is None:
            if wait is not None and not wait.told:
                over.append(wait.pk)
            continue
        due_at = occasion + timedelta(minutes=rule.after_minutes)
        if wait is None:
            added.append(Wait(rule=rule, conversation=row, occasion=occasion, due_at=due_at))
        elif wait.occasion != occasion or (not wait.told and wait.due_at != due_at):
            wait.occasion, wait.due_at, wait.told = occasion, due_at, False
            wait.save(update_fields=["occasion", "due_at", "told"])
    if over:
        Wait.objects.filter(pk__in=over, told=False).delete()
    Wait.objects.bulk_create(added)


def plan_rules(rule_ids: Iterable[uuid.UUID]) -> None:
    """Note when rules that were just switched on look at the conversations of the store.

    What is overdue already is left alone: nobody gets a hundred old reminders at once.
    """
    now = clock.now()
    for rule in (each for each in time_rules() if each.pk in set(rule_ids)):
        Wait.objects.filter(rule=rule).delete()
        rows = Conversation.objects.filter(merged_into=None).exclude(status=Status.SPAM)
        if rule.trigger != "resolved_for":
            rows = rows.exclude(status=Status.RESOLVED)
        latest = rows.order_by("-last_message_at", "-id")[:MOST]
        for several in batched(latest.iterator(STEP), STEP):
            plan([rule], several)
        Wait.objects.filter(rule=rule, due_at__lte=now).update(told=True)


def run_waits() -> int:
    """Tell rules that their time has come; returns how many rows were looked at."""
    rows = claim(
        table="automations_wait",
        columns="t.id, t.store_id",
        where="NOT told",
        limit=STEP,
    )
    stores: dict[int, list[uuid.UUID]] = defaultdict(list)
    for key, store_id in rows:
        stores[store_id].append(key)
    for store_id, keys in stores.items():
        with store_scope(store_id):
            _come_due(keys)
    return len(rows)


def _come_due(keys: Sequence[uuid.UUID]) -> None:
    now = clock.now()
    rows = Wait.objects.select_for_update(of=("self",)).select_related("rule", "conversation")
    for wait in rows.filter(pk__in=keys, told=False).order_by("id"):
        plan([wait.rule], [wait.conversation])
        fresh = Wait.objects.filter(pk=wait.pk, told=False).first()
        if fresh is None:
            continue
        due = fresh.due_at <= now and fresh.rule.enabled
        if due:
            emit(RuleDue(conversation_id=wait.conversation_id, rule_id=wait.rule_id))
        fresh.told, fresh.lease_until, fresh.attempts = due, None, 0
        fresh.save(update_fields=["told", "lease_until", "attempts"])


register(Pump(name="rule_waits", run=run_waits, interval=5.0))
