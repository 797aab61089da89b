"""Running a macro on many conversations, as a bulk action of the desk."""

import uuid

from shopbell.accounts.models import User
from shopbell.automations.actions import run_macro
from shopbell.automations.models import Macro
from shopbell.automations.queries import macro_by_id
from shopbell.conversations.bulk.verbs import Given, Verb, add_verb
from shopbell.conversations.rulebook import Case
from shopbell.kit.errors import Invalid, NotFound


def _macro(given: Given) -> Macro:
    try:
        return macro_by_id(uuid.UUID(str(given.get("macro") or "")))
    except ValueError:
        raise NotFound("There is no such macro.", kept="Nothing was changed.") from None


def _says(given: Given, by: User | None) -> str:
    return f"“{_macro(given).name}” run"


def _run(case: Case, given: Given) -> str:
    """What fails of it is told; when all of it fails, the conversation stays as it was."""
    ran = run_macro(
        store=case.store,
        macro=_macro(given),
        conversation=case.conversation,
        by=case.by,
        origin=case.origin,
    )
    why = "; ".join(f"{each['says']}: {each['why']}" for each in ran.failed)
    if ran.failed and len(ran.failed) == len(ran.outcomes):
        raise Invalid(why[:400])
    return why[:400]


add_verb(Verb("macro", _says, _run, undoes_all=False))
