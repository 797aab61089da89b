"""Rules meet events: in order, once per event, and never in circles.

Each run remembers the events its actions caused, so that the next rule knows the rules behind its
event. A rule that is among them is cut, and so is a chain longer than `LONGEST_CHAIN`.
"""

import uuid
from collections.abc import Sequence

from django.db.models import Max

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.automations.asked import fits
from shopbell.automations.events import RuleDue
from shopbell.automations.models import Rule, Run, RunState
from shopbell.automations.running import do_actions, state_of
from shopbell.conversations.actions.timeline import locked
from shopbell.conversations.models import Conversation
from shopbell.conversations.rulebook import TRIGGERS, Case
from shopbell.events.actions import caused_by
from shopbell.events.models import Event
from shopbell.events.registry import Fact, Recorded

LONGEST_CHAIN = 4


def react(batch: Sequence[Recorded[Fact]]) -> None:
    """Run the rules that fit the events of one store, in the order of the rules."""
    rules = list(Rule.objects.filter(enabled=True).order_by("position", "id"))
    wanted = [(each, rules_for(each.fact, rules)) for each in batch]
    wanted = [(each, found) for each, found in wanted if found]
    if not wanted:
        return
    store = store_by_id(batch[0].store_id)
    events = Event.objects.in_bulk([each.id for each, _ in wanted])
    # Conversations are locked in one order, so that two workers never wait crosswise.
    for each, found in sorted(wanted, key=lambda pair: (_key(pair[0].fact), pair[0].id)):
        _react_to(store, events[each.id], each.fact, found)


def rules_for(fact: Fact, rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that begin with this event, in their order."""
    if isinstance(fact, RuleDue):
        return [rule for rule in rules if rule.pk == fact.rule_id]
    return [rule for rule in rules if _begins(rule, fact)]


def _begins(rule: Rule, fact: Fact) -> bool:
    trigger = TRIGGERS.get(rule.trigger)
    if trigger is None or trigger.event is None:
        return False
    return isinstance(fact, trigger.event) and trigger.fits(fact)


def _key(fact: Fact) -> uuid.UUID:
    return fact.conversation_id  # type: ignore[attr-defined,no-any-return]


def _react_to(store: Store, event: Event, fact: Fact, rules: Sequence[Rule]) -> None:
    found = Conversation.objects.filter(pk=_key(fact)).first()
    if found is None:
        return
    case = Case(store, locked(found), fact=fact)
    case.renew()
    done = set(Run.objects.filter(event_id=event.pk).values_list("rule_id", flat=True))
    chain = _chain_to(event)
    for rule in rules:
        if rule.pk in done or not fits(rule.conditions, case):
            continue
        _run(rule, case, event, chain)
        if case.stops:
            return


def _chain_to(event: Event) -> list[uuid.UUID]:
    """Return the rules that led to an event, the first one first."""
    if event.cause_id is None:
        return []
    runs = Run.objects.filter(event_id=event.cause_id, emitted__contains=[event.pk])
    return list(runs.values_list("chain", flat=True).first() or [])


def _run(rule: Rule, case: Case, event: Event, chain: Sequence[uuid.UUID]) -> None:
    run = Run(rule=rule, conversation=case.conversation, event_id=event.pk, event=event.name)
    run.chain, run.at = [*chain, rule.pk], case.now
    if rule.pk in chain or len(chain) >= LONGEST_CHAIN:
        run.state = RunState.CUT
        run.save()
        return
    case.origin = f"rule “{rule.name}”"
    before = _last_event()
    with caused_by(event.pk, event.depth):
        run.outcomes = do_actions(rule.actions, case)
    caused = Event.objects.filter(cause_id=event.pk, pk__gt=before, subject_id=case.conversation.pk)
    run.emitted = list(caused.values_list("pk", flat=True))
    run.state = state_of(run.outcomes)
    run.save()


def _last_event() -> int:
    return int(Event.objects.aggregate(last=Max("pk"))["last"] or 0)
