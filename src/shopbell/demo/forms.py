"""What a visitor of the demo shop fills in."""

import zlib
from typing import Any

from django import forms

from shopbell.customers.normalise import phone_key
from shopbell.demo.catalogue import PRODUCTS
from shopbell.demo.people import DemoCustomer

PREFIX = "units-"
MOST = 20
# Filled in, so that one press is enough. The number is of the range kept for fiction.
VISITOR = {
    "name": "Alex Sparrow",
    "email": "alex@visitor.example",
    "phone": "+49 176 04069099",
    "whatsapp": True,
    "language": "en",
}


class CheckoutForm(forms.Form):
    """Who buys. The cart's units come as `units-<product key>`."""

    name = forms.CharField(label="Your name", max_length=100)
    email = forms.EmailField(label="E-mail", max_length=200)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    whatsapp = forms.BooleanField(label="Tell me by WhatsApp where my parcel is", required=False)
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("de", "Deutsch")])

    def clean_phone(self) -> str:
        """Take any way of writing a number, or none."""
        given = self.cleaned_data["phone"]
        number = phone_key(given, "DE")
        if given and not number:
            raise forms.ValidationError("Write it with the country, such as +49 176 04069099.")
        return number

    def clean(self) -> dict[str, Any]:
        """Check what hangs together."""
        values = super().clean() or {}
        if values.get("whatsapp") and not values.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "WhatsApp needs a phone number.")
        if not any(self.units().values()):
            self.add_error(None, "The basket is empty. Choose something first.")
        return values

    def units(self) -> dict[str, int]:
        """Return the units by product key; nonsense counts as none."""
        found = {}
        for product in PRODUCTS:
            text = str(self.data.get(PREFIX + product.key, "")).strip()
            count = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
            found[product.key] = min(count, MOST)
        return found

    def customer(self) -> DemoCustomer:
        """Return the buyer, the same customer of the shop whenever the address is the same."""
        values = self.cleaned_data
        first, _, last = values["name"].partition(" ")
        german = values["language"] == "de"
        return DemoCustomer(
            number=1_000 + zlib.crc32(values["email"].lower().encode()),
            first_name=first,
            last_name=last,
            email=values["email"],
            locale=values["language"],
            country="DE" if german else "GB",
            city="Bremen" if german else "Bristol",
            postal_code="28203" if german else "BS6 5QA",
            street="Gänseweg 4" if german else "4 Gander Row",
            phone=values["phone"],
            whatsapp=values["whatsapp"],
        )
