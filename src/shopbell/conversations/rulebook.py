"""What rules and macros can be made of: triggers, conditions and actions, in people's words.

The engine is the package `automations`; packages between it and the desk add their own words in
their room `rules.py`, which is imported at start:

    add_action(Action("assign_team", "give it to the team", inputs=(…), say=…, run=…))

A newcomer's mistake: reading the clock or the database in a condition's `choices` at import. They
are called when the editor is drawn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from shopbell.accounts.models import Store, User
from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.events.registry import Fact
from shopbell.kit import clock
from shopbell.orders.models import Shipment

type Values = Mapping[str, str]
type Choices = Sequence[tuple[str, str]]
Kind = Literal["text", "choice", "number", "tags"]


@dataclass
class Case:
    """A conversation as conditions and actions see it. `by` runs the macro; None: a rule does.

    `fact` is what happened, if anything did; `origin` says in logs who acts ("rule “Refunds”").
    """

    store: Store
    conversation: Conversation
    by: User | None = None
    fact: Fact | None = None
    origin: str = ""
    stops: bool = False  # set by the action that ends the list of rules
    now: datetime = field(default_factory=clock.now)

    @cached_property
    def words(self) -> Entry | None:
        """What the customer wrote: the message that just came, else the last one."""
        rows = self.conversation.entries.filter(kind=EntryKind.INCOMING)
        key = getattr(self.fact, "entry_id", None)
        found = rows.filter(pk=key).first() if key else None
        return found or rows.order_by("-created_at", "-id").first()

    @cached_property
    def parcels(self) -> list[Shipment]:
        """The parcels of the order it is about, the newest first."""
        order = self.conversation.order
        if order is None:
            return []
        rows = order.shipments.filter(cancelled=False).defer("payload")
        return list(rows.order_by("-created_at"))

    def renew(self) -> None:
        """Read the conversation anew, after an action has changed it."""
        rows = Conversation.objects.select_related("customer", "order", "owner", "team", "inbox")
        self.conversation = rows.get(pk=self.conversation.pk)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a rule begins with: an event (`fits` narrows it), or a time that has passed.

    `since` makes it a time rule: it returns since when a conversation waits in this way, or None.
    A waiting that begins anew is another occasion.
    """

    key: str
    words: str  # "a customer writes", or with the time: "a customer waits for {span}"
    event: type[Fact] | None = None
    fits: Callable[[Any], bool] = lambda fact: True
    since: Callable[[Conversation], datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that can be asked of a case. `read` returns text, a number, a key, or a list."""

    key: str
    group: str
    label: str  # "the subject"
    kind: Kind
    read: Callable[[Case], Any]
    choices: Callable[[], Choices] | None = None
    unit: str = ""  # of a number: "hours"
    same: Callable[[Any, str], bool] | None = None  # of a choice, where "is" is more than equal


@dataclass(frozen=True, slots=True)
class Input:
    """One thing an action wants to be told."""

    name: str
    label: str
    kind: Literal["text", "long", "choice", "number"] = "text"
    choices: Callable[[], Choices] | None = None
    suggestions: Callable[[], Sequence[str]] | None = None
    optional: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done with a case.

    `say` writes it as half a sentence ("add the tag “refund”"), `run` does it and returns what was
    done, `refuses` returns why it would not be done now, or "". `check` finds mistakes in the
    values when a rule or macro is saved: input name to sentence.
    `shows` returns the words it would write here, for who tries it.
    """

    key: str
    label: str
    say: Callable[[Values], str]
    run: Callable[[Case, Values], str]
    inputs: tuple[Input, ...] = ()
    refuses: Callable[[Case, Values], str] = lambda case, values: ""
    check: Callable[[Values], dict[str, str]] = lambda values: {}
    shows: Callable[[Case, Values], str] = lambda case, values: ""
    in_macros: bool = True


TRIGGERS: dict[str, Trigger] = {}
CONDITIONS: dict[str, Condition] = {}
ACTIONS: dict[str, Action] = {}
_SOURCES: list[Callable[[], Iterable[Condition]]] = []


def add_trigger(trigger: Trigger) -> None:
    """Let rules begin with it."""
    TRIGGERS[trigger.key] = trigger


def add_condition(condition: Condition) -> None:
    """Let rules ask for it."""
    CONDITIONS[condition.key] = condition


def add_conditions_of(source: Callable[[], Iterable[Condition]]) -> None:
    """Let rules ask for what differs from store to store; `source` is asked in its scope."""
    _SOURCES.append(source)


def all_conditions() -> list[Condition]:
    """Return what rules of the store in scope can ask for."""
    return [*CONDITIONS.values(), *(each for source in _SOURCES for each in source())]


def condition_named(key: str) -> Condition | None:
    """Return what a rule asks for, or None if nobody knows it (any more)."""
    found = CONDITIONS.get(key)
    if found is not None:
        return found
    return next((each for each in all_conditions() if each.key == key), None)


def add_action(action: Action) -> None:
    """Let rules and macros do it."""
    ACTIONS[action.key] = action
