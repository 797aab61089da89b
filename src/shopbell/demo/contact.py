"""The demo shop's contact form: three topics, few fields, two languages."""

from typing import Any


def demo_form() -> dict[str, Any]:
    """Return what the form asks."""
    return {
        "title": {"en": "Write to us", "de": "Schreiben Sie uns"},
        "intro": {
            "en": "Robin and the others read everything themselves.",
            "de": "Robin und die anderen lesen alles selbst.",
        },
        "answer_hours": 24,
        "topics": [_order(), _broken(), _other()],
    }


def _order() -> dict[str, Any]:
    return {
        "key": "order",
        "title": {"en": "An order or a parcel", "de": "Eine Bestellung oder ein Paket"},
        "tag": "delivery",
        "fields": [_number(required=False)],
    }


def _broken() -> dict[str, Any]:
    wishes = {
        "replacement": {"en": "A replacement", "de": "Ersatz"},
        "money": {"en": "My money back", "de": "Mein Geld zurück"},
        "advice": {"en": "Advice", "de": "Einen Rat"},
    }
    return {
        "key": "broken",
        "title": {"en": "Something is broken or missing", "de": "Etwas ist kaputt oder fehlt"},
        "intro": {
            "en": "We are sorry. A photo of it helps us to put it right at once.",
            "de": "Das tut uns leid. Mit einem Foto davon können wir gleich helfen.",
        },
        "tag": "complaint",
        "fields": [
            _number(required=True),
            {
                "key": "wish",
                "kind": "choice",
                "label": {"en": "What would help you?", "de": "Was hilft Ihnen?"},
                "choices": [{"key": key, "label": label} for key, label in wishes.items()],
            },
            {
                "key": "arrived",
                "kind": "date",
                "label": {"en": "When did it arrive?", "de": "Wann ist es angekommen?"},
            },
        ],
    }


def _other() -> dict[str, Any]:
    return {"key": "other", "title": {"en": "Something else", "de": "Etwas anderes"}}


def _number(*, required: bool) -> dict[str, Any]:
    return {
        "key": "order",
        "kind": "order",
        "label": {"en": "Order number", "de": "Bestellnummer"},
        "required": required,
    }
