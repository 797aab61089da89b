"""Macros, reasons, fields and checklists for programs, as on the card of a conversation."""

from ninja import Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, plain, staff_named
from shopbell.api.schemas.automations import (
    ChecklistIn,
    ChecklistOut,
    FieldOut,
    FieldsIn,
    MacroIn,
    MacroOut,
    OutcomeOut,
    ReasonOut,
    ReasonsIn,
    StepOut,
    TickIn,
)
from shopbell.api.schemas.conversations import ConversationOut
from shopbell.api.schemas.listing import as_uuid
from shopbell.automations.actions import add_to_conversation, run_macro, tick_step
from shopbell.automations.models import CaseChecklist, Checklist, Macro, Step
from shopbell.automations.queries import checklists_on, macros
from shopbell.conversations.actions import set_fields, set_reason
from shopbell.conversations.details import custom_fields, reason_named, reasons
from shopbell.conversations.models import ReasonKind
from shopbell.kit.errors import NotFound

_TAG = "Conversations"
_ADDRESS = "/conversations/{ref}"
_READ, _WRITE = "conversations:read", "conversations:write"


@endpoint("GET", "/macros", scope=_READ, answers={200: list[MacroOut]}, tag=_TAG)
def list_macros(request: ApiRequest) -> list[MacroOut]:
    """List the macros by name."""
    return [
        MacroOut(id=row.pk, name=row.name, says=says, after=row.after, used_count=row.used_count)
        for row, says in macros()
    ]


@endpoint("POST", f"{_ADDRESS}/macros", scope=_WRITE, answers={200: list[OutcomeOut]}, tag=_TAG)
def post_macro(request: ApiRequest, ref: str, body: MacroIn) -> list[OutcomeOut]:
    """Run a macro on a conversation. What fails is told, and the rest is done."""
    macro = macro_named(body.macro)
    ran = run_macro(
        store=store_by_id(request.auth.store_id),
        macro=macro,
        conversation=named(ref),
        by=staff_named(body.author),
        origin=f"macro “{macro.name}”",
    )
    return [OutcomeOut(**{name: o[name] for name in ("says", "done", "why")}) for o in ran.outcomes]


def macro_named(text: str) -> Macro:
    """Return the macro with this name or id."""
    key = as_uuid(text)
    rows = Macro.objects.filter(name=text) if key is None else Macro.objects.filter(pk=key)
    macro = rows.first()
    if macro is None:
        raise NotFound("There is no such macro.", remedy="GET /macros lists them.")
    return macro


@endpoint("GET", "/reasons", scope=_READ, answers={200: list[ReasonOut]}, tag=_TAG)
def list_reasons(request: ApiRequest) -> list[ReasonOut]:
    """List contact reasons and resolutions, each below its parent."""
    return [
        ReasonOut(id=place.reason.pk, kind=kind, path=place.path)
        for kind in ReasonKind.values
        for place in reasons(kind)
    ]


@endpoint("POST", f"{_ADDRESS}/reasons", scope=_WRITE, answers={200: ConversationOut}, tag=_TAG)
def post_reasons(request: ApiRequest, ref: str, body: ReasonsIn) -> ConversationOut:
    """Note why the customer wrote, or how it ended."""
    row, by = named(ref), staff_named(body.author)
    for name, kind in (("reason", ReasonKind.CONTACT), ("resolution", ReasonKind.RESOLUTION)):
        if name in body.model_fields_set:
            words = getattr(body, name)
            reason = reason_named(words, kind) if words else None
            set_reason(conversation=row, kind=kind, reason=reason, by=by)
    return plain(row)


@endpoint("GET", "/fields", scope=_READ, answers={200: list[FieldOut]}, tag=_TAG)
def list_fields(request: ApiRequest) -> list[FieldOut]:
    """List the store's own fields of conversations."""
    names = ("key", "name", "kind", "choices", "required")
    return [FieldOut(**{name: getattr(row, name) for name in names}) for row in custom_fields()]


@endpoint("POST", f"{_ADDRESS}/fields", scope=_WRITE, answers={200: ConversationOut}, tag=_TAG)
def post_fields(request: ApiRequest, ref: str, body: FieldsIn) -> ConversationOut:
    """Note values of the store's own fields; all of them or none."""
    row = named(ref)
    set_fields(conversation=row, values=body.values, by=staff_named(body.author))
    return plain(row)


@endpoint("GET", f"{_ADDRESS}/checklists", scope=_READ, answers={200: list[ChecklistOut]}, tag=_TAG)
def list_checklists(request: ApiRequest, ref: str) -> list[ChecklistOut]:
    """List the checklists of a conversation with their steps."""
    return [_shown(row) for row in checklists_on(named(ref))]


@endpoint(
    "POST", f"{_ADDRESS}/checklists", scope=_WRITE, answers={201: list[ChecklistOut]}, tag=_TAG
)
def post_checklist(request: ApiRequest, ref: str, body: ChecklistIn) -> Status[list[ChecklistOut]]:
    """Put a checklist on a conversation; the same one twice is one."""
    checklist = Checklist.objects.filter(name=body.checklist).first()
    if checklist is None:
        raise NotFound("There is no such checklist.", remedy="Check its name.")
    row = named(ref)
    add_to_conversation(checklist=checklist, conversation=row, by=staff_named(body.author))
    return Status(201, [_shown(each) for each in checklists_on(row)])


@endpoint("POST", f"{_ADDRESS}/steps/{{step}}", scope=_WRITE, answers={200: StepOut}, tag=_TAG)
def post_step(request: ApiRequest, ref: str, step: str, body: TickIn) -> StepOut:
    """Tick a step of a checklist, or take the tick back."""
    key = as_uuid(step)
    rows = Step.objects.filter(checklist__conversation=named(ref))
    row = rows.filter(pk=key).first() if key else None
    if row is None:
        raise NotFound("There is no such step.", remedy="GET the checklists of it.")
    tick_step(step=row, done=body.done, by=staff_named(body.author))
    return _step(Step.objects.select_related("done_by").get(pk=row.pk))


def _shown(row: CaseChecklist) -> ChecklistOut:
    steps = [_step(step) for step in row.steps.all()]
    return ChecklistOut(id=row.pk, name=row.name, steps=steps)


def _step(row: Step) -> StepOut:
    who = row.done_by.email if row.done_by else None
    return StepOut(id=row.pk, text=row.text, done_at=row.done_at, done_by=who)
