"""The rules by which an order counts for a message."""

from collections.abc import Mapping
from typing import Any

from django import forms

from shopbell.accounts.models import Store
from shopbell.results.policy import MOST_HOURS, Window, window_of


def _hours(label: str, says: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=says,
        min_value=0,
        max_value=MOST_HOURS,
        error_messages={"max_value": "Thirty days (720 hours) at most."},
    )


class WindowForm(forms.Form):
    """How many hours after each sign an order counts."""

    click = _hours("Hours after a click", "120 hours are five days.")
    read = _hours("Hours after reading", "Mails tell only for customers who allow it.")
    arrived = _hours(
        "Hours after arriving on a phone",
        "SMS, WhatsApp and other messengers are read as they come.",
    )
    mail_arrived = _hours(
        "Hours after a mail arrived",
        "0 is honest: a mail that only arrived has brought nothing that is known.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, store: Store) -> None:
        super().__init__(data, initial=window_of(store).as_policy())

    def window(self) -> Window:
        """Return the rules."""
        return Window(**self.cleaned_data)
