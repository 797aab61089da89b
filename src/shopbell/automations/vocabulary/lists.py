"""Macros and checklists in rules and macros."""

import uuid
from typing import Any

from shopbell.automations.actions.checklists import add_to_conversation
from shopbell.automations.actions.macros import run_macro
from shopbell.automations.models import Checklist, Macro
from shopbell.conversations.rulebook import Action, Case, Choices, Input, Values, add_action
from shopbell.kit.errors import Invalid


def _macros() -> Choices:
    return [(str(row.pk), row.name) for row in Macro.objects.order_by("name")]


def _checklists() -> Choices:
    return [(str(row.pk), row.name) for row in Checklist.objects.order_by("name")]


def _found(model: Any, key: str, what: str) -> Any:
    try:
        row = model.objects.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        row = None
    if row is None:
        raise Invalid(f"This {what} is not there any more.")
    return row


def _run_macro(case: Case, values: Values) -> str:
    macro = _found(Macro, values["macro"], "macro")
    ran = run_macro(
        store=case.store,
        macro=macro,
        conversation=case.conversation,
        by=case.by,
        origin=case.origin,
    )
    if len(ran.failed) == len(ran.outcomes):
        raise Invalid(str(ran.failed[0]["why"]))
    rest = "".join(f"; not done: {each['says']}, {each['why']}" for each in ran.failed)
    return f"Macro “{macro.name}” run{rest}"


def _add_checklist(case: Case, values: Values) -> str:
    checklist = _found(Checklist, values["checklist"], "checklist")
    add_to_conversation(checklist=checklist, conversation=case.conversation, by=case.by)
    return f"Checklist “{checklist.name}” added"


def _name(choices: Choices, key: str, what: str) -> str:
    return dict(choices).get(key, f"a {what} that is gone")


add_action(
    Action(
        "run_macro",
        "run a macro",
        lambda v: f"run the macro “{_name(_macros(), v['macro'], 'macro')}”",
        _run_macro,
        (Input("macro", "Macro", kind="choice", choices=_macros),),
        in_macros=False,
    )
)
add_action(
    Action(
        "add_checklist",
        "add a checklist",
        lambda v: f"add the checklist “{_name(_checklists(), v['checklist'], 'checklist')}”",
        _add_checklist,
        (Input("checklist", "Checklist", kind="choice", choices=_checklists),),
    )
)
