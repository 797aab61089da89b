"""A channel as strict as WhatsApp, in this process: it keeps what was sent and answers as told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.connections.ports import CONNECTORS, Account, Family, Health, Settings
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.ports import (
    CHANNELS,
    Capabilities,
    Medium,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    WithoutWebhooks,
)


class StrictSettings(Settings):
    """None."""


class StrictChannel(WithoutWebhooks):
    """Takes messages within 24 hours, then templates."""

    key: ClassVar[str] = "strict"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "A strict channel"
    summary: ClassVar[str] = "For tests."
    settings_model: ClassVar[type[Settings]] = StrictSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.WHATSAPP,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        template_outside_window=True,
        opt_in=True,
    )

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.answer = Outcome(OutcomeKind.ACCEPTED)

    def open(self, account: Account) -> "StrictChannel":
        return self

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        self.sent += messages
        if self.answer.kind != OutcomeKind.ACCEPTED:
            return [self.answer for _ in messages]
        return [Outcome(OutcomeKind.ACCEPTED, provider_id=f"strict-{m.id}") for m in messages]

    def close(self) -> None:
        """Nothing is open."""

    def check(self, account: Account) -> Health:
        return Health(ok=True, summary="Strict.")

    def connect(self, store: Store) -> Connection:
        with store_scope(store.pk):
            return save_connection(
                store=store, family="channel", connector="strict", slug="line", settings={}
            )


@contextmanager
def strict_channel() -> Iterator[StrictChannel]:
    """Register the channel for a test."""
    channel = StrictChannel()
    CHANNELS.register(channel.key, channel)
    CONNECTORS.register(channel.key, channel)
    try:
        yield channel
    finally:
        CHANNELS._items.pop(channel.key)
        CONNECTORS._items.pop(channel.key)
