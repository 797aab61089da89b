"""The `widget` channel: what an agent answers is read from this database by the visitor's page."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.kit.errors import Unsupported
from shopbell.messaging.ports import (
    Capabilities,
    Medium,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Receipt,
)


class WidgetSettings(Settings):
    """How the chat looks and greets."""

    title: str = Field(
        default="", max_length=80, description="Heading of the chat. Empty: the store's name."
    )
    greeting: str = Field(
        default="",
        max_length=500,
        description="First words in the chat. Empty: a friendly line in the visitor's language.",
    )
    colour: str = Field(
        default="",
        pattern=r"^(#[0-9a-fA-F]{6})?$",
        description="Colour of the button, such as #a86a0b. Empty: the store's brand colour.",
    )
    position: str = Field(
        default="right",
        pattern=r"^(left|right)$",
        description="Corner of the page: right or left.",
    )
    ask_email: bool = Field(
        default=True,
        description="Ask for an e-mail address, so that an answer reaches who has left the page.",
    )


class WidgetSession:
    """Takes everything: the page reads it from the database."""

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Accept each message."""
        return [Outcome(OutcomeKind.ACCEPTED) for _ in messages]

    def close(self) -> None:
        """There is nothing to close."""


class WidgetChannel:
    """The chat on the shop's page."""

    key: ClassVar[str] = "widget"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Chat on your shop's page"
    summary: ClassVar[str] = "Customers write from your shop, your team answers here."
    settings_model: ClassVar[type[Settings]] = WidgetSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.CHAT, read_receipts=True, max_length=10_000, batch=64
    )

    def open(self, account: Account) -> WidgetSession:
        """Return a session; nothing has to be opened."""
        return WidgetSession()

    def check(self, account: Account) -> Health:
        """Nothing can be wrong with it: it is this installation's own."""
        return Health(ok=True, summary="Ready. Put the line from this page into your shop's theme.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """There are no webhooks."""
        raise Unsupported("The chat has no webhooks.")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """There are no webhooks."""
        raise Unsupported("The chat has no webhooks.")

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """There are no webhooks."""
        raise Unsupported("The chat has no webhooks.")
