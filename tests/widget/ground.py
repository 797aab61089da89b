"""A store with a chat, visitors who ask over HTTP, and what the agent sees of it."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import Reply, send_reply
from shopbell.conversations.models import Entry, Thread
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import token
from tests.conversations.ground import add_widget, agent
from tests.support.shop import make_store
from tests.support.web import Answer, WebProcess


@dataclass(slots=True)
class ChatShop:
    """A store with its chat and an agent. Its short name is new: web processes remember names."""

    store: Store
    ada: User

    def answer(self, text: str = "It is on its way.", thread: Thread | None = None) -> Entry:
        """Answer the latest conversation (or that of a thread) as the agent."""
        with store_scope(self.store.pk):
            found = thread or Thread.objects.select_related("conversation").latest("created_at")
            return send_reply(
                store=self.store,
                conversation=found.conversation,
                author=self.ada,
                reply=Reply(text, thread=found),
            )


def make_chat_shop(name: str = "lark", *, policies: Any = None, **settings: Any) -> ChatShop:
    """Make a store with a chat."""
    slug = f"{name}-{token(6).lower().replace('_', '-').strip('-')}"
    store = make_store(slug, policies=policies or {})
    add_widget(store, **settings)
    return ChatShop(store, agent(store))


@dataclass(slots=True)
class Guest:
    """A visitor's browser, as far as HTTP sees it."""

    web: WebProcess
    slug: str
    token: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request with the token."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **self.extra, **headers}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        return self.web.ask(method, f"/widget/{self.slug}/{path}", raw, sent)

    def meet(self, identity: str = "") -> "Guest":
        """Get a token."""
        self.token = self.ask("POST", "session", {"identity": identity}).json["token"]
        return self

    def write(self, text: str = "Where is my order?", **fields: Any) -> Answer:
        """Write a message."""
        return self.ask(
            "POST", "messages", {"client_id": str(uuid.uuid4()), "text": text, **fields}
        )

    def read(self, after: str = "") -> list[dict[str, Any]]:
        """Return what the visitor may see."""
        found = self.ask("GET", f"messages?after={after}" if after else "messages")
        assert found.status == 200, found.body
        entries: list[dict[str, Any]] = found.json["entries"]
        return entries
