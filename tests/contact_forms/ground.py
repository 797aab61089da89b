"""A store with a form, and somebody who fills it in over HTTP as a browser without scripts does."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client

from shopbell.accounts.models import Store
from shopbell.accounts.stamps import stamp_of
from shopbell.contact_forms.actions import save_form
from shopbell.contact_forms.models import ContactForm
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.support.shop import make_store

CONTENT: dict[str, Any] = {
    "title": {"en": "Write to us", "de": "Schreiben Sie uns"},
    "intro": {"en": "We read everything."},
    "answer_hours": 24,
    "topics": [
        {
            "key": "delivery",
            "title": {"en": "My delivery", "de": "Meine Lieferung"},
            "tag": "delivery",
            "fields": [
                {"key": "order", "kind": "order", "label": {"en": "Order"}},
                {
                    "key": "problem",
                    "kind": "choice",
                    "label": {"en": "What is wrong?"},
                    "required": True,
                    "choices": [
                        {"key": "late", "label": {"en": "It is late"}},
                        {"key": "broken", "label": {"en": "Something is broken"}},
                    ],
                },
                {"key": "since", "kind": "date", "label": {"en": "Since when?"}},
            ],
        },
        {"key": "other", "title": {"en": "Something else", "de": "Etwas anderes"}},
    ],
}


def add_form(store: Store, slug: str = "contact", **changes: Any) -> ContactForm:
    """Make the store's form."""
    with store_scope(store.pk):
        return save_form(content=CONTENT | changes, languages=["en", "de"], slug=slug)


@dataclass(slots=True)
class Writer:
    """A customer's browser without scripts: reads the page, fills in its fields, sends it."""

    store: Store
    remote: str = "81.2.69.142"
    query: str = ""
    form: str = "contact"
    hidden: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def open(self, **post: Any) -> "Writer":
        """Look at the form, long enough ago."""
        client = Client(REMOTE_ADDR=self.remote)
        url = f"/contact/{self.store.slug}/{self.form}{self.query}"
        answer: Any = client.post(url, post) if post else client.get(url)
        self.page = unescape(answer.content.decode())
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        self.hidden = dict(found)
        return self.older()

    def older(self, seconds: int = 60) -> "Writer":
        """Let time pass since the page was handed out."""
        with clock.at(clock.now() - timedelta(seconds=seconds)):
            self.hidden["stamp"] = stamp_of(self.store, uuid.UUID(self.hidden["client_id"]))
        return self

    def send(self, **values: Any) -> Any:
        """Send it, as Mara about something else unless told otherwise."""
        told = {
            "topic": "other",
            "message": "Where is my parcel?",
            "email": "mara@shop.example",
            "name": "Mara Lind",
        }
        client = Client(REMOTE_ADDR=self.remote)
        url = f"/contact/{self.store.slug}/{self.form}{self.query}"
        answer: Any = client.post(url, told | self.hidden | values)
        self.page = unescape(answer.content.decode())
        return answer


def make_writer(slug: str = "lark", **changes: Any) -> Writer:
    """Make a store with a form, and somebody who has it open."""
    store = make_store(slug)
    add_form(store, **changes)
    return Writer(store).open()
