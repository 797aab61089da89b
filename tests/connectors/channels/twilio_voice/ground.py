"""A store with a phone number at the fake, whose webhooks go through the door without a network."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from shopbell.accounts.models import Store
from shopbell.calls.ports import TOPIC
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection, Intake
from shopbell.connections.ports import RawRequest
from shopbell.connections.queries import account_of
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.ports import CHANNELS
from tests.connectors.channels.twilio_voice.fake import FakeTwilio
from tests.support.shop import settle


class StoredDoor:
    """What the front door does with a webhook: verify, identify, store once, answer."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.store, self.connection = store, connection
        self.plug: Any = CHANNELS.get("twilio_voice")

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        with store_scope(self.store.pk):
            account = account_of(self.connection, self.store)
        query = url.partition("?")[2]
        path = url.removeprefix("http://localhost:8000")
        values = dict(parse_qsl(query, keep_blank_values=True))
        request = RawRequest("POST", path, headers, body, values)
        self.plug.verify(request, account)
        with store_scope(self.store.pk):
            for incoming in self.plug.identify(request, account):
                Intake.objects.get_or_create(
                    source=f"twilio_voice/{self.connection.slug}",
                    provider_id=incoming.provider_id,
                    defaults={
                        "connection": self.connection, "topic": incoming.topic, "body": body,
                    },
                )  # fmt: skip
        _, text = self.plug.answer(request, account)
        return str(text)


def connect_phone(store: Store, fake: FakeTwilio, **settings: Any) -> Connection:
    """Connect the fake's number to a store."""
    with store_scope(store.pk):
        row = save_connection(
            store=store,
            family="channel",
            connector="twilio_voice",
            slug="phone",
            settings=fake.settings(**settings),
        )
        fake.webhook = account_of(row, store).webhook_url
    fake.door = StoredDoor(store, row)
    return row


def settle_calls() -> None:
    """Run the worker until nothing is due."""
    for _ in range(20):
        done = sum(PUMPS[name].run() for name in (TOPIC, "call_errands", "slas"))
        settle()
        if not done:
            return
    raise AssertionError("the calls do not come to rest")
