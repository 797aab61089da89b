"""What every made-up context has in common: a store, a reader, things, links. Nobody real."""

from copy import deepcopy
from typing import Any

type Context = dict[str, Any]

_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 56'%3E"
    "%3Crect width='56' height='56' fill='%23{ground}'/%3E"
    "%3Ccircle cx='28' cy='28' r='14' fill='%23{shape}'/%3E%3C/svg%3E"
)
_LINES = [
    {
        "title": "Stoneware mug",
        "variant": "Sage, 300 ml",
        "quantity": 2,
        "unit_price": 1850,
        "total": 3700,
        "sku": "MUG-SAGE",
        "image_url": _PICTURE.format(ground="e8ece4", shape="8aa287"),
    },
    {
        "title": "Linen tea towel",
        "variant": "Natural",
        "quantity": 1,
        "unit_price": 1490,
        "total": 1490,
        "sku": "TOWEL-NAT",
        "image_url": _PICTURE.format(ground="f3ecdd", shape="c9a86a"),
    },
]


def sample_lines() -> list[Context]:
    """Return two things that somebody buys."""
    return deepcopy(_LINES)


def sample_product() -> Context:
    """Return a thing that a message is about."""
    return {
        "title": "Stoneware mug",
        "variant": "Sage, 300 ml",
        "url": "https://lark.example/products/stoneware-mug",
        "image_url": _LINES[0]["image_url"],
        "price": 1480,
        "was": 1850,
        "currency": "EUR",
        "stock": 12,
    }


def sample_basics(kind: str, locale: str) -> Context:
    """Return the parts of a context that every kind of message has."""
    return {
        "store": {
            "name": "Lark & Larder",
            "url": "https://lark.example",
            "brand_colour": "#2f6b4f",
            "address": "12 Mill Lane, 10115 Berlin",
            "help_url": "https://lark.example/help",
            "help_email": "hello@lark.example",
            "phone": "+49 30 1234567",
            "hours": "Mon–Fri, 9–17 h",
        },
        "customer": {
            "first_name": "Nora",
            "last_name": "Winter",
            "name": "Nora Winter",
            "email": "nora@example.com",
            "locale": locale,
        },
        "links": {"preferences": "https://lark.example/u/sample"},
        "message": {"kind": kind},
    }
