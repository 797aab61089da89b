"""What the simulated customers do on their phones: write first, answer, say STOP, block, go silent.

Their nature follows from the simulation's seed and who they are, so a run can be repeated. All of
it is signed and posted like a provider's. A newcomer's mistake: everybody as difficult as these.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.demo.people import BY_NUMBER
from shopbell.demo.posts import Post
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.orders.models import Product
from shopbell.sandbox import actions, phone, queries, writing
from shopbell.sandbox.holders import Holder, handsets, holder_of, inbox_for
from shopbell.sandbox.posts import posts_of
from shopbell.sandbox.receipts import Receipt, receipt

AWAY = timedelta(minutes=20)  # so long a phone stays off


class Nature(StrEnum):
    """How somebody is with messages of a shop."""

    USUAL = "usual"
    STOPS = "stops"  # answers STOP to a text message
    BLOCKS = "blocks"  # blocks the shop on WhatsApp
    SILENT = "silent"  # reads nothing, answers nothing
    AWAY = "away"  # switches the phone off for a while


# Of a hundred people.
_SHARES = {Nature.STOPS: 5, Nature.BLOCKS: 3, Nature.SILENT: 8, Nature.AWAY: 4}


def nature_of(seed: int, person: str) -> Nature:
    """Return how a person is, by the simulation's seed."""
    lot = Random(f"{seed}:{person}").randrange(100)  # noqa: S311  (no secret)
    for nature, share in _SHARES.items():
        if lot < share:
            return nature
        lot -= share
    return Nature.USUAL


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody who writes by themselves, soon after the demo opens."""

    after: timedelta
    number: int  # of the demo's customers
    medium: Medium
    text: str
    in_public: bool = False


OPENINGS = (
    Opening(
        timedelta(seconds=25), 1, Medium.WHATSAPP,
        "Hi! Can I change the address of my order? I am with my sister this week.",
    ),
    Opening(
        timedelta(seconds=45), 36, Medium.INSTAGRAM,
        "My bread tin arrived dented and nobody answers my mails. Very disappointed!",
        in_public=True,
    ),
    Opening(timedelta(seconds=70), 34, Medium.SMS, "Is your shop open on Saturday?"),
    Opening(
        timedelta(seconds=95), 42, Medium.INSTAGRAM,
        "Will the copper kettle be back before Christmas?",
    ),
)  # fmt: skip


def open_talk(store: Store, opening: Opening, now: datetime) -> Post | None:
    """Return what somebody writes first; None while the shop does not know them yet."""
    person = BY_NUMBER[opening.number]
    customer = Customer.objects.filter(email=person.email, erased_at=None).first()
    inboxes = queries.sandbox_inboxes()
    inbox = inbox_for(opening.medium, inboxes.values())
    if customer is None or inbox is None or not Product.objects.exists():
        return None
    holder = _in_hand(str(customer.pk))
    if holder is None:
        return None
    # The same name each time: a demo that is started again does not write twice.
    name = f"demo-opening-{opening.number}"
    if opening.in_public:
        post = posts_of(store)[0]
        made = writing.comment(store, inbox, holder, post, opening.text, provider_id=name)
    else:
        made = writing.write(store, inbox, holder, opening.text, provider_id=name, at=now)
    return _post(made, now)


def write_back(store: Store, message: Message, words: str, now: datetime) -> Post | None:
    """Return what somebody answers in the app a message came in."""
    holder = _owner(message)
    if holder is None or message.connection is None:
        return None
    made = writing.write(
        store,
        message.connection,
        holder,
        words,
        answers=message.provider_id,
        provider_id=f"demo-answer-{message.pk}-{words[:4]}",
        at=now,
    )
    return _post(made, now)


def turn_away(message: Message, nature: Nature, now: datetime) -> None:
    """Block the shop, or switch the phone off, after a message came."""
    holder = _owner(message)
    if holder is None or holder.handset is None:
        return
    if nature == Nature.AWAY and holder.handset.off_at is None:
        actions.switch(handset=holder.handset, on=False)
    if nature == Nature.BLOCKS and not holder.has_blocked(message.medium):
        actions.block(handset=holder.handset, medium=message.medium, blocked=True)


def come_back(store: Store, seed: int, now: datetime) -> list[Post]:
    """Let those who put their phone away take it up again; what waited is delivered.

    A phone that somebody switched off on the page stays off.
    """
    posts: list[Post] = []
    for handset in handsets():
        if handset.off_at is None or handset.customer is None or now < handset.off_at + AWAY:
            continue
        if nature_of(seed, handset.customer.email) != Nature.AWAY:
            continue
        actions.switch(handset=handset, on=True)
        inboxes = queries.sandbox_inboxes()
        holder = holder_of(handset.key, inboxes.values())
        waiting = phone.waiting_on(holder, queries.messages_of(inboxes, holder)) if holder else []
        for message in reversed(waiting):
            assert message.connection is not None
            posts.append(_post(receipt(store, message.connection, message, "delivered", now), now))
    return posts


def _owner(message: Message) -> Holder | None:
    return _in_hand(str(message.customer_id or message.to_address))


def _in_hand(key: str) -> Holder | None:
    """Return a person with their phone in the hand."""
    inboxes = queries.sandbox_inboxes().values()
    holder = holder_of(key, inboxes)
    if holder is None:
        return None
    actions.take_in_hand(holder=holder)
    return holder_of(key, inboxes)


def _post(made: Receipt, now: datetime) -> Post:
    return Post(made.path, made.headers, made.body, now)
