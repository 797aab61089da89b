"""What the simulated customers do with what they get: confirm, read, click, write back.

Receipts are signed and posted like a provider's; a click is a request for the link in the message.
A newcomer's mistake: drawing lots at every look. Whether and when somebody reads follows from the
message's id, so that asking again gives the same answer.
"""

import re
import uuid
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.demo.checks import answer_to
from shopbell.demo.letters import letter
from shopbell.demo.people import DOMAINS
from shopbell.demo.phones import (
    OPENINGS,
    Nature,
    come_back,
    nature_of,
    open_talk,
    turn_away,
    write_back,
)
from shopbell.demo.posts import Post
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, Medium
from shopbell.messaging.states import State
from shopbell.sandbox.answers import answer
from shopbell.sandbox.holders import APPS, phones_of
from shopbell.sandbox.models import Handset
from shopbell.sandbox.receipts import receipt

LOOK_EVERY = timedelta(seconds=2)
LOOK_BACK = timedelta(minutes=3)
REMEMBERED = 5_000
THINKS = timedelta(seconds=15)  # before somebody writes back
APART = timedelta(seconds=20)  # between two letters
FIRST = 6  # letters come faster, so that an inbox just opened is not empty
_READ_SHARE = {Medium.WHATSAPP: 75, Medium.INSTAGRAM: 75, Medium.MESSENGER: 75}
_CLICK_SHARE = {Medium.WHATSAPP: 25, Medium.EMAIL: 25, Medium.SMS: 30}
_LINK = re.compile(r"https?://[^\s/]+(/c/[\w.-]+)")
_BROWSER = "Mozilla/5.0 (Linux; Android 16; Mobile) Demo customer"


