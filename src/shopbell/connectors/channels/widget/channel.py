"""The `widget` channel: what an agent answers is read from this database by the visitor's page."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from shopbell.calendars.notation import parse_hours
from shopbell.connections.ports import Account, Family, Health, Settings
from shopbell.connectors.channels.widget.lines import ASKED, SPOKEN
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import (
    Capabilities,
    Medium,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    WithoutWebhooks,
)
from shopbell.widget.wishes import parse_asks, parse_rules

_SHORTEST_SECRET = 32


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
    position: Literal["right", "left"] = Field(default="right", description="Corner of the page.")
    button_text: str = Field(
        default="",
        max_length=30,
        description="Words on the button, such as Ask us. Empty: a round button.",
    )
    side_offset: int = Field(
        json_schema_extra={"rare": True},
        default=16,
        ge=0,
        le=200,
        description="Distance from the side of the page, in pixels.",
    )
    bottom_offset: int = Field(
        json_schema_extra={"rare": True},
        default=16,
        ge=0,
        le=300,
        description="Distance from the bottom, in pixels: more if the shop has a bar there.",
    )
    theme: Literal["page", "light", "dark"] = Field(
        default="page",
        description="Page: light or dark, as the shop's page declares with color-scheme.",
    )
    hours: str = Field(
        default="",
        max_length=300,
        description="When somebody answers the chat, in the store's time zone, such as"
        " Mon-Fri 9-17, Sat 10-14. Empty: the hours of the store's default calendar.",
    )
    show_team: bool = Field(
        default=True,
        description="Show the first names and pictures of the people who answer. Everybody sets"
        " the own picture in the profile.",
    )
    ask_before: list[str] = Field(
        json_schema_extra={"lines": ASKED},
        default=[],
        description="Asked before the first message: name, email, order, or words of your own (as"
        " text one on each line, a * makes it needed). Customers who are logged in are not asked."
        " Best left empty: each field costs you visitors.",
    )
    speak_first: list[str] = Field(
        json_schema_extra={"lines": SPOKEN},
        default=[],
        description="Said by the chat itself, once to each visitor. As text one rule on each line:"
        " /kettles* 30s: Any question about our kettles? Add open to speak only in opening hours,"
        " and a language: /* 60s open de: Können wir helfen?",
    )
    ask_email: bool = Field(
        default=True,
        description="Ask for an e-mail address, so that an answer reaches who has left the page.",
    )
    identity_secret: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="Secret with which your shop's server signs who is logged in (see the guide),"
        " at least 32 characters. Empty: every visitor is a stranger.",
    )
    earlier_identity_secret: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="The secret before this one, while your shop changes over.",
    )

    @field_validator("hours")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            parse_hours(value)
        except Invalid as error:
            raise ValueError(error.message) from None
        return value

    @field_validator("ask_before", "speak_first")
    @classmethod
    def _understood(cls, value: list[str], info: ValidationInfo) -> list[str]:
        read = parse_asks if info.field_name == "ask_before" else parse_rules
        try:
            read(value)
        except Invalid as error:
            raise ValueError(error.message) from None
        return value

    @field_validator("identity_secret", "earlier_identity_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"Use at least {_SHORTEST_SECRET} characters.")
        return value


class WidgetSession:
    """Takes everything: the page reads it from the database."""

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Accept each message."""
        return [Outcome(OutcomeKind.ACCEPTED) for _ in messages]

    def close(self) -> None:
        """There is nothing to close."""


class WidgetChannel(WithoutWebhooks):
    """The chat on the shop's page."""

    key: ClassVar[str] = "widget"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Chat on your shop's page"
    summary: ClassVar[str] = "Customers write from your shop, your team answers here."
    settings_model: ClassVar[type[Settings]] = WidgetSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.CHAT,
        read_receipts=True,
        max_length=10_000,
        attachment_bytes=20_000_000,
        batch=64,
    )

    def open(self, account: Account) -> WidgetSession:
        """Return a session; nothing has to be opened."""
        return WidgetSession()

    def check(self, account: Account) -> Health:
        """Nothing can be wrong with it: it is this installation's own."""
        return Health(ok=True, summary="Ready. Put the line from this page into your shop's theme.")

    def preview(self, store_slug: str) -> str:
        """Return where the chat is seen as the form has it."""
        return f"/s/{store_slug}/chat/preview/"

    def snippet(self, base_url: str, store_slug: str) -> str:
        """Return the line for the shop's pages."""
        return f'<script type="module" src="{base_url}/widget/{store_slug}.js"></script>'
