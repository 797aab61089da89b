"""What is filled in to ask for a remedy: amount, items, reason, note."""

from typing import Any

from django import forms
from django.utils.text import slugify

from shopbell.accounts.models import Role, Store
from shopbell.kit.errors import Invalid
from shopbell.kit.money import digits, minor
from shopbell.kit.text import one_line
from shopbell.orders.models import Line, Order
from shopbell.orders.ports import Deed
from shopbell.remedies.policy import LIMITED, MONEY, RemedyPolicy, remedy_policy
from shopbell.remedies.words import NOUNS

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
            field.widget.attrs["data-amount"] = digits(order.currency)
            field.widget.attrs |= {"data-most": left} if deed == Deed.REFUND else {}
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


class PolicyForm(forms.Form):
    """Limits, reasons and texts of a store, on the page that sets them up."""

    reasons = forms.CharField(
        label="Reasons",
        help_text="One a line, in the order in which they are offered.",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
    )

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        policy = remedy_policy(store)
        self.store, self.policy = store, policy
        super().__init__(*args, **kwargs)
        self.initial["reasons"] = "\n".join(policy.reasons.values())
        for role in LIMITED:
            for deed in MONEY:
                limit = policy.limit(role, deed, store.currency)
                for span in ("each", "day"):
                    self._add_amount(role, deed, span, getattr(limit, span))
        for deed in Deed:
            self.fields[f"text-{deed}"] = forms.CharField(
                label=NOUNS[deed], required=False, max_length=5000, strip=True,
                initial=policy.text(deed, store.locale), widget=forms.Textarea(attrs={"rows": 3}),
            )  # fmt: skip

    def _add_amount(self, role: str, deed: str, span: str, amount: int | None) -> None:
        words = "at once" if span == "each" else "a day"
        who = Role(role).label.lower()
        field = forms.CharField(
            label=f"{NOUNS[Deed(deed)]}, {who}, {words}", required=False, max_length=14
        )
        field.initial = "" if amount is None else plain(amount, self.store.currency)
        field.widget.attrs |= {"inputmode": "decimal", "class": "units", "placeholder": "no limit"}
        self.fields[f"{role}-{deed}-{span}"] = field

    @property
    def limit_rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """A row for each deed: agent at once, agent a day, supervisor at once, a day.

        Each field stands with what it is called where the row says the deed.
        """
        names = [(role, span) for role in LIMITED for span in ("each", "day")]
        rows = []
        for deed in MONEY:
            fields = [self[f"{role}-{deed}-{span}"] for role, span in names]
            shorts = [each.label.partition(", ")[2].capitalize() for each in fields]
            rows.append((NOUNS[deed], list(zip(shorts, fields, strict=True))))
        return rows

    @property
    def text_fields(self) -> list[forms.BoundField]:
        """The texts, one for each deed."""
        return [self[f"text-{deed}"] for deed in Deed]

    def clean(self) -> dict[str, Any]:
        """Refuse amounts that cannot be read."""
        values = super().clean() or {}
        for name, value in list(values.items()):
            if name.split("-")[0] in LIMITED and value:
                try:
                    usable = minor(str(value).replace(",", "."), self.store.currency) >= 0
                except Invalid:
                    usable = False
                if not usable:
                    self.add_error(name, "Write it as a number, such as 50.00.")
        if not _titles(values.get("reasons", "")):
            self.add_error("reasons", "Leave at least one.")
        return values

    def saved(self) -> dict[str, Any]:
        """Return what belongs into the store's policies; other currencies stay as they are."""
        values, currency = self.cleaned_data, self.store.currency
        before = (self.store.policies or {}).get("remedies") or {}
        kept = [row for row in before.get("limits", []) if row.get("currency") != currency]
        rows = []
        for role in LIMITED:
            for deed in MONEY:
                row = {"role": str(role), "action": str(deed), "currency": currency}
                for span in ("each", "day"):
                    if amount := str(values[f"{role}-{deed}-{span}"]).replace(",", "."):
                        row[span] = amount
                rows.append(row)
        codes = {title: code for code, title in self.policy.reasons.items()}
        return {
            "limits": kept + rows,
            "reasons": [
                {"code": codes.get(title) or slugify(title)[:40] or f"reason-{place}",
                 "title": title}
                for place, title in enumerate(_titles(values["reasons"]), 1)
            ],
            "texts": {
                str(deed): values[f"text-{deed}"]
                for deed in Deed
                if deed in self.policy.texts
                or values[f"text-{deed}"] != self.policy.text(deed, self.store.locale)
            },
        }  # fmt: skip


def _titles(text: str) -> list[str]:
    lines = (one_line(line, 120) for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))[:40]


class WhyForm(forms.Form):
    """Why something is declined."""

    why = forms.CharField(max_length=500, required=False)
