"""What the pages of the inbox send in."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from shopbell.connections.models import Connection
from shopbell.conversations.later import LATER
from shopbell.conversations.models import Priority, Status, Team
from shopbell.conversations.saved import VARIABLES, gaps
from shopbell.conversations.signatures import VARIABLES as SIGNATURE_VARIABLES
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Option

MORNING = 9  # o'clock, in the store's zone
LONGEST = 50_000
LONGEST_OPTION = 20
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

SNOOZES = {
    "reply": "Until they write",
    "hours": "For 3 hours",
    "tomorrow": "Until tomorrow morning",
    "days": "For 3 days",
    "monday": "Until next Monday",
}


class ComposerForm(forms.Form):
    """A reply or a note as the composer sends it."""

    mode = forms.ChoiceField(choices=[("reply", ""), ("note", "")])
    text = forms.CharField(max_length=LONGEST, strip=False, required=False)
    client_id = forms.UUIDField()
    cc = forms.CharField(max_length=5000, required=False)
    bcc = forms.CharField(max_length=5000, required=False)
    seen = forms.UUIDField(required=False)
    thread = forms.UUIDField(required=False)
    then = forms.ChoiceField(
        choices=[
            (value, "")
            for value in (
                "",
                "resolved",
                *(f"snooze-{key}" for key in SNOOZES),
                *(f"later-{key}" for key in LATER),
            )
        ],
        required=False,
    )
    at = forms.CharField(max_length=25, required=False)  # with later-typed
    file_ids = forms.TypedMultipleChoiceField(coerce=uuid.UUID, required=False)
    saved = forms.TypedMultipleChoiceField(coerce=uuid.UUID, required=False)  # replies it used

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        for name in ("file_ids", "saved"):
            named = [value for value in data.getlist(name) if _UUID.fullmatch(value)][:50]
            self.fields[name].choices = [(value, value) for value in named]  # type: ignore[attr-defined]

    def clean_at(self) -> datetime | None:
        """Read what a field for day and time gives; it has no zone."""
        return day_and_time(str(self.cleaned_data["at"]))


def options_in(titles: Sequence[str]) -> tuple[Option, ...]:
    """Return the buttons somebody typed, each once; empty fields are none.

    Raises:
        Invalid: one is longer than a button can be.
    """
    found = list(dict.fromkeys(title.strip() for title in titles if title.strip()))
    if any(len(title) > LONGEST_OPTION for title in found):
        raise Invalid(
            f"A button has {LONGEST_OPTION} characters at most.", kept="Your answer is still here."
        )
    return tuple(Option(f"option-{place}", title) for place, title in enumerate(found, 1))


class StatusForm(forms.Form):
    """Another status."""

    status = forms.ChoiceField(
        choices=[
            (value, "") for value in (Status.OPEN, Status.PENDING, Status.RESOLVED, Status.SPAM)
        ]
    )


class SnoozeForm(forms.Form):
    """Until when."""

    until = forms.ChoiceField(choices=list(SNOOZES.items()))


class PriorityForm(forms.Form):
    """How urgent."""

    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int)


class OwnerForm(forms.Form):
    """Who has it; empty is nobody."""

    owner = forms.IntegerField(required=False)


class TeamForm(forms.Form):
    """Which team it belongs to; empty is none."""

    team = forms.UUIDField(required=False)


class TagForm(forms.Form):
    """A tag to add or to remove."""

    add = forms.CharField(max_length=60, required=False)
    remove = forms.CharField(max_length=60, required=False)


class SavedReplyForm(forms.Form):
    """A saved reply."""

    name = forms.CharField(max_length=100)
    text = forms.CharField(max_length=LONGEST, widget=forms.Textarea)
    locale = forms.CharField(
        max_length=20, required=False, label="Language",
        help_text="Two letters, such as de: it comes first for customers of this language.",
    )  # fmt: skip
    team = forms.ChoiceField(required=False, label="Only for the team")
    tag = forms.CharField(max_length=60, required=False, label="Tag the conversation gets")
    status = forms.ChoiceField(
        required=False,
        label="Status after sending",
        choices=[
            ("", "As always"),
            (Status.PENDING, Status.PENDING.label),
            (Status.RESOLVED, Status.RESOLVED.label),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [(str(team.pk), team.name) for team in Team.objects.order_by("name")]
        self.fields["team"].choices = [("", "For everybody"), *teams]  # type: ignore[attr-defined]

    def clean_locale(self) -> str:
        """Refuse what is no language."""
        locale = str(self.cleaned_data["locale"]).strip()
        if locale and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}", locale):
            raise forms.ValidationError("Write a language such as de or pt-BR.")
        return locale

    def clean_team(self) -> Team | None:
        """Return the team itself."""
        key = self.cleaned_data["team"]
        return Team.objects.filter(pk=key).first() if key else None

    def clean_text(self) -> str:
        """Refuse gaps that nothing can ever fill."""
        text = str(self.cleaned_data["text"])
        unknown = [name for name in gaps(text) if name not in VARIABLES]
        if unknown:
            raise forms.ValidationError(f"There is no {unknown[0]}.")
        return text


LANGUAGES = {
    "": "Every language", "en": "English", "de": "German", "fr": "French", "es": "Spanish",
    "it": "Italian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ar": "Arabic",
}  # fmt: skip


class SignatureForm(forms.Form):
    """A signature: whose, below mails of which inbox, in which language."""

    whose = forms.ChoiceField(label="Whose", choices=[("me", "Mine")])
    inbox = forms.ChoiceField(label="Inbox", required=False)
    locale = forms.ChoiceField(label="Language", required=False, choices=list(LANGUAGES.items()))
    text = forms.CharField(
        label="Signature", max_length=2_000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, inboxes: Sequence[Connection], for_all: bool, **rest: Any):
        super().__init__(*args, **rest)
        named = [(str(row.pk), row.address or row.slug) for row in inboxes]
        self.fields["inbox"].choices = [("", "Every inbox"), *named]  # type: ignore[attr-defined]
        if for_all:
            both = [("me", "Mine"), ("all", "Everybody without one of their own")]
            self.fields["whose"].choices = both  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """Refuse gaps that nothing can ever fill."""
        text = str(self.cleaned_data["text"])
        unknown = [name for name in gaps(text) if name not in SIGNATURE_VARIABLES]
        if unknown:
            raise forms.ValidationError(f"There is no {unknown[0]}.")
        return text


class SavedViewForm(forms.Form):
    """A name for a list."""

    name = forms.CharField(max_length=60)
    shared = forms.BooleanField(required=False)


class MergeForm(forms.Form):
    """The number of another conversation: to merge into, to move to, to link with."""

    into = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class BulkForm(forms.Form):
    """What to do with the chosen conversations, or (`all`) with a whole list, by its address."""

    do = forms.CharField(max_length=60)  # a verb, or a verb and its object: "owner:3"
    numbers = forms.TypedMultipleChoiceField(coerce=int, required=False)
    all = forms.CharField(max_length=4000, required=False)
    tag = forms.CharField(max_length=60, required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        wanted = [n for n in data.getlist("numbers") if n.isdigit() and len(n) < 10][:1000]
        self.fields["numbers"].choices = [(value, value) for value in wanted]  # type: ignore[attr-defined]


def day_and_time(text: str) -> datetime | None:
    """Return what a field for day and time gives; it has no zone.

    Raises:
        ValidationError: it is no time.
    """
    try:
        return datetime.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise forms.ValidationError("Choose a day and a time.") from None


def checked[F: forms.Form](form: F) -> F:
    """Return the form if it is filled in well.

    Raises:
        Invalid: with what is wrong, for a toast.
    """
    if form.is_valid():
        return form
    fields = {name: str(errors[0]) for name, errors in form.errors.items()}
    raise Invalid("Something is missing.", kept="Nothing was changed.", fields=fields)


def snooze_end(choice: str, zone: str) -> datetime | None:
    """Return when a snooze ends; None: when the customer writes."""
    now = clock.now().astimezone(ZoneInfo(zone))
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    ends = {
        "hours": now + timedelta(hours=3),
        "tomorrow": morning + timedelta(days=1),
        "days": now + timedelta(days=3),
        "monday": morning + timedelta(days=7 - now.weekday()),
    }
    return ends.get(choice)
