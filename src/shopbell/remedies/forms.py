"""What is filled in to ask for a remedy: amount, items, reason, note."""

from typing import Any

from django import forms

from shopbell.kit.errors import Invalid
from shopbell.kit.money import digits, minor
from shopbell.orders.models import Line, Order
from shopbell.orders.ports import Deed
from shopbell.remedies.policy import RemedyPolicy

WITH_AMOUNT = (Deed.REFUND, Deed.COUPON)
WITH_ITEMS = (Deed.REFUND, Deed.RESHIP, Deed.RETURN)
PREFIX = "line-"


class RemedyForm(forms.Form):
    """One request. `left` is what may go back at most, in minor units."""

    case = forms.IntegerField(required=False, widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.CharField(max_length=20, label="Amount")
    reason = forms.ChoiceField(label="Reason")
    note = forms.CharField(
        max_length=500,
        required=False,
        label="Note",
        help_text="For your team and the shop's staff, not for the customer.",
    )
    tell = forms.BooleanField(required=False, initial=True, label="Tell the customer when done")

    def __init__(
        self,
        *args: Any,
        order: Order,
        deed: Deed,
        policy: RemedyPolicy,
        left: int,
        may_tell: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.deed = order, deed
        self.lines: list[Line] = list(order.lines.all()) if deed in WITH_ITEMS else []
        self.fields["reason"].choices = [("", "Choose…"), *policy.reasons.items()]  # type: ignore[attr-defined]
        for line in self.lines:
            self.fields[f"{PREFIX}{line.pk}"] = _units(line)
        if deed in WITH_AMOUNT:
            field = self.fields["amount"]
            field.label = f"Amount in {order.currency}"
            field.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
            field.help_text = "" if deed == Deed.COUPON else f"Up to {plain(left, order.currency)}."
        else:
            del self.fields["amount"]
        if not may_tell:
            del self.fields["tell"]

    def clean_amount(self) -> int:
        """Return minor units."""
        text = self.cleaned_data["amount"].strip().replace(" ", "")
        if "," in text and "." not in text:
            text = text.replace(",", ".")
        try:
            amount = minor(text, self.order.currency)
        except Invalid:
            raise forms.ValidationError("Write it as a number, such as 12.50.") from None
        if amount <= 0:
            raise forms.ValidationError("Enter more than nothing.")
        return amount

    @property
    def items(self) -> dict[str, int]:
        """The chosen units by the shop's id of the line."""
        found = {line.source_id: self.cleaned_data.get(f"{PREFIX}{line.pk}") for line in self.lines}
        return {key: units for key, units in found.items() if units}

    @property
    def rows(self) -> list[tuple[Line, forms.BoundField]]:
        """The lines with their fields."""
        return [(line, self[f"{PREFIX}{line.pk}"]) for line in self.lines]


def _units(line: Line) -> forms.IntegerField:
    label = f"{line.title} ({line.variant})" if line.variant else line.title
    field = forms.IntegerField(
        min_value=0, max_value=max(line.quantity, 0), required=False, initial=0, label=label
    )
    field.widget.attrs |= {"inputmode": "numeric", "data-price": str(line.total), "class": "units"}
    return field


def plain(amount: int, currency: str) -> str:
    """Return minor units as somebody types them."""
    places = digits(currency)
    return f"{amount / 10**places:.{places}f}" if places else str(amount)


class WhyForm(forms.Form):
    """Why something is declined."""

    why = forms.CharField(max_length=500, required=False)
