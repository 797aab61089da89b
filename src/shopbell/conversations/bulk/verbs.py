"""What can be done with many conversations at once: each verb calls the action a page would.

Packages above the desk add theirs in their room `rules.py`: `add_verb(Verb("macro", …))`.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbell.accounts.models import Staff, User
from shopbell.conversations.actions.assign import assign, set_priority, set_tags
from shopbell.conversations.actions.status import set_status, snooze
from shopbell.conversations.models import Priority, Status, Team
from shopbell.conversations.rulebook import Case
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line

type Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """`says` checks what was given, before anything is done, and returns it in the past tense.

    `run` does it with one conversation and returns what of it could not be done, or nothing.
    `undoes_all` is false where something stays after an undo, such as an answer that was sent.
    """

    key: str
    says: Callable[[Given, User | None], str]
    run: Callable[[Case, Given], str]
    undoes_all: bool = True


VERBS: dict[str, Verb] = {}


def add_verb(verb: Verb) -> None:
    """Let a verb be chosen."""
    VERBS[verb.key] = verb


def verb_named(key: str) -> Verb:
    """Return a verb.

    Raises:
        Invalid: there is none of this name.
    """
    found = VERBS.get(key)
    if found is None:
        raise Invalid(
            "Say what to do with them.",
            fields={"do": f"is one of {', '.join(VERBS)}"},
            kept="Nothing was changed.",
        )
    return found


def _missing(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence}, kept="Nothing was changed.")


def _status(key: str, status: Status, says: str) -> None:
    def run(case: Case, given: Given) -> str:
        set_status(conversation=case.conversation, status=status, by=case.by)
        return ""

    add_verb(Verb(key, lambda given, by: says, run))


def _says_snooze(given: Given, by: User | None) -> str:
    until = _until(given)
    if until is not None and until <= clock.now():
        raise _missing("until", "Choose a time to come.")
    return "Snoozed"


def _until(given: Given) -> datetime | None:
    text = str(given.get("until") or "")
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise _missing("until", "Choose a time to come.") from None


def _snooze(case: Case, given: Given) -> str:
    snooze(conversation=case.conversation, until=_until(given), by=case.by)
    return ""


def _says_take(given: Given, by: User | None) -> str:
    if by is None:
        raise _missing("author", "Say who takes them.")
    return "Taken"


def _take(case: Case, given: Given) -> str:
    row = case.conversation
    assign(conversation=row, by=case.by, owner=case.by, team=row.team)
    return ""


def _owner(given: Given) -> User | None:
    key = str(given.get("owner") or "")
    if not key:
        return None
    rows = Staff.objects.select_related("user").exclude(role="light")
    found = rows.filter(user_id=int(key)).first() if key.isdigit() and len(key) < 10 else None
    if found is None:
        raise _missing("owner", "This person does not work here.")
    return found.user


def _says_give(given: Given, by: User | None) -> str:
    owner = _owner(given)
    return f"Given to {owner}" if owner else "Given back"


def _give(case: Case, given: Given) -> str:
    row = case.conversation
    assign(conversation=row, by=case.by, owner=_owner(given), team=row.team)
    return ""


def _team(given: Given) -> Team | None:
    text = str(given.get("team") or "")
    if not text:
        return None
    try:
        found = Team.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise _missing("team", "There is no such team.")
    return found


def _says_team(given: Given, by: User | None) -> str:
    team = _team(given)
    return f"Given to the team {team}" if team else "Taken from their teams"


def _give_team(case: Case, given: Given) -> str:
    row = case.conversation
    assign(conversation=row, by=case.by, owner=row.owner, team=_team(given))
    return ""


def _priority(given: Given) -> Priority:
    text = str(given.get("priority", ""))
    if text not in {str(value) for value in Priority.values}:
        raise _missing("priority", "Choose a priority.")
    return Priority(int(text))


def _set_priority(case: Case, given: Given) -> str:
    set_priority(conversation=case.conversation, priority=_priority(given), by=case.by)
    return ""


def _tag(given: Given) -> str:
    found = one_line(str(given.get("tag") or ""), 60).strip().lower()
    if not found:
        raise _missing("tag", "Write the tag.")
    return found


def _add_tag(case: Case, given: Given) -> str:
    row = case.conversation
    set_tags(conversation=row, tags=[*row.tags, _tag(given)], by=case.by)
    return ""


def _remove_tag(case: Case, given: Given) -> str:
    row, gone = case.conversation, _tag(given)
    set_tags(conversation=row, tags=[tag for tag in row.tags if tag != gone], by=case.by)
    return ""


_status("resolve", Status.RESOLVED, "Resolved")
_status("open", Status.OPEN, "Opened again")
_status("pending", Status.PENDING, "Now waiting for the customer")
_status("spam", Status.SPAM, "Marked as spam")
for _each in (
    Verb("snooze", _says_snooze, _snooze),
    Verb("take", _says_take, _take),
    Verb("owner", _says_give, _give),
    Verb("team", _says_team, _give_team),
    Verb("priority", lambda given, by: f"Priority {_priority(given).label.lower()}", _set_priority),
    Verb("tag", lambda given, by: f"Tagged “{_tag(given)}”", _add_tag),
    Verb("untag", lambda given, by: f"Tag “{_tag(given)}” removed", _remove_tag),
):
    add_verb(_each)
