"""Reasons and custom fields in rules and macros."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from shopbell.conversations.actions import set_fields, set_reason
from shopbell.conversations.details import (
    custom_fields,
    form_value,
    path_of,
    reason_named,
    reasons,
    typed,
)
from shopbell.conversations.models import CustomField, FieldKind, ReasonKind
from shopbell.conversations.rulebook import (
    Action,
    Case,
    Choices,
    Condition,
    Input,
    Values,
    add_action,
    add_condition,
    add_conditions_of,
)
from shopbell.kit.errors import Invalid

_HERE = "Conversation"
_COLUMNS = {ReasonKind.CONTACT: "reason_id", ReasonKind.RESOLUTION: "resolution_id"}


def _offered(kind: str) -> Callable[[], Choices]:
    return lambda: [(str(place.reason.pk), place.path) for place in reasons(kind)]


def _or_none(kind: str) -> Callable[[], Choices]:
    return lambda: [("", "not chosen"), *_offered(kind)()]


def _way_to(kind: ReasonKind) -> Callable[[Case], str]:
    """Return how the ids of a conversation's reason and of all above it are read."""

    def read(case: Case) -> str:
        key = getattr(case.conversation, _COLUMNS[kind])
        places = reasons(kind, all_of_them=True)
        ids: tuple[uuid.UUID, ...] = next((p.ids for p in places if p.reason.pk == key), ())
        return "/".join(map(str, ids))

    return read


def _stands_in(way: Any, wanted: str) -> bool:
    return wanted in str(way).split("/")


def _do(kind: ReasonKind) -> Callable[[Case, Values], str]:
    def run(case: Case, values: Values) -> str:
        reason = reason_named(values["reason"], kind)
        set_reason(conversation=case.conversation, kind=kind, reason=reason, by=case.by)
        return f"{kind.label} is “{path_of(reason.pk, kind)}”"

    return run


def _say(kind: ReasonKind) -> Callable[[Values], str]:
    def say(values: Values) -> str:
        chosen = values.get("reason", "")
        path = next((label for key, label in _offered(kind)() if key == chosen), "")
        return f"set the {kind.label.lower()} to “{path or 'one that is gone'}”"

    return say


def _field_conditions() -> Iterable[Condition]:
    return [_condition(field) for field in custom_fields()]


def _condition(field: CustomField) -> Condition:
    def read(case: Case) -> Any:
        value = case.conversation.fields.get(field.key)
        return value if field.kind == FieldKind.NUMBER else form_value(value)

    kinds = {FieldKind.NUMBER: "number", FieldKind.CHOICE: "choice", FieldKind.YES_NO: "choice"}
    offered = field.choices if field.kind == FieldKind.CHOICE else ["yes", "no"]
    kind: Any = kinds.get(FieldKind(field.kind), "text")
    return Condition(
        key=f"field:{field.key}",
        group="Fields of yours",
        label=f"“{field.name}”",
        kind=kind,
        read=read,
        choices=lambda: [("", "empty"), *((each, each) for each in offered)],
    )


def _field_choices() -> Choices:
    return [(field.key, field.name) for field in custom_fields()]


def _say_field(values: Values) -> str:
    names = dict(_field_choices())
    name = names.get(values.get("field", ""), "a field that is gone")
    value = values.get("value", "")
    return f"set “{name}” to “{value}”" if value else f"empty “{name}”"


def _set_field(case: Case, values: Values) -> str:
    told = {values["field"]: values.get("value", "")}
    set_fields(conversation=case.conversation, values=told, by=case.by)
    return _say_field(values).capitalize()


def _check_field(values: Values) -> dict[str, str]:
    field = next((each for each in custom_fields() if each.key == values.get("field")), None)
    try:
        if field is not None:
            typed(field, values.get("value", ""))
    except Invalid as error:
        return {"value": error.message}
    return {}


for _kind, _name in ((ReasonKind.CONTACT, "reason"), (ReasonKind.RESOLUTION, "resolution")):
    add_condition(
        Condition(
            _name,
            _HERE,
            f"the {_kind.label.lower()}",
            "choice",
            _way_to(_kind),
            choices=_or_none(_kind),
            same=_stands_in,
        )
    )
    add_action(
        Action(
            f"set_{_name}",
            f"set the {_kind.label.lower()}",
            _say(_kind),
            _do(_kind),
            (Input("reason", str(_kind.label), kind="choice", choices=_offered(_kind)),),
        )
    )
add_conditions_of(_field_conditions)
add_action(
    Action(
        "set_field",
        "fill in a field",
        _say_field,
        _set_field,
        (
            Input("field", "Field", kind="choice", choices=_field_choices),
            Input("value", "Value", optional=True, help="Empty: the field is emptied."),
        ),
        check=_check_field,
    )
)
