"""Validation errors in plain words, with the path of the field (`lines.0.quantity`).

A newcomer's mistake: showing pydantic's own text; it speaks to programmers of another program.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shopbell.kit.errors import Invalid

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of ours; check the spelling",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long (at most {max_length} characters)",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "has too many entries (at most {max_length})",
    "enum": "must be one of: {expected}",
    "literal_error": "must be one of: {expected}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "timezone_aware": "needs a zone, as in 2026-11-21T09:30:00+01:00",
    "datetime_type": "must be a time, as in 2026-11-21T09:30:00+01:00",
    "datetime_parsing": "must be a time, as in 2026-11-21T09:30:00+01:00",
    "datetime_from_date_parsing": "must be a time, as in 2026-11-21T09:30:00+01:00",
    "datetime_object_invalid": "must be a time, as in 2026-11-21T09:30:00+01:00",
    "date_type": "must be a date, as in 2026-11-21",
    "date_parsing": "must be a date, as in 2026-11-21",
    "date_from_datetime_parsing": "must be a date, as in 2026-11-21",
    "date_from_datetime_inexact": "must be a date without a time, as in 2026-11-21",
}
MAX_SHOWN = 20


class FieldError(ValueError):
    """A mistake that only the whole object shows, in the field `path`."""

    def __init__(self, path: str, said: str) -> None:
        super().__init__(said)
        self.path = path


def as_invalid(noun: str, error: ValidationError) -> Invalid:
    """Turn a validation error into ours."""
    fields: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_input=False)[:MAX_SHOWN]:
        parts = [str(part) for part in detail["loc"]]
        trouble = (detail.get("ctx") or {}).get("error")
        if isinstance(trouble, FieldError):
            parts.append(trouble.path)
        path = ".".join(parts) or noun
        fields.setdefault(path, _sentence(detail))
    first = "; ".join(f"{path} {said}" for path, said in list(fields.items())[:3])
    return Invalid(f"The {noun} cannot be used: {first}.", fields=fields)


def _sentence(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if detail["type"] == "value_error":
        return str(context.get("error") or detail["msg"])
    template = WORDS.get(detail["type"])
    if template is None:
        return detail["msg"][:1].lower() + detail["msg"][1:]
    return template.format_map({key: str(value) for key, value in context.items()})
