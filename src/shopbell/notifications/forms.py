"""What a merchant decides about one notification, and about sending as a whole."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from shopbell.accounts.models import Store
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.notifications.conditions import KEYS
from shopbell.notifications.queries import Setting
from shopbell.notifications.words import split_delay

_UNITS = [("1", "minutes"), ("60", "hours"), ("1440", "days")]
_LONGEST = 60 * 24 * 30


class WordsField(forms.CharField):
    """Words with commas between them, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=1000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as people write one."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the words without blanks and repetitions."""
        text = super().clean(value)
        return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


class CountriesField(WordsField):
    """Two-letter country codes."""

    def clean(self, value: Any) -> Any:
        """Return codes in capitals."""
        codes = [word.upper() for word in super().clean(value)]
        wrong = [code for code in codes if len(code) != 2 or not code.isalpha()]
        if wrong:
            raise forms.ValidationError(
                f"“{wrong[0]}” is not a country code. Write two letters, such as DE."
            )
        return codes


class RuleForm(forms.Form):
    """Settings of one notification."""

    enabled = forms.BooleanField(required=False, label="Tell customers")
    delay = forms.IntegerField(min_value=0, max_value=_LONGEST, label="Wait", initial=0)
    unit = forms.TypedChoiceField(choices=_UNITS, coerce=int, label="Unit")
    first = forms.ChoiceField(label="First choice")
    second = forms.ChoiceField(label="Then", required=False)
    third = forms.ChoiceField(label="At last", required=False)
    respect_quiet_hours = forms.BooleanField(
        required=False,
        label="Wait out quiet hours",
        help_text="Otherwise it is sent at any hour.",
    )
    countries = CountriesField(
        label=KEYS["countries"], help_text="With commas, such as DE, AT, CH. Empty: everywhere."
    )
    not_countries = CountriesField(label=KEYS["not_countries"])
    tags = WordsField(label=KEYS["tags"], help_text="With commas.")
    not_tags = WordsField(label=KEYS["not_tags"])
    min_total = forms.DecimalField(required=False, min_value=0, label=KEYS["min_total"])
    shipping_methods = WordsField(
        label=KEYS["shipping_methods"], help_text="With commas, such as express, courier."
    )

    WAYS: ClassVar = ("first", "second", "third")

    def __init__(self, data: Mapping[str, Any] | None = None, *, setting: Setting) -> None:
        number, unit = split_delay(setting.delay_minutes)
        initial = {
            "enabled": setting.enabled,
            "delay": number,
            "unit": str(unit),
            "respect_quiet_hours": setting.respect_quiet_hours,
            **dict(zip(self.WAYS, setting.media, strict=False)),
            **setting.conditions,
        }
        super().__init__(data, initial=initial)
        names = [(str(medium), medium_title(medium)) for medium in TELLING]
        for way in self.WAYS:
            choices = names if way == "first" else [("", "Nothing more"), *names]
            self.fields[way].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a channel named twice and a delay over thirty days."""
        values = super().clean() or {}
        chosen = [values[way] for way in self.WAYS if values.get(way)]
        if len(set(chosen)) < len(chosen):
            self.add_error("second", "Name each channel once.")
        if values.get("delay", 0) * values.get("unit", 1) > _LONGEST:
            self.add_error("delay", "Wait thirty days at most.")
        return values

    def changes(self) -> dict[str, Any]:
        """Return the arguments for `save_rule`."""
        values = self.cleaned_data
        conditions = {key: values[key] for key in KEYS if values[key]}
        if "min_total" in conditions:
            conditions["min_total"] = str(conditions["min_total"])
        return {
            "enabled": values["enabled"],
            "delay_minutes": values["delay"] * values["unit"],
            "media": [values[way] for way in self.WAYS if values[way]],
            "respect_quiet_hours": values["respect_quiet_hours"],
            "conditions": conditions,
        }


class PolicyForm(forms.Form):
    """Whether opens are measured."""

    track_opens = forms.BooleanField(
        required=False,
        label="Measure whether mails are opened",
        help_text="Only for customers who agreed to it. Mails of all others carry no pixel, and "
        "one who withdraws is not measured any more, not even in old mails.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, store: Store) -> None:
        super().__init__(data, initial={"track_opens": policy_of(store).track_opens})

    def changes(self) -> dict[str, Any]:
        """Return the policies as they are stored."""
        return {"track_opens": self.cleaned_data["track_opens"]}
