"""An inbox with people in it: a chat, a mail with HTML and files, a parcel, replies and notes."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from shopbell.accounts.models import User
from shopbell.connections.models import Connection
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    send_reply,
    set_priority,
    set_tags,
)
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.ports import IncomingFile
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.conversations.ground import add_widget, agent, write
from tests.support.shop import settle

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8"
    "cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)
MAIL = (
    '<html><body><p onclick="alert(1)">One of the cups is <b>cracked</b>.</p>'
    '<script>alert(2)</script><img src="https://tracker.example/a.png"><img src="cid:cup">'
    '<form action="https://evil.example"><input name="x"></form></body></html>'
)


@dataclass(slots=True)
class Inbox:
    """The store, its two inboxes and its agent."""

    market: Market
    chat: Connection
    mail: Connection
    ada: User

    def write(self, text: str, *, by_mail: bool = False, **fields: object) -> Entry:
        """Let a customer write."""
        with store_scope(self.market.bench.store.pk):
            return write(self.mail if by_mail else self.chat, text, **fields)

    def reply(self, entry: Entry, text: str) -> Entry:
        """Let the agent answer."""
        store = self.market.bench.store
        with store_scope(store.pk):
            conversation = Conversation.objects.get(pk=entry.conversation_id)
            return send_reply(
                store=store,
                conversation=conversation,
                author=self.ada,
                reply=Reply(text, client_id=uuid.uuid4()),
            )


def open_inbox(market: Market) -> Inbox:
    """Connect the chat to a market that has a mailbox."""
    store = market.bench.store
    with store_scope(store.pk):
        mail = Connection.objects.get(connector="sandbox_email")
    return Inbox(market, add_widget(store), mail, agent(store))


def fill(inbox: Inbox) -> None:
    """Let a day pass: an order with its parcel, several customers, answers and notes."""
    market, ada = inbox.market, inbox.ada
    market.order(1001)
    market.dispatch(1001)
    market.scan(1001)
    mara = "mara1001@example.com"
    first = inbox.write("Hi, it says out for delivery since this morning. When does it come?",
                        email=mara)  # fmt: skip
    with store_scope(market.bench.store.pk):
        conversation = Conversation.objects.get(pk=first.conversation_id)
        add_note(conversation=conversation, author=ada, text="Third *late* one on this street.")
        set_tags(conversation=conversation, tags=["late parcel"], by=ada)
        set_priority(conversation=conversation, priority=2, by=ada)
    inbox.reply(first, "Good morning Mara, the driver is **two stops away**.\n\n- no need to wait\n"
                       "- we tell you when it is there")  # fmt: skip
    inbox.write("Great, thank you! See https://carrier.example/track/1001", email=mara)
    broken = inbox.write(
        "One of the cups is cracked.", by_mail=True, email="tom.weber@example.com",
        subject="Cracked cup", html=MAIL, quoted="> Your order is on its way", external_key="t-2",
        files=(
            IncomingFile("cup.png", "image/png", PIXEL, content_id="<cup>", inline=True),
            IncomingFile("<script>.html", "text/html", b"<script>alert(1)</script>"),
        ),
    )  # fmt: skip
    with store_scope(market.bench.store.pk):
        assign(conversation=Conversation.objects.get(pk=broken.conversation_id), by=ada, owner=ada)
    for number, text in enumerate(("Do you ship to Norway?", "Is the linen one true to size?")):
        inbox.write(text, email=f"person{number}@example.com")
    settle()


def later(**span: float) -> str:
    """Return a time to come, as text."""
    return (clock.now() + timedelta(**span)).isoformat()
