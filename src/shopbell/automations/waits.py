"""Time rules: a row says when a rule looks at a conversation next.

A row is only a guess of when. When it is due, since when the conversation waits is asked anew: it
may have been answered, or wait anew, which is another occasion.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

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
    if not rules:
        return
    for row in Conversation.objects.filter(pk__in=set(conversation_ids), merged_into=None):
        for rule in rules:
            plan(rule, row)


def plan(rule: Rule, row: Conversation) -> None:
    """Note when one rule looks at one conversation next."""
    since = TRIGGERS[rule.trigger].since
    occasion = since(row) if since else None
    rows = Wait.objects.filter(rule=rule, conversation=row)
    if occasion is None:
        rows.filter(told=False).delete()
        return
    due_at = occasion + timedelta(minutes=rule.after_minutes)
    known = rows.first()
    if known is None:
        Wait.objects.create(rule=rule, conversation=row, occasion=occasion, due_at=due_at)
    elif known.occasion != occasion or (not known.told and known.due_at != due_at):
        known.occasion, known.due_at, known.told = occasion, due_at, False
        known.save(update_fields=["occasion", "due_at", "told"])


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
        for row in rows.order_by("-last_message_at", "-id")[:MOST].iterator(STEP):
            plan(rule, row)
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
        plan(wait.rule, wait.conversation)
        fresh = Wait.objects.filter(pk=wait.pk, told=False).first()
        if fresh is None:
            continue
        due = fresh.due_at <= now and fresh.rule.enabled
        if due:
            emit(RuleDue(conversation_id=wait.conversation_id, rule_id=wait.rule_id))
        fresh.told, fresh.lease_until, fresh.attempts = due, None, 0
        fresh.save(update_fields=["told", "lease_until", "attempts"])


register(Pump(name="rule_waits", run=run_waits, interval=5.0))
