"""What a merchant writes in the editor."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.orders.models import Order

_CODE = {"class": "source", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class TextForm(forms.Form):
    """One text. Only a mail has a subject, a preheader and a plain part."""

    subject = forms.CharField(
        max_length=998, label="Subject", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    preheader = forms.CharField(
        max_length=500,
        required=False,
        label="Preheader",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Mailboxes show it behind the subject.",
    )
    body = forms.CharField(
        max_length=100_000,
        strip=False,
        label="Text",
        widget=forms.Textarea(attrs={**_CODE, "rows": 18}),
    )
    text = forms.CharField(
        max_length=100_000,
        required=False,
        strip=False,
        label="Plain text",
        widget=forms.Textarea(attrs={**_CODE, "rows": 6}),
        help_text="For mailboxes that show no design. Empty: made from the text above.",
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, medium: str, locale: str, source: Source
    ) -> None:
        names = ("subject", "preheader", "body", "text")
        super().__init__(data, initial={name: getattr(source, name) for name in names})
        self.medium, self.locale = medium, locale
        if medium != Medium.EMAIL:
            for name in ("subject", "preheader", "text"):
                del self.fields[name]

    def source(self) -> Source:
        """Return what was typed, checked or not, with the line ends of one kind."""

        def typed(name: str) -> str:
            value = str(self.data.get(name, "")) if name in self.fields else ""
            return value.replace("\r\n", "\n")[:100_001]

        return Source(
            subject=typed("subject"),
            preheader=typed("preheader"),
            body=typed("body"),
            text=typed("text"),
            medium=Medium(self.medium),
            locale=self.locale,
        )

    def refuse(self, error: Invalid) -> None:
        """Show an action's refusal at its fields."""
        for name, said in (error.fields or {"": str(error)}).items():
            self.add_error(name if name in self.fields else None, said)


def order_choices(orders: Iterable[Order]) -> list[tuple[str, str]]:
    """Return what a preview may be filled with: the sample, or a recent order."""
    real = [
        (str(order.pk), f"{order.number or order.source_id} · {order.customer or 'Guest'}")
        for order in orders
    ]
    return [("", "A made-up order"), *real]


def uuid_or_nothing(value: str) -> uuid.UUID | None:
    """Return the id somebody chose; None for no choice (and for nonsense)."""
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        return None
