"""What the set-up pages of hours and promises send in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from shopbell.accounts.choices import timezone_choices
from shopbell.calendars.holidays_of import country_choices
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import DAY_NAMES, DAYS, day_text, parse_day
from shopbell.kit.errors import Invalid
from shopbell.web.widgets import LongSelect

USUAL = "9-17"


class DayField(forms.CharField):
    """The hours of one weekday."""

    def clean(self, value: Any) -> Any:
        """Return the slots."""
        try:
            return parse_day(super().clean(value))
        except Invalid as error:
            raise forms.ValidationError(error.message) from None


class DaysOffField(forms.CharField):
    """One day off a line: `2026-12-24 Christmas Eve`."""

    widget = forms.Textarea(attrs={"rows": 4})

    def clean(self, value: Any) -> Any:
        """Return days and their names."""
        found = []
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            day, _, name = line.strip().partition(" ")
            try:
                found.append((date.fromisoformat(day), name.strip() or "Day off"))
            except ValueError:
                raise forms.ValidationError(
                    f"“{line[:60]}” does not begin with a day such as 2026-12-24."
                ) from None
        return found


class CalendarForm(forms.Form):
    """One calendar."""

    name = forms.CharField(max_length=100, label="Name", help_text="Such as Office hours.")
    zone = forms.ChoiceField(label="Time zone", choices=timezone_choices, widget=LongSelect)
    country = forms.ChoiceField(
        label="Public holidays of", choices=country_choices, required=False, widget=LongSelect
    )
    region = forms.CharField(
        max_length=10,
        required=False,
        label="Region",
        help_text="If holidays differ inside the country: its short name, such as BE for Berlin.",
    )
    days_off = DaysOffField(
        required=False,
        label="Your own days off",
        help_text="One a line, such as 2026-12-24 Christmas Eve.",
    )
    feed_url = forms.URLField(
        required=False,
        max_length=2000,
        label="Calendar feed",
        help_text="An iCal address with whole-day entries. It is read twice a day.",
        assume_scheme="https",
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, calendar: Calendar | None, zone: str
    ) -> None:
        super().__init__(data, initial=_initial(calendar, zone))
        for place, name in enumerate(DAYS):
            self.fields[name] = DayField(required=False, max_length=120, label=DAY_NAMES[place])

    def days(self) -> list[forms.BoundField]:
        """Return the seven days, for the page."""
        return [self[name] for name in DAYS]

    def clean(self) -> dict[str, Any]:
        """Refuse a week in which nobody works."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(values.get(name) for name in DAYS):
            self.add_error("mon", "Give at least one day its hours.")
        return values

    def values(self) -> dict[str, Any]:
        """Return what `save_calendar` takes."""
        kept = dict(self.cleaned_data)
        kept["week"] = tuple(kept.pop(name) for name in DAYS)
        return kept


def _initial(calendar: Calendar | None, zone: str) -> dict[str, Any]:
    if calendar is None:
        return {"zone": zone} | dict.fromkeys(DAYS[:5], USUAL)
    names = ("name", "zone", "country", "region", "feed_url")
    return {
        **{name: getattr(calendar, name) for name in names},
        **{name: day_text(slots) for name, slots in zip(DAYS, calendar.week, strict=True)},
        "days_off": "\n".join(f"{day} {why}" for day, why in calendar.days_off),
    }
