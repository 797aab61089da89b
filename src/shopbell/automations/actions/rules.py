"""Writes: rules are added, changed, ordered, switched and thrown away."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max

from shopbell.accounts.models import User
from shopbell.automations.checks import mistakes_in
from shopbell.automations.events import RuleSwitchedOn
from shopbell.automations.models import Rule, Wait
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable_json

MOST_RULES = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody has put it together, not saved yet."""

    name: str = ""
    trigger: str = "customer_wrote"
    after_minutes: int = 120
    groups: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def save_rule(*, draft: Draft, by: User | None, rule: Rule | None = None) -> Rule:
    """Add a rule at the end of the order (it is off), or change one.

    Raises:
        Invalid: something in it cannot work; `fields` says where.
        Conflict: another rule has this name, or there are too many.
    """
    found = mistakes_in(draft.trigger, draft.after_minutes, draft.groups, draft.actions)
    name = one_line(draft.name, 120)
    if not name:
        found["name"] = "Give it a name."
    if found:
        raise Invalid("This rule is not finished.", fields=found, kept="Nothing was saved.")
    row = rule or Rule(position=_next_position())
    if Rule.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a rule “{name}” already.", kept="Nothing was saved.")
    row.name, row.trigger, row.after_minutes = name, draft.trigger, draft.after_minutes
    row.conditions, row.actions = storable_json(draft.groups), storable_json(draft.actions)
    row.changed_by, row.changed_at = by, clock.now()
    row.save()
    if row.enabled:
        emit(RuleSwitchedOn(rule_id=row.pk))
    return row


def _next_position() -> int:
    if Rule.objects.count() >= MOST_RULES:
        raise Conflict(f"A store takes {MOST_RULES} rules.", remedy="Throw one away first.")
    return int(Rule.objects.aggregate(last=Max("position"))["last"] or 0) + 1


@transaction.atomic
def switch_rule(*, rule: Rule, on: bool, by: User | None) -> Rule:
    """Let a rule run, or stop it.

    Raises:
        Invalid: it refers to something that is no longer there.
    """
    row = Rule.objects.select_for_update().get(pk=rule.pk)
    if row.enabled == on:
        return row
    if on:
        found = mistakes_in(row.trigger, row.after_minutes, row.conditions, row.actions)
        if found:
            raise Invalid(next(iter(found.values())), fields=found, kept="It stays off.")
    row.enabled, row.changed_by, row.changed_at = on, by, clock.now()
    row.save(update_fields=["enabled", "changed_by", "changed_at"])
    if on:
        emit(RuleSwitchedOn(rule_id=row.pk))
    else:
        Wait.objects.filter(rule=row).delete()
    return row


@transaction.atomic
def order_rules(*, ids: Sequence[uuid.UUID]) -> None:
    """Put rules in this order; those not named follow, in the order they had."""
    rows = list(Rule.objects.select_for_update().order_by("position", "id"))
    place = {key: number for number, key in enumerate(ids)}
    rows.sort(key=lambda row: place.get(row.pk, len(place)))
    for number, row in enumerate(rows, start=1):
        row.position = number
    Rule.objects.bulk_update(rows, ["position"])


@transaction.atomic
def drop_rule(*, rule: Rule) -> None:
    """Throw a rule away, with the log of its runs."""
    rule.delete()
