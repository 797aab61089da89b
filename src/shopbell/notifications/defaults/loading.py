"""Reads the shipped templates. They are files of the package and never change at run time."""

from dataclasses import replace
from pathlib import Path

from shopbell.messaging.catalogue import LOCALES, read_text
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source

KINDS = (
    "order_confirmed",
    "payment_problem",
    "order_edited",
    "order_cancelled",
    "dispatched",
    "in_transit",
    "out_for_delivery",
    "delivery_attempted",
    "ready_for_pickup",
    "pickup_reminder",
    "delayed",
    "exception",
    "delivered",
    "return_registered",
    "return_received",
    "refunded",
)
_HERE = Path(__file__).parent


def load_default(kind: str, locale: str, medium: Medium | str) -> Source | None:
    """Return the shipped template, None if there is none. `de-AT` gets the German one."""
    language = locale.replace("_", "-").split("-")[0].lower()
    if kind not in KINDS or language not in LOCALES:
        return None
    source = read_text(_HERE, kind, language, Medium(medium))
    return replace(source, locale=locale) if source else None
