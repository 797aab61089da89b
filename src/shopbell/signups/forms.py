"""What the editor sends in: the settings of a form and its words in each language."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language

from shopbell.accounts.models import Store
from shopbell.consent.models import Topic
from shopbell.consent.single import single_opt_in_of
from shopbell.consent.soft import MONTHS, MOST_MONTHS
from shopbell.signups.definition import LONGEST
from shopbell.signups.models import SignupForm
from shopbell.signups.rules import SoftRules, country_names
from shopbell.signups.words import LANGUAGES, NAMES
from shopbell.web.widgets import LongSelect, ManyOfLong

_LABELS = {
    "title": ("Title", ""),
    "intro": ("Introduction", "What comes, and how often."),
    "wording": (
        "What people agree to",
        "Kept word by word with each permission. Name your shop, what you send, and that it can be "
        "stopped.",
    ),
    "button": ("Words on the button", "Empty: ours."),
    "thanks": (
        "Said after sending",
        "Below our own words. By WhatsApp and SMS it stands in the confirmation.",
    ),
}


def _countries() -> list[tuple[str, str]]:
    """Return the countries as the reader calls them."""
    return list(country_names(get_language() or "en").items())


_NEEDED = {"title": "Give the form a title.", "wording": "Say what people agree to."}
_LONG = ("intro", "wording", "thanks")
NEW: dict[str, dict[str, str]] = {
    "en": {
        "title": "News from {store}",
        "intro": "What is new and what is on sale, about twice a month.",
        "wording": "I want offers and news from {store} by {channel}. I can stop this at any time.",
    },
    "de": {
        "title": "Neues von {store}",
        "intro": "Was neu ist und was es günstiger gibt, etwa zweimal im Monat.",
        "wording": "Ich möchte Angebote und Neues von {store} per {channel}. Das kann ich "
        "jederzeit beenden.",
    },
}


_BY = {
    "en": {"email": "e-mail", "whatsapp": "WhatsApp", "sms": "SMS"},
    "de": {"email": "E-Mail", "whatsapp": "WhatsApp", "sms": "SMS"},
}


class SignupFormForm(forms.Form):
    """A sign-up form as staff change it; `definition` checks the words."""

    name = forms.CharField(
        max_length=120,
        help_text="For your team, such as <q>Foot of every page</q>. It stands in the proof.",
    )
    slug = forms.CharField(
        required=False,
        max_length=40,
        label="Address",
        help_text="The last part of its web address. Empty: made of the name.",
    )
    channel = forms.ChoiceField(
        choices=[("email", "E-mail"), ("whatsapp", "WhatsApp"), ("sms", "SMS")],
        label="News come by",
        widget=forms.RadioSelect,
        help_text="E-mail is confirmed by a link in a mail, WhatsApp by a message that the "
        "customer sends, SMS by answering YES to one text. Name the channel in what people "
        "agree to.",
    )
    languages = forms.MultipleChoiceField(
        choices=list(NAMES.items()), widget=forms.CheckboxSelectMultiple
    )
    topics = forms.MultipleChoiceField(
        required=False,
        label="Topics offered",
        widget=forms.CheckboxSelectMultiple,
        help_text="None: whoever signs up gets everything.",
    )
    asks_by_mail = forms.BooleanField(
        required=False,
        label="Always ask by mail before it counts",
        help_text="Double opt-in; by WhatsApp and SMS it always is. Without it a sign-up by e-mail "
        "counts at once in the countries where your rules say so, and is asked by mail everywhere "
        "else.",
    )
    country = forms.ChoiceField(
        required=False,
        label="For people in",
        choices=lambda: [("", "any country"), *_countries()],
        widget=LongSelect,
        help_text="The country that counts for your rules. Without one, that of the customer’s "
        "address; where none is known, the form asks by mail.",
    )
    is_open = forms.BooleanField(required=False, label="Open: people can sign up")

    def __init__(
        self,
        data: Any,
        *,
        row: SignupForm | None,
        store: str,
        topics: list[Topic],
        channel: str = "email",
    ):
        initial = _initial(row, store, channel)
        super().__init__(data, initial=initial, use_required_attribute=False)
        chosen = self.initial["languages"] if data is None else data.getlist("languages")
        self.fields["topics"].choices = [  # type: ignore[attr-defined]
            (topic.key, topic.name_in("en")) for topic in topics
        ]
        if not topics:
            del self.fields["topics"]
        for code in LANGUAGES:
            for name, most in LONGEST.items():
                label, hint = _LABELS[name]
                self.fields[f"{code}.{name}"] = forms.CharField(
                    required=code in chosen and name in _NEEDED,
                    error_messages={"required": _NEEDED.get(name, "")},
                    max_length=most,
                    label=label,
                    help_text=hint,
                    widget=forms.Textarea(attrs={"rows": 3}) if name in _LONG else None,
                )

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """What was written, by language."""
        told = self.cleaned_data
        return {
            code: {name: told.get(f"{code}.{name}", "") for name in LONGEST} for code in LANGUAGES
        }

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields of each language under its name."""
        return [(NAMES[code], [self[f"{code}.{name}"] for name in LONGEST]) for code in LANGUAGES]

    def take(self, mistakes: Mapping[str, str]) -> None:
        """Show what the action found wrong, each at its field."""
        for name, said in mistakes.items():
            self.add_error(name if name in self.fields else None, said)


