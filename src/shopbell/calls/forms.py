"""Forms of the phone: how a call ended, a call made elsewhere, a line, a person's number."""

import uuid
from datetime import datetime
from typing import Any

from babel import Locale
from django import forms

from shopbell.calendars.queries import calendars
from shopbell.calls.actions.noting import LONGEST_NOTES, OFFERED
from shopbell.calls.models import Call, Direction, Line, Outcome
from shopbell.calls.words import LANGUAGES, LONGEST, OWN_WORDS, phrases
from shopbell.conversations.forms import day_and_time
from shopbell.conversations.later import time_of
from shopbell.conversations.queries import teams_of_store

_SAID = {
    Outcome.REACHED: "Reached: we spoke",
    Outcome.NOT_REACHED: "Not reached",
    Outcome.VOICEMAIL: "Voicemail: I left a message",
    Outcome.WRONG_NUMBER: "Wrong number",
}
_IN_SAID = {
    Outcome.REACHED: "We spoke",
    Outcome.MISSED: "Nobody took it",
    Outcome.VOICEMAIL: "Left a message",
    Outcome.WRONG_NUMBER: "Wrong number",
}


class _Moment(forms.CharField):
    """A day and a time, as the browser's own field gives them."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
        super().__init__(widget=widget, required=False, max_length=25, **options)

    def clean(self, value: Any) -> datetime | None:
        """Read it; it has no zone yet."""
        return day_and_time(str(value or ""))


def in_zone(at: datetime | None, zone: str) -> datetime | None:
    """Return a typed time as a moment of the store's zone."""
    return time_of("typed", zone, typed=at) if at else None


class OutcomeForm(forms.Form):
    """How a call ended and what was said."""

    outcome = forms.ChoiceField(label="How did it end?", widget=forms.RadioSelect)
    notes = forms.CharField(
        label="What was said",
        required=False,
        max_length=LONGEST_NOTES,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    call_back_at = _Moment(
        label="We call back by", help_text="Only if you promised it. You are reminded in time."
    )

    def __init__(self, data: Any, *, call: Call) -> None:
        super().__init__(
            data, initial={"outcome": call.outcome or Outcome.REACHED, "notes": call.notes}
        )
        offered = _SAID if call.direction == Direction.OUT else _IN_SAID
        self.fields["outcome"].choices = list(offered.items())  # type: ignore[attr-defined]


class LogForm(forms.Form):
    """A call that went over a phone we know nothing of."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    case = forms.IntegerField(required=False, widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label="Who called?", choices=Direction.choices, widget=forms.RadioSelect
    )
    number = forms.CharField(
        label="Number", required=False, max_length=40, help_text="Such as +49 30 1234567."
    )
    name = forms.CharField(label="Name", required=False, max_length=200)
    at = _Moment(label="When", help_text="Empty: just now.")
    minutes = forms.IntegerField(
        label="How long, in minutes", required=False, min_value=0, max_value=720
    )
    outcome = forms.ChoiceField(
        label="How did it end?",
        choices=[(each, each.label) for each in (*OFFERED, Outcome.MISSED)],
        widget=forms.RadioSelect,
    )
    notes = forms.CharField(
        label="What was said",
        required=False,
        max_length=LONGEST_NOTES,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    call_back_at = _Moment(
        label="We call back by", help_text="Only if you promised it. You are reminded in time."
    )

    def __init__(self, data: Any, *, number: str = "", case: int | None = None) -> None:
        initial = {
            "client_id": uuid.uuid4(), "direction": Direction.IN, "outcome": Outcome.REACHED,
            "number": number, "case": case,
        }  # fmt: skip
        super().__init__(data, initial=initial)
        if case is not None:
            del self.fields["name"]


class PhoneForm(forms.Form):
    """At which number somebody is rung. Empty: at none."""

    number = forms.CharField(label="Your phone number", required=False, max_length=40)
    rings = forms.BooleanField(required=False)


class LineForm(forms.Form):
    """How a number answers."""

    calendar = forms.ChoiceField(label="Opening hours", required=False)
    rings = forms.BooleanField(
        label="Ring the people who are available", required=False,
        help_text="At most ten at once. Who picks up presses 1, so that no mailbox takes a call.",
    )  # fmt: skip
    team = forms.ChoiceField(label="Only people of", required=False)
    ring_seconds = forms.IntegerField(label="Ring for, in seconds", min_value=5, max_value=120)
    offers_call_back = forms.BooleanField(label="Offer to call back (key 1)", required=False)
    call_back_minutes = forms.IntegerField(
        label="Missed calls are called back within, in minutes of opening hours",
        min_value=5,
        max_value=7 * 24 * 60,
    )
    texts_promise = forms.BooleanField(
        label="Write a text message to who hung up before a time was said", required=False,
        help_text="To mobile numbers, if text messages are connected.",
    )  # fmt: skip
    offers_voicemail = forms.BooleanField(label="Offer to leave a message (key 2)", required=False)
    voicemail_seconds = forms.IntegerField(
        label="Longest message, in seconds", min_value=10, max_value=600
    )

    def __init__(self, data: Any, *, line: Line, languages: list[str]) -> None:
        super().__init__(data, initial=_initial(line))
        self.line, self.languages = line, languages
        hours = [(str(row.pk), row.name) for row in calendars()]
        self.fields["calendar"].choices = [("", "The store's"), *hours]  # type: ignore[attr-defined]
        teams = [(str(row.pk), row.name) for row in teams_of_store()]
        self.fields["team"].choices = [("", "everybody"), *teams]  # type: ignore[attr-defined]
        for language in languages:
            for key, label in OWN_WORDS.items():
                self.fields[f"{language}-{key}"] = forms.CharField(
                    label=label,
                    required=False,
                    max_length=LONGEST,
                    initial=line.texts.get(language, {}).get(key, ""),
                    widget=forms.Textarea(
                        attrs={"rows": 2, "placeholder": phrases(language)[key], "lang": language}
                    ),
                )

    @property
    def spoken(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of own words, by language."""
        return [
            (
                str(Locale(language).get_display_name("en")),
                [self[f"{language}-{key}"] for key in OWN_WORDS],
            )
            for language in self.languages
        ]

    def values(self) -> dict[str, Any]:
        """Return what `save_line` takes."""
        given = dict(self.cleaned_data)
        texts = {language: dict(self.line.texts.get(language, {})) for language in LANGUAGES}
        for language in self.languages:
            for key in OWN_WORDS:
                texts[language][key] = given.pop(f"{language}-{key}")
        calendar, team = given.pop("calendar"), given.pop("team")
        return given | {"texts": texts, "calendar_id": calendar or None, "team_id": team or None}


def _initial(line: Line) -> dict[str, Any]:
    names = (
        *("rings", "ring_seconds", "offers_call_back", "call_back_minutes"),
        *("texts_promise", "offers_voicemail", "voicemail_seconds"),
    )
    own = {"calendar": str(line.calendar_id or ""), "team": str(line.team_id or "")}
    return own | {name: getattr(line, name) for name in names}
