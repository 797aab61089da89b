"""A store with a sign-up form, and somebody who fills it in as a browser without scripts does."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client

from shopbell.accounts.models import Store
from shopbell.accounts.stamps import stamp_of
from shopbell.consent.choosing import save_topic
from shopbell.consent.queries import current_choices
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.signups.actions import save_signup_form
from shopbell.signups.mails import confirm_url
from shopbell.signups.models import Signup, SignupForm
from tests.support.shop import make_store

TEXTS: dict[str, Any] = {
    "en": {"title": "News from Lark", "wording": "I want offers from Lark by e-mail."},
    "de": {"title": "Neues von Lark", "wording": "Ich möchte Angebote von Lark per E-Mail."},
}
MARA = "mara@shop.example"


def add_form(store: Store, **changes: Any) -> SignupForm:
    """Make two topics and the store's form that offers them."""
    told: dict[str, Any] = {
        "name": "Foot of the page",
        "slug": "news",
        "texts": TEXTS,
        "languages": ["en", "de"],
        "topic_keys": ["tea", "sale"],
    }
    with store_scope(store.pk):
        save_topic(names={"en": "Tea", "de": "Tee"}, key="tea")
        save_topic(names={"en": "Sale", "de": "Ausverkauf"}, key="sale")
        return save_signup_form(**(told | changes))


@dataclass(slots=True)
class Reader:
    """Somebody who signs up. `remote` is where their browser is."""

    store: Store
    remote: str = "81.2.69.142"
    query: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def open(self) -> "Reader":
        """Look at the form, long enough ago."""
        answer: Any = Client(REMOTE_ADDR=self.remote).get(f"/join/lark/news{self.query}")
        self.page = unescape(answer.content.decode())
        self.hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        )
        with clock.at(clock.now() - timedelta(seconds=60)):
            mark = uuid.UUID(self.hidden["client_id"])
            self.hidden["stamp"] = stamp_of(self.store, mark)
        return self

    def send(self, **values: Any) -> Any:
        """Send it, as Mara who wants to read about tea unless told otherwise."""
        told = {"email": MARA, "topics": ["tea"]} | self.hidden | values
        answer: Any = Client(REMOTE_ADDR=self.remote).post(f"/join/lark/news{self.query}", told)
        self.page = unescape(answer.content.decode())
        return answer

    def signup(self, **values: Any) -> Any:
        """Open the form anew and send it."""
        return self.open().send(**values)


def make_reader(**changes: Any) -> Reader:
    """Make a store with a form, and somebody who has it open."""
    store = make_store("lark")
    add_form(store, **changes)
    return Reader(store).open()


def link(store: Store) -> str:
    """Return the path of the newest sign-up's link."""
    with store_scope(store.pk):
        row = Signup.objects.exclude(customer=None).order_by("-created_at", "-id")[0]
        url = confirm_url(store, row)
    return url[url.index("/j/") :]


def standing(store: Store, email: str = MARA) -> dict[tuple[str, str], str]:
    """Return what somebody said last, by purpose and topic."""
    with store_scope(store.pk):
        people = set(Customer.objects.filter(email=email).values_list("pk", flat=True))
        found = current_choices(people)
        return {(purpose, topic): row.action for (_, purpose, _, topic), row in found.items()}


def mails(store: Store) -> list[str]:
    """Return the kinds of mails queued, in order."""
    with store_scope(store.pk):
        return list(Message.objects.order_by("created_at", "id").values_list("kind", flat=True))