class Audience:
    """The receivers of one demo store. Visitors of the storefront act for themselves."""

    def __init__(self, store: Store, seed: int = 1) -> None:
        self.store = store
        self.seed = seed
        self._began: datetime | None = None
        self._openings = list(OPENINGS)
        self._next_look: datetime | None = None
        self._wrote: datetime | None = None
        self._letters = 0
        self._done: OrderedDict[tuple[uuid.UUID, str], None] = OrderedDict()

    def react(self, now: datetime) -> list[Post]:
        """Return what the customers' phones and mailboxes report now."""
        if self._next_look is not None and now < self._next_look:
            return []
        self._next_look = now + LOOK_EVERY
        self._began = self._began or now
        posts: list[Post] = []
        with store_scope(self.store.pk):
            inboxes = {
                row.pk: row
                for row in Connection.objects.filter(family="channel")
                if row.connector in CHANNELS and CHANNELS.get(row.connector).capabilities.sandbox
            }
            recent = _recent(list(inboxes), now)
            phones = phones_of(recent)
            for message in recent:
                phone = phones.get(message.pk)
                if phone is not None and not phone.hears(message.medium):
                    continue  # off, or the shop is blocked: nobody reports anything
                with suppress(Conflict):  # somebody took the inbox its secret: nobody reports
                    posts += self._answers(message, inboxes[message.connection_id], phone, now)  # type: ignore[index]  # filtered by it
            with suppress(Conflict):
                posts += self._begin(now)
                posts += come_back(self.store, self.seed, now)
        return posts

    def _begin(self, now: datetime) -> list[Post]:
        """Some write by themselves, soon after the demo opens."""
        assert self._began is not None
        if not self._openings or now < self._began + self._openings[0].after:
            return []
        post = open_talk(self.store, self._openings[0], now)
        if post is None:
            return []
        self._openings.pop(0)
        return [post]

    def _answers(
        self, message: Message, inbox: Connection, phone: Handset | None, now: datetime
    ) -> list[Post]:
        medium = Medium(message.medium)
        posts: list[Post] = []
        able = CHANNELS.get(inbox.connector).capabilities
        delivers = message.state == State.SENT and able.delivery_receipts
        if delivers and self._first(message, "delivered"):
            posts.append(_post(self.store, inbox, message, "delivered", now))
        if not is_simulated(message, phone) or message.state != State.DELIVERED:
            return posts
        nature = nature_of(self.seed, _owner_of(message, phone))
        if nature == Nature.SILENT:
            return posts
        chance, wait = _temper(message.pk)
        age = now - (message.delivered_at or now)
        if age < wait:
            return posts
        if chance < _READ_SHARE.get(medium, 0) and self._first(message, "read"):
            posts.append(_post(self.store, inbox, message, "read", now))
        if chance < _CLICK_SHARE.get(medium, 0) and self._first(message, "click"):
            link = _LINK.search(message.text)
            if link:
                posts.append(Post(link[1], {"User-Agent": _BROWSER}, b"", now, method="GET"))
        if age >= wait + THINKS and (given := answer_to(message, now)):
            posts += [given] if self._first(message, "check") else []
        if medium == Medium.EMAIL and age >= wait + THINKS:
            posts += self._letter(message, inbox, now)
        if medium in APPS and age >= wait + THINKS:
            posts += self._on_the_phone(message, nature, now)
        return posts

    def _on_the_phone(self, message: Message, nature: Nature, now: datetime) -> list[Post]:
        """Somebody answers in the app, wants no more of it, or puts the phone away."""
        if not self._first(message, "phone"):
            return []
        if nature == Nature.STOPS and message.medium == Medium.SMS:
            words = "STOP"
        elif nature == Nature.AWAY or (
            nature == Nature.BLOCKS and message.medium == Medium.WHATSAPP
        ):
            turn_away(message, nature, now)
            return []
        else:
            words = letter(message.pk, message.kind, message.locale)
        post = write_back(self.store, message, words, now) if words else None
        return [post] if post else []

    def _letter(self, message: Message, inbox: Connection, now: datetime) -> list[Post]:
        """Some write back; never many at once, however fast the shop's time runs."""
        words = letter(message.pk, message.kind, message.locale)
        apart = APART if self._letters >= FIRST else APART / 4
        if not words or (self._wrote is not None and now < self._wrote + apart):
            return []
        if not self._first(message, "letter"):
            return []
        self._wrote, self._letters = now, self._letters + 1
        made = answer(self.store, inbox, message, words, now, f"letter-{message.pk}")
        return [Post(made.path, made.headers, made.body, now)]

    def _first(self, message: Message, what: str) -> bool:
        """Return whether this happens for the first time."""
        key = (message.pk, what)
        if key in self._done:
            return False
        self._done[key] = None
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return True


def _post(store: Store, inbox: Connection, message: Message, kind: str, now: datetime) -> Post:
    made = receipt(store, inbox, message, kind, now)
    return Post(made.path, made.headers, made.body, now)


def is_simulated(message: Message, phone: Handset | None = None) -> bool:
    """Return whether nobody but the demo acts for this customer."""
    email = message.order.email if message.order else _owner_of(message, phone)
    return email.rpartition("@")[2] in DOMAINS


def _owner_of(message: Message, phone: Handset | None) -> str:
    """Return the mail address of who got a message, else where it went."""
    if message.medium == Medium.EMAIL:
        return message.to_address
    owner = phone.customer if phone and phone.customer else message.customer
    return owner.email if owner and owner.email else message.to_address


def _recent(inboxes: list[uuid.UUID], now: datetime) -> list[Message]:
    return list(
        Message.objects.filter(
            connection_id__in=inboxes,
            state__in=[State.SENT, State.DELIVERED],
            created_at__gte=now - LOOK_BACK,
        )
        .select_related("order", "customer", "connection")
        .defer("html", "data", "order__payload")
        .order_by("-created_at", "-id")[:300]
    )


def _temper(message_id: uuid.UUID) -> tuple[int, timedelta]:
    """Return a number below 100 and how long this person takes, both fixed for a message."""
    value = message_id.int & 0xFFFF_FFFF
    return value % 100, timedelta(seconds=2 + value // 100 % 40)
