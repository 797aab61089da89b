"""What a file may tell of each noun, and by which headings we recognise it (English and German).

`key` is the path in the canonical JSON. A newcomer's mistake: an alias twice within a noun. The
first one wins silently; `test_columns` refuses it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Noun = Literal["orders", "customers", "products", "shipments"]
Kind = Literal[
    "text", "amount", "time", "day", "count", "flag", "country", "payment", "order_status",
    "shipment_status", "tags",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One thing a file may tell."""

    key: str
    title: str
    aliases: str = ""  # further headings, separated by |
    kind: Kind = "text"

    @property
    def names(self) -> list[str]:
        """Return every heading by which it is recognised, simplified."""
        return [simplified(name) for name in (self.title, self.key, *self.aliases.split("|"))]


@dataclass(frozen=True, slots=True)
class Plan:
    """A noun: its columns, what groups rows to one thing, and which columns must be chosen."""

    noun: Noun
    singular: str
    columns: tuple[Column, ...]
    needs: tuple[tuple[str, ...], ...]  # of each group at least one
    parts: str = ""  # rows of one thing are its lines or variants

    def column(self, key: str) -> Column:
        """Return a column by its key."""
        return next(column for column in self.columns if column.key == key)


def simplified(heading: str) -> str:
    """Return a heading without case, blanks and marks: "Lineitem name" is "lineitemname"."""
    return re.sub(r"[\W_]+", "", heading.casefold())


