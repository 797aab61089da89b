"""Reads the shipped templates. They are files of the package and never change at run time."""

import tomllib
from functools import cache
from pathlib import Path

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
LOCALES = ("en", "de")

_HERE = Path(__file__).parent


@cache
def load_default(kind: str, locale: str, medium: Medium | str) -> Source | None:
    """Return the shipped template, None if there is none. `de-AT` gets the German one."""
    language = locale.replace("_", "-").split("-")[0].lower()
    if kind not in KINDS or language not in LOCALES:
        return None
    form = "email" if medium == Medium.EMAIL else "text"
    text = (_HERE / kind / f"{language}.{form}.liquid").read_text(encoding="utf-8")
    if form == "text":
        return Source(body=text.strip(), medium=Medium(medium), locale=locale)
    _, head, body = text.split("+++\n", 2)
    fields = tomllib.loads(head)
    return Source(
        subject=fields["subject"],
        preheader=fields["preheader"],
        body=body.strip(),
        medium=Medium.EMAIL,
        locale=locale,
    )