class SoftForm(forms.Form):
    """What a store states about offers to existing customers."""

    on = forms.BooleanField(required=False, label="Write to existing customers without asking")
    countries = forms.MultipleChoiceField(
        required=False,
        choices=_countries,
        widget=ManyOfLong,
        label="Where it holds",
        error_messages={"invalid_choice": "Choose among the countries."},
        help_text="Elsewhere, and where a customer’s country is not known, it does not hold.",
    )
    topics = forms.MultipleChoiceField(
        required=False,
        label="Topics about similar goods of your own",
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what is sent with one of these topics counts.",
    )
    notice_since = forms.DateField(
        required=False,
        label="My checkout tells buyers since",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="That they will get such offers, and can object at any time. Orders before that "
        "day do not count.",
    )
    months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        label="Months after the last order",
        help_text="Then it ends.",
    )

    def __init__(self, data: Any, *, store: Store, topics: list[Topic]):
        raw = (store.policies or {}).get("soft_opt_in") or {}
        initial = {
            "on": bool(raw),
            "countries": raw.get("countries", []),
            "topics": raw.get("topics", []),
            "notice_since": raw.get("notice_since", ""),
            "months": raw.get("months", MONTHS),
        }
        super().__init__(data, initial=initial, use_required_attribute=False, prefix="soft")
        self.fields["topics"].choices = [  # type: ignore[attr-defined]
            (topic.key, topic.name_in("en")) for topic in topics
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the day on which the notice began, where the exception is wanted."""
        told = super().clean() or {}
        if told.get("on") and not told.get("notice_since") and "notice_since" not in self.errors:
            self.add_error("notice_since", "Since when does your checkout say so?")
        return told

    @property
    def rules(self) -> SoftRules | None:
        """What was stated; None: off."""
        told = self.cleaned_data
        if not told["on"]:
            return None
        months = told["months"] or MONTHS
        return SoftRules(told["countries"], told["topics"], told["notice_since"], months)


class SingleForm(forms.Form):
    """Where a sign-up counts at once."""

    countries = forms.MultipleChoiceField(
        required=False,
        choices=_countries,
        widget=ManyOfLong,
        label="Countries in which a sign-up counts at once",
        error_messages={"invalid_choice": "Choose among the countries."},
        help_text="None: nowhere.",
    )

    def __init__(self, data: Any, *, store: Store):
        initial = {"countries": single_opt_in_of(store)}
        super().__init__(data, initial=initial, prefix="single")


class TopicForm(forms.Form):
    """A topic's names."""

    en = forms.CharField(max_length=80, required=False, label="Name in English")
    de = forms.CharField(max_length=80, required=False, label="Name in German")


def _initial(row: SignupForm | None, store: str, channel: str) -> dict[str, Any]:
    if row is None:
        texts = {
            code: {
                name: text.format(store=store, channel=_BY[code].get(channel, channel))
                for name, text in words.items()
            }
            for code, words in NEW.items()
        }
        told: dict[str, Any] = {"languages": ["en"], "asks_by_mail": True, "is_open": True}
        told["channel"] = channel
    else:
        texts = row.texts
        told = {
            name: getattr(row, name)
            for name in (
                "name",
                "slug",
                "channel",
                "languages",
                "topics",
                "asks_by_mail",
                "country",
                "is_open",
            )
        }
    return told | {
        f"{code}.{name}": text for code, words in texts.items() for name, text in words.items()
    }