PLANS: dict[str, Plan] = {
    "orders": Plan(
        "orders",
        "order",
        (
            Column("number", "Order number", "Name|Order|Bestellnummer|Auftragsnummer|Bestellung"),
            Column("id", "Order ID", "ID|Order key|Bestell-ID|Auftrags-ID"),
            Column(
                "placed_at", "Ordered at",
                "Created at|Date|Order date|Datum|Bestelldatum|Auftragsdatum|Erstellt am", "time",
            ),
            Column("status", "Status", "Order status|Bestellstatus|Auftragsstatus", "order_status"),
            Column(
                "payment", "Payment",
                "Financial status|Payment status|Zahlung|Zahlungsstatus", "payment",
            ),
            Column("currency", "Currency", "Währung"),
            Column("total", "Total", "Order total|Amount|Gesamtbetrag|Summe|Betrag", "amount"),
            Column("subtotal", "Subtotal", "Zwischensumme", "amount"),
            Column("shipping", "Shipping cost", "Shipping|Versandkosten|Versand", "amount"),
            Column("tax", "Tax", "Taxes|VAT|Steuer|MwSt|Mehrwertsteuer", "amount"),
            Column("discount", "Discount", "Discount amount|Rabatt", "amount"),
            Column("customer.email", "E-mail", "Email|Mail|Customer email|E-Mail-Adresse"),
            Column("customer.phone", "Phone", "Telephone|Mobile|Telefon|Handy|Shipping phone"),
            Column("customer.id", "Customer ID", "Customer number|Kundennummer|Kunden-ID"),
            Column("customer.first_name", "First name", "Vorname|Given name"),
            Column("customer.last_name", "Last name", "Nachname|Surname|Familienname"),
            Column("locale", "Language", "Locale|Sprache"),
            Column("shipping_address.name", "Shipping name", "Recipient|Empfänger|Liefername"),
            Column(
                "shipping_address.line1", "Street",
                "Shipping address1|Address|Shipping street|Straße|Strasse|Adresse",
            ),
            Column("shipping_address.line2", "Address line 2", "Shipping address2|Adresszusatz"),
            Column(
                "shipping_address.postal_code", "Postcode",
                "Shipping zip|ZIP|Postal code|PLZ|Postleitzahl",
            ),
            Column("shipping_address.city", "City", "Shipping city|Town|Ort|Stadt"),
            Column("shipping_address.region", "Region", "Shipping province|State|Bundesland"),
            Column(
                "shipping_address.country", "Country", "Shipping country|Land", "country",
            ),
            Column("shipping_method", "Shipping method", "Versandart"),
            Column("note", "Note", "Notes|Notiz|Bemerkung|Anmerkung"),
            Column("tags", "Tags", "Schlagworte", "tags"),
            Column(
                "lines.title", "Item",
                "Lineitem name|Product|Item name|Title|Artikel|Artikelname|Produkt",
            ),
            Column(
                "lines.quantity", "Quantity", "Lineitem quantity|Qty|Menge|Anzahl|Stück", "count"
            ),
            Column(
                "lines.unit_price", "Unit price",
                "Lineitem price|Price|Item price|Preis|Einzelpreis|Stückpreis", "amount",
            ),
            Column("lines.sku", "SKU", "Lineitem sku|Artikelnummer|Item number"),
            Column("lines.variant_title", "Variant", "Variante"),
            Column(
                "shipments.tracking_number", "Tracking number",
                "Tracking|Sendungsnummer|Trackingnummer|Paketnummer",
            ),
            Column("shipments.carrier", "Carrier", "Shipping carrier|Versender"),
        ),
        needs=(("id", "number"),),
        parts="lines",
    ),
    "customers": Plan(
        "customers",
        "customer",
        (
            Column("id", "Customer ID", "ID|Customer number|Kundennummer|Kunden-ID"),
            Column("email", "E-mail", "Email|Mail|E-Mail-Adresse"),
            Column("phone", "Phone", "Telephone|Mobile|Telefon|Handy|Mobil"),
            Column("first_name", "First name", "Vorname|Given name"),
            Column("last_name", "Last name", "Nachname|Surname|Familienname"),
            Column("locale", "Language", "Locale|Sprache"),
            Column("country", "Country", "Default address country code|Land", "country"),
            Column(
                "consents.email", "Newsletter",
                "Accepts email marketing|Email marketing|Accepts marketing|Abonniert", "flag",
            ),
            Column(
                "consents.sms", "Text messages", "Accepts SMS marketing|SMS marketing|SMS", "flag"
            ),
            Column("updated_at", "Changed at", "Updated at|Geändert am|Aktualisiert am", "time"),
        ),
        needs=(("id", "email", "phone"),),
    ),
    "products": Plan(
        "products",
        "product",
        (
            Column("id", "Product ID", "ID|Handle|Produkt-ID"),
            Column("title", "Title", "Name|Product|Titel|Produkt|Produktname|Bezeichnung"),
            Column("url", "Link", "Address|Product URL|Produktlink"),
            Column("image_url", "Picture", "Image|Image src|Image link|Bild|Bild-URL"),
            Column("product_type", "Type", "Category|Product type|Kategorie|Produkttyp|Typ"),
            Column("active", "Active", "Published|Aktiv|Veröffentlicht", "flag"),
            Column("currency", "Currency", "Währung"),
            Column("variants.id", "Variant ID", "Varianten-ID"),
            Column("variants.title", "Variant", "Option1 value|Variant title|Variante"),
            Column("variants.sku", "SKU", "Variant SKU|Artikelnummer|Item number"),
            Column("variants.price", "Price", "Variant price|Preis", "amount"),
            Column(
                "variants.stock", "Stock",
                "Inventory|Variant inventory qty|Quantity|Bestand|Lagerbestand", "count",
            ),
        ),
        needs=(("id",), ("title",)),
        parts="variants",
    ),
    "shipments": Plan(
        "shipments",
        "shipment",
        (
            Column(
                "order_id", "Order number",
                "Order|Order ID|Name|Bestellnummer|Auftragsnummer|Bestellung",
            ),
            Column(
                "tracking_number", "Tracking number",
                "Tracking|Sendungsnummer|Trackingnummer|Paketnummer",
            ),
            Column("id", "Parcel ID", "ID|Shipment ID|Paket-ID|Sendungs-ID"),
            Column("carrier", "Carrier", "Versender|Versanddienstleister|Shipping carrier"),
            Column("tracking_url", "Tracking link", "Tracking URL|Sendungslink"),
            Column("status", "Status", "Shipment status|Sendungsstatus", "shipment_status"),
            Column("updated_at", "Status at", "Updated at|Status since|Status vom", "time"),
            Column("created_at", "Sent at", "Shipped at|Ship date|Versanddatum", "time"),
            Column(
                "promised_on", "Promised on", "Promised|Delivery date|Liefertermin|Zugesagt", "day"
            ),
        ),
        needs=(("order_id",), ("tracking_number", "id")),
    ),
}  # fmt: skip


def guessed(plan: Plan, header: Sequence[str]) -> dict[str, int]:
    """Return which column of a file tells what, as far as its heading says."""
    found: dict[str, int] = {}
    for column in plan.columns:
        for name in column.names:
            places = [
                place
                for place, heading in enumerate(header)
                if simplified(heading) == name and place not in found.values()
            ]
            if name and places:
                found[column.key] = places[0]
                break
    return found


def missing(plan: Plan, mapping: dict[str, int]) -> list[str]:
    """Return a sentence for each column that must be chosen and is not."""
    return [
        "Choose the column with the "
        + " or the ".join(f"“{plan.column(key).title}”" for key in group)
        + "."
        for group in plan.needs
        if not any(key in mapping for key in group)
    ]
