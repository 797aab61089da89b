"""What a merchant decides about decent hours and about how often, and the question what follows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale
from django import forms

from shopbell.accounts.models import Store
from shopbell.calendars.notation import DAY_NAMES
from shopbell.customers.normalise import phone_key
from shopbell.customers.whereabouts import states_of
from shopbell.kit import clock
from shopbell.messaging.outlooks import Somebody
from shopbell.messaging.policy import EVERY_CHANNEL, Policy, policy_of
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title

LIMITED = (("marketing", "Offers and news"), ("survey", "Surveys"))
_CHANNELS = (
    *((str(medium), medium_title(medium)) for medium in TELLING),
    (EVERY_CHANNEL, "All together"),
)
_CLOCK = {"type": "time"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One budget of the grid: how many in how many hours. Empty: not limited."""

    title: str
    count: forms.BoundField
    hours: forms.BoundField


class QuietForm(forms.Form):
    """Quiet hours, days off, and how often one person is written to."""

    quiet_from = forms.TimeField(
        label="Quiet from", widget=forms.TimeInput(attrs=_CLOCK, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label="until",
        widget=forms.TimeInput(attrs=_CLOCK, format="%H:%M"),
        help_text="On the customer's clock. The same time twice means no quiet hours.",
    )
    quiet_days = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=list(enumerate(DAY_NAMES)),
        widget=forms.CheckboxSelectMultiple,
        label="No offers and surveys on",
    )
    quiet_holidays = forms.BooleanField(
        required=False, label="Nor on public holidays where the customer lives"
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, store: Store) -> None:
        policy = policy_of(store)
        super().__init__(data, initial=_initial(policy))
        for purpose, title in LIMITED:
            for channel, name in _CHANNELS:
                about = f"{title}, {name}"
                self.fields[f"{purpose}_{channel}_count"] = _number(100, f"{about}: at most")
                self.fields[f"{purpose}_{channel}_hours"] = _number(744, f"{about}: in hours")

    def grid(self) -> Iterator[tuple[str, list[Cell]]]:
        """Yield the rows of the grid: a purpose with a cell for each channel."""
        for purpose, title in LIMITED:
            yield (
                title,
                [
                    Cell(
                        name,
                        self[f"{purpose}_{channel}_count"],
                        self[f"{purpose}_{channel}_hours"],
                    )
                    for channel, name in _CHANNELS
                ],
            )

    def clean(self) -> dict[str, Any]:
        """Refuse half a budget, and a week without any day."""
        values = super().clean() or {}
        for purpose, _ in LIMITED:
            for channel, _ in _CHANNELS:
                count, hours = (values.get(f"{purpose}_{channel}_{n}") for n in ("count", "hours"))
                if (count is None) != (hours is None):
                    name = f"{purpose}_{channel}_{'count' if count is None else 'hours'}"
                    self.add_error(name, "Fill in both numbers, or none for no limit.")
        if len(values.get("quiet_days", [])) == 7:
            self.add_error("quiet_days", "Leave at least one day, or nothing ever goes out.")
        return values

    def changes(self) -> dict[str, Any]:
        """Return the policies as they are stored."""
        values = self.cleaned_data
        return {
            "quiet_from": f"{values['quiet_from']:%H:%M}",
            "quiet_until": f"{values['quiet_until']:%H:%M}",
            "quiet_days": sorted(values["quiet_days"]),
            "quiet_holidays": values["quiet_holidays"],
            "budgets": [
                {
                    "purpose": purpose,
                    "channel": channel,
                    "count": values[f"{purpose}_{channel}_count"],
                    "hours": values[f"{purpose}_{channel}_hours"],
                }
                for purpose, _ in LIMITED
                for channel, _ in _CHANNELS
                if values[f"{purpose}_{channel}_count"]
            ],
        }


def _number(most: int, label: str) -> forms.IntegerField:
    field = forms.IntegerField(required=False, min_value=1, max_value=most, label=label)
    field.widget.attrs["aria-label"] = label
    return field


def _initial(policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: getattr(policy, name)
        for name in ("quiet_from", "quiet_until", "quiet_days", "quiet_holidays")
    }
    for each in policy.budgets:
        found[f"{each.purpose}_{each.channel}_count"] = each.count
        found[f"{each.purpose}_{each.channel}_hours"] = each.hours
    return found


class OutlookForm(forms.Form):
    """The question when a message would leave."""

    purpose = forms.ChoiceField(
        choices=[*LIMITED, ("order_updates", "Delivery news that waits")], label="What"
    )
    medium = forms.ChoiceField(
        choices=[(str(medium), medium_title(medium)) for medium in TELLING], label="By"
    )
    country = forms.ChoiceField(required=False, label="To somebody in")
    region = forms.ChoiceField(required=False, label="State (USA)")
    phone = forms.CharField(required=False, max_length=40, label="Their number")
    at = forms.DateTimeField(
        label="When it is there",
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, store: Store) -> None:
        initial = {"purpose": "marketing", "medium": "sms", "country": "FR"}
        super().__init__(data, initial=initial | {"at": _next_sunday(store)})
        self.fields["country"].choices = _countries()  # type: ignore[attr-defined]
        states = [("", "Any"), *states_of("US")]
        self.fields["region"].choices = states  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        """Return the number in the form in which numbers are compared."""
        raw = self.cleaned_data["phone"]
        found = phone_key(raw)
        if raw and not found:
            raise forms.ValidationError("This is not a phone number. Begin with + and the country.")
        return found

    def question(self) -> dict[str, Any]:
        """Return the arguments for `outlook`."""
        values = self.cleaned_data
        country = "" if values["phone"] else values["country"]
        region = values["region"] if country == "US" else ""
        return {
            "reader": Somebody(country, region, values["phone"]),
            "medium": values["medium"],
            "purpose": values["purpose"],
            "local": values["at"].replace(tzinfo=None),
        }


def _next_sunday(store: Store) -> datetime:
    now = clock.now().astimezone(ZoneInfo(store.timezone or "UTC"))
    day = now.date() + timedelta(days=(6 - now.weekday()) % 7 or 7)
    return datetime.combine(day, time(10))


def _countries() -> list[tuple[str, str]]:
    names = Locale("en").territories
    found = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    known = [pair for pair in found if pair[0] not in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO")]
    return sorted(known, key=lambda pair: pair[1])
