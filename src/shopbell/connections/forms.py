"""Forms made from a connector's settings model: a field for each setting, its description as help.

Values are only collected here; `save_connection` checks them with the model, so a rule is written
once. A newcomer's mistake: sending a stored secret to the page. Secret fields are always empty.
"""

import json
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from django.utils.html import escape
from django.utils.text import slugify
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shopbell.connections.models import Connection
from shopbell.connections.ports import (
    Connector,
    Embedded,
    Introduced,
    SelfAddressed,
    Settings,
    outside_fields,
)
from shopbell.kit.errors import Invalid

PREFIX = "set-"
_ACRONYMS = {
    "url": "URL", "api": "API", "id": "ID", "smtp": "SMTP", "tls": "TLS", "dkim": "DKIM",
    "starttls": "STARTTLS", "ca": "CA", "sid": "SID", "json": "JSON",
}  # fmt: skip


class ConnectionForm(forms.Form):
    """Name, address and settings of one connected account."""

    name = forms.CharField(
        max_length=120, required=False, label="Name", help_text="How you call it. Only you see it."
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        connector: Connector,
        connection: Connection | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(connector.settings_model, connection))
        self.connector, self.connection = connector, connection
        if connection is None:
            self.fields["slug"] = forms.SlugField(
                max_length=60,
                required=False,
                label="Short name",
                initial="main",
                help_text="Stands in the webhook address. Cannot be changed later.",
            )
        if connector.family == "channel" and not isinstance(connector, Embedded | SelfAddressed):
            self.fields["address"] = forms.CharField(
                max_length=320,
                label="Sender address",
                help_text="What customers see as the sender, such as orders@lark.example.",
            )
            if isinstance(connector, Introduced):
                self.fields["address"].label = connector.address_label
                self.fields["address"].help_text = connector.address_help
                self.fields["address"].required = connector.address_needed
        stored = set(connection.secrets) if connection else set()
        self._rare: set[str] = set()
        for name, info in outside_fields(connector.settings_model).items():
            self.fields[PREFIX + name] = field_for(name, info, name in stored)
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("rare"):
                self._rare.add(PREFIX + name)

    @property
    def usual(self) -> list[forms.BoundField]:
        """The fields that everybody fills in."""
        return [field for field in self.visible_fields() if field.name not in self._rare]

    @property
    def rare(self) -> list[forms.BoundField]:
        """The fields that few need, folded on the page."""
        return [field for field in self.visible_fields() if field.name in self._rare]

    @property
    def rare_matters(self) -> bool:
        """Whether the fold should be open: something in it is wrong."""
        return any(field.errors for field in self.rare)

    def clean_slug(self) -> str:
        """Take `main` when nothing is given."""
        return slugify(self.cleaned_data["slug"]) or "main"

    def settings(self) -> dict[str, Any]:
        """Return the settings as typed; an empty optional field is left out."""
        given = {}
        for name, info in outside_fields(self.connector.settings_model).items():
            value = self.cleaned_data.get(PREFIX + name)
            if value in ("", None, []) and not info.is_required():
                continue
            given[name] = value
        return given

    def refuse(self, error: Invalid) -> None:
        """Show what is wrong beside the fields."""
        for path, sentence in (error.fields or {"": error.message}).items():
            name = path.split(".")[0]
            place = PREFIX + name if PREFIX + name in self.fields else name
            self.add_error(place if place in self.fields else None, sentence)


def _initial(model: type[Settings], connection: Connection | None) -> dict[str, Any]:
    values = connection.settings if connection else _defaults(model)
    initial = {PREFIX + name: _shown(value) for name, value in values.items()}
    if connection:
        initial |= {"name": connection.name, "address": connection.address}
    return initial


def _defaults(model: type[Settings]) -> dict[str, Any]:
    found = {}
    for name, info in outside_fields(model).items():
        if not info.is_required():
            value = info.get_default(call_default_factory=True, validated_data={})
            found[name] = value.value if isinstance(value, Enum) else value
    return found


def _shown(value: Any) -> Any:
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value


class LinesField(forms.CharField):
    """A list, one entry on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        """Return the lines that are not empty."""
        text = super().clean(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]


def field_for(name: str, info: FieldInfo, stored: bool) -> forms.Field:
    """Return the form field for a setting; `stored` tells that a secret is kept already."""
    kind = _kind(info.annotation)
    options: dict[str, Any] = {
        "label": info.title or label_of(name),
        "help_text": escape(info.description or ""),
        "required": info.is_required() and not stored,
    }
    if kind is SecretStr:
        return _secret(options, stored)
    if kind is bool:
        return forms.BooleanField(**(options | {"required": False}))
    choices = _choices(kind)
    if choices:
        return forms.ChoiceField(choices=choices, **options)
    if kind is int:
        return forms.IntegerField(**options)
    if kind is float:
        return forms.FloatField(**options)
    if get_origin(kind) in (list, tuple, set, frozenset):
        field = LinesField(**options)
        if lines := _lines(info):
            field.widget.attrs["data-lines"] = json.dumps(lines)
        return field
    return forms.CharField(**options)


def _lines(info: FieldInfo) -> Any:
    """Return how lines of this field are edited as rows of fields, see `lines.js`."""
    extra = info.json_schema_extra
    return extra.get("lines") if isinstance(extra, dict) else None


def _secret(options: dict[str, Any], stored: bool) -> forms.Field:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    if stored:
        said = "Stored. Leave it empty to keep it."
        options["help_text"] = f"{options['help_text']} {said}".strip()
        widget.attrs["placeholder"] = "••••••••"
    return forms.CharField(widget=widget, strip=True, **options)


def _kind(annotation: Any) -> Any:
    """Return the type without `None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        inside = [part for part in get_args(annotation) if part is not type(None)]
        return inside[0] if len(inside) == 1 else str
    return annotation


def _choices(kind: Any) -> list[tuple[Any, str]]:
    if get_origin(kind) is Literal:
        return [(value, label_of(str(value))) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [(member.value, label_of(str(member.value))) for member in kind]
    return []


def label_of(name: str) -> str:
    """Turn `api_base_url` into "API base URL"."""
    words = [_ACRONYMS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
