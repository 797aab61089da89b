"""What the editor sends in: the settings of a form and its words in each language."""

from collections.abc import Mapping
from typing import Any

from django import forms

from shopbell.consent.models import Topic
from shopbell.signups.definition import LONGEST
from shopbell.signups.models import SignupForm
from shopbell.signups.words import LANGUAGES, NAMES

_LABELS = {
    "title": ("Title", ""),
    "intro": ("Introduction", "What comes, and how often."),
    "wording": (
        "What people agree to",
        "Kept word by word with each permission. Name your shop, what you send, and that it can be "
        "stopped.",
    ),
    "button": ("Words on the button", "Empty: ours."),
    "thanks": ("Said after sending", "Below our own words: look into your mailbox."),
}
_NEEDED = {"title": "Give the form a title.", "wording": "Say what people agree to."}
_LONG = ("intro", "wording", "thanks")
NEW: dict[str, dict[str, str]] = {
    "en": {
        "title": "News from {store}",
        "intro": "What is new and what is on sale, about twice a month.",
        "wording": "I want offers and news from {store} by e-mail. I can stop this at any time.",
    },
    "de": {
        "title": "Neues von {store}",
        "intro": "Was neu ist und was es günstiger gibt, etwa zweimal im Monat.",
        "wording": "Ich möchte Angebote und Neues von {store} per E-Mail. Das kann ich jederzeit "
        "beenden.",
    },
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
        label="Ask by mail before it counts",
        help_text="Double opt-in. Without it anybody can sign up anybody else, and in Germany and "
        "Austria you have no proof.",
    )
    is_open = forms.BooleanField(required=False, label="Open: people can sign up")

    def __init__(self, data: Any, *, row: SignupForm | None, store: str, topics: list[Topic]):
        super().__init__(data, initial=_initial(row, store), use_required_attribute=False)
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


class TopicForm(forms.Form):
    """A topic's names."""

    en = forms.CharField(max_length=80, required=False, label="Name in English")
    de = forms.CharField(max_length=80, required=False, label="Name in German")


def _initial(row: SignupForm | None, store: str) -> dict[str, Any]:
    if row is None:
        texts = {
            code: {name: text.format(store=store) for name, text in words.items()}
            for code, words in NEW.items()
        }
        told: dict[str, Any] = {"languages": ["en"], "asks_by_mail": True, "is_open": True}
    else:
        texts = row.texts
        told = {
            name: getattr(row, name)
            for name in ("name", "slug", "languages", "topics", "asks_by_mail", "is_open")
        }
    return told | {
        f"{code}.{name}": text for code, words in texts.items() for name, text in words.items()
    }
