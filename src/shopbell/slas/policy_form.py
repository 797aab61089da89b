"""What the page of promises sends in."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms

from shopbell.calendars.queries import calendars
from shopbell.conversations.listing import MEDIA
from shopbell.conversations.models import Priority, Team
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Medium
from shopbell.slas.models import Policy
from shopbell.slas.spans import parse_span, span_text

GOALS = (("first", "First answer"), ("next", "Every next answer"), ("resolution", "Resolution"))


class SpanField(forms.CharField):
    """A length of time, such as `4 h`; empty is None."""

    def clean(self, value: Any) -> Any:
        """Return the minutes."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_span(text)
        except Invalid as error:
            raise forms.ValidationError(error.message) from None


class PolicyForm(forms.Form):
    """One promise."""

    name = forms.CharField(max_length=100, label="Name", help_text="Such as Chat, or Big orders.")
    calendar = forms.ChoiceField(
        required=False, label="Counts in the hours of", choices=lambda: _calendars()
    )
    channels = forms.MultipleChoiceField(
        required=False,
        label="Channels",
        choices=lambda: _media(),
        widget=forms.CheckboxSelectMultiple,
    )
    priorities = forms.TypedMultipleChoiceField(
        required=False,
        label="Priorities",
        coerce=int,
        choices=Priority.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.TypedMultipleChoiceField(
        required=False,
        label="Teams",
        coerce=uuid.UUID,
        choices=lambda: [(str(row.pk), row.name) for row in Team.objects.order_by("name")],
        widget=forms.CheckboxSelectMultiple,
    )
    tags = forms.CharField(
        required=False,
        max_length=600,
        label="One of these tags",
        help_text="With commas between.",
    )
    is_active = forms.BooleanField(required=False, label="In force")

    def __init__(self, data: Mapping[str, Any] | None = None, *, policy: Policy | None) -> None:
        super().__init__(data, initial=_initial(policy))
        for name, label in GOALS:
            self.fields[name] = SpanField(required=False, max_length=30, label=label)

    def goals(self) -> list[forms.BoundField]:
        """Return the three lengths of time, for the page."""
        return [self[name] for name, _ in GOALS]

    def conditions(self) -> list[forms.BoundField]:
        """Return the fields that narrow it, without those that have no choices."""
        found = [self[name] for name in ("channels", "priorities", "teams", "tags")]
        return [each for each in found if each.name == "tags" or list(each.field.choices)]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what `save_policy` takes."""
        kept = dict(self.cleaned_data)
        for name, _ in GOALS:
            kept[f"{name}_minutes"] = kept.pop(name)
        kept["media"] = kept.pop("channels")
        kept["tags"] = [tag for tag in kept["tags"].split(",") if tag.strip()]
        chosen = kept["calendar"]
        kept["calendar"] = next((row for row in calendars() if str(row.pk) == chosen), None)
        return kept


def _calendars() -> list[tuple[str, str]]:
    return [("", "The default calendar"), *((str(row.pk), row.name) for row in calendars())]


def _media() -> list[tuple[str, str]]:
    known = {str(medium) for medium in Medium} | {"form"}
    return [(key, label) for key, label in MEDIA.items() if key in known]


def _initial(policy: Policy | None) -> dict[str, Any]:
    if policy is None:
        return {"is_active": True}
    names = ("name", "priorities", "is_active")
    return {
        **{name: getattr(policy, name) for name in names},
        **{name: span_text(policy.goal(name)) for name, _ in GOALS},
        "channels": policy.media,
        "teams": [str(key) for key in policy.teams],
        "tags": ", ".join(policy.tags),
        "calendar": str(policy.calendar_id or ""),
    }
