"""Macros: kept, thrown away, and run by a person, a program or a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from shopbell.accounts.models import Store, User
from shopbell.automations.checks import mistakes_in_actions
from shopbell.automations.models import After, Macro
from shopbell.automations.running import Outcome, do_actions
from shopbell.conversations.actions.timeline import locked, log_activity
from shopbell.conversations.models import Conversation
from shopbell.conversations.rulebook import Case
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable_json

MOST_MACROS = 200


@dataclass(frozen=True, slots=True)
class Ran:
    """What a macro did with one conversation."""

    conversation: Conversation
    outcomes: list[Outcome]

    @property
    def failed(self) -> list[Outcome]:
        """What could not be done."""
        return [outcome for outcome in self.outcomes if not outcome["done"]]


@transaction.atomic
def save_macro(
    *,
    name: str,
    actions: Sequence[Mapping[str, Any]],
    after: str = After.STAY,
    by: User | None,
    macro: Macro | None = None,
) -> Macro:
    """Add a macro, or change one.

    Raises:
        Invalid: something in it cannot work; `fields` says where.
        Conflict: another macro has this name, or there are too many.
    """
    found = mistakes_in_actions(actions, macro=True)
    called = one_line(name, 120)
    if not called:
        found["name"] = "Give it a name."
    if after not in After.values:
        found["after"] = "Choose where to go afterwards."
    if found:
        raise Invalid("This macro is not finished.", fields=found, kept="Nothing was saved.")
    row = macro or Macro()
    others = Macro.objects.exclude(pk=row.pk)
    if others.filter(name=called).exists():
        raise Conflict(f"There is a macro “{called}” already.", kept="Nothing was saved.")
    if others.count() >= MOST_MACROS:
        raise Conflict(f"A store takes {MOST_MACROS} macros.", remedy="Throw one away first.")
    row.name, row.actions, row.after = called, storable_json(list(actions)), after
    row.changed_by, row.changed_at = by, clock.now()
    row.save()
    return row


@transaction.atomic
def drop_macro(*, macro: Macro) -> None:
    """Throw a macro away; what it did stays done."""
    macro.delete()


@transaction.atomic
def run_macro(
    *,
    store: Store,
    macro: Macro,
    conversation: Conversation,
    by: User | None,
    origin: str = "",
) -> Ran:
    """Do all of a macro with one conversation; what fails is told, and the rest goes on."""
    case = Case(store, locked(conversation), by=by, origin=origin)
    case.renew()
    outcomes = do_actions(macro.actions, case)
    failed = [f"{each['says']}: {each['why']}" for each in outcomes if not each["done"]]
    said = f"Macro “{macro.name}” run"
    if failed:
        said = f"{said}; not done: {one_line('; '.join(failed), 300)}"
    log_activity(case.conversation, said, by=by, macro=str(macro.pk), outcomes=outcomes)
    Macro.objects.filter(pk=macro.pk).update(used_count=F("used_count") + 1, used_at=clock.now())
    return Ran(case.conversation, outcomes)
