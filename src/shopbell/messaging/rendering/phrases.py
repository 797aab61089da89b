"""The few words the layout and its blocks bring along, by locale. Unknown locales read English."""

_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "subtotal": "Subtotal",
        "discount": "Discount",
        "shipping": "Shipping",
        "free": "Free",
        "tax": "Tax",
        "tax_inside": "Tax included",
        "total": "Total",
        "parcel": "Parcel",
        "of": "of",
        "carrier": "Carrier",
        "tracking_number": "Tracking number",
        "expected": "Expected",
        "last_seen": "Last news",
        "pickup_point": "Pick-up point",
        "ship_to": "Delivery address",
        "in_this_parcel": "In this parcel",
        "help": "Questions? We are glad to help.",
        "help_centre": "Help",
        "write_us": "Write to us",
        "call_us": "Call",
        "preferences": "Choose what we tell you",
        "unsubscribe": "Unsubscribe",
        "existing_customer": "You get this because you bought from us; it is about similar goods "
        "of our own. You can object at any time by the link below, at no cost.",
    },
    "de": {
        "subtotal": "Zwischensumme",
        "discount": "Rabatt",
        "shipping": "Versand",
        "free": "Kostenlos",
        "tax": "Steuer",
        "tax_inside": "darin Steuer",
        "total": "Gesamt",
        "parcel": "Paket",
        "of": "von",
        "carrier": "Versand mit",
        "tracking_number": "Sendungsnummer",
        "expected": "Voraussichtlich",
        "last_seen": "Letzte Meldung",
        "pickup_point": "Abholort",
        "ship_to": "Lieferadresse",
        "in_this_parcel": "In diesem Paket",
        "help": "Fragen? Wir helfen gern.",
        "help_centre": "Hilfe",
        "write_us": "Schreiben Sie uns",
        "call_us": "Telefon",
        "preferences": "Benachrichtigungen wählen",
        "unsubscribe": "Abmelden",
        "existing_customer": "Sie erhalten dies, weil Sie bei uns gekauft haben; es geht um eigene "
        "ähnliche Waren. Sie können jederzeit kostenlos über den Link unten widersprechen.",
    },
}


def phrases(locale: str) -> dict[str, str]:
    """Return the phrases of a locale such as `de-AT`."""
    return _PHRASES.get(locale.replace("_", "-").split("-")[0].lower(), _PHRASES["en"])
