"""What every connector offers, whatever its family (shop, carrier, channel, receiver).

A connector is a stateless object registered under its key. It gets an `Account` (the settings of
one connected account, secrets opened) with each call and never touches the database.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from shopbell.kit.registry import Registry

Family = Literal["shop", "carrier", "channel", "receiver"]


class Settings(BaseModel):
    """Base of a connector's settings. `SecretStr` fields are encrypted and write-only in pages.

    Every field needs `Field(description=...)`: it is the help text of the page and the docs. What
    few need says `json_schema_extra={"rare": True}` and is folded on the page; a list whose lines
    have a form of their own says so by `{"lines": ...}` and is edited in rows (`lines.js`).

    Outside, in files, in forms and in the table, a field is called by its alias if it has one: some
    providers' names are words of Python, such as `from`.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account as a connector sees it. `settings` is an instance of its `Settings`."""

    id: uuid.UUID
    store_id: int
    store_slug: str
    slug: str
    connector: str
    settings: Any
    address: str = ""
    webhook_url: str = ""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """An HTTP request as it came. Header names are lower case; `body` is the exact bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incoming:
    """How a webhook is filed. `provider_id` makes it unique within the account.

    `sort_at` is the provider's own time of the fact, if the headers tell it.
    """

    provider_id: str
    topic: str
    sort_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Result of trying a connection. `hint` says what to do when `ok` is false.

    `facts`: what the provider says of the account, such as ("Quality", "green").
    """

    ok: bool
    summary: str
    hint: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def outside_fields(model: type[Settings]) -> dict[str, FieldInfo]:
    """Return a model's fields by the names they have outside."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


class Connector(Protocol):
    """Common to all families."""

    key: ClassVar[str]
    family: ClassVar[Family]
    title: ClassVar[str]
    summary: ClassVar[str]
    settings_model: ClassVar[type[Settings]]

    def check(self, account: Account) -> Health:
        """Talk to the provider and say whether the account works. Never raises for refusals."""
        ...


@runtime_checkable
class Embedded(Protocol):
    """A connector that a merchant puts into the pages of the shop, instead of an address."""

    def snippet(self, base_url: str, store_slug: str) -> str:
        """Return the line of HTML to paste."""
        ...


@runtime_checkable
class SelfAddressed(Protocol):
    """A channel whose settings say what customers see as the sender; nobody is asked for it."""

    def address(self, settings: Any) -> str:
        """Return it for checked settings, such as the phone number."""
        ...


@runtime_checkable
class Introduced(Protocol):
    """A channel whose sender is no mail address: what the field is called, and what goes in."""

    address_label: ClassVar[str]
    address_help: ClassVar[str]
    address_needed: ClassVar[bool]


@runtime_checkable
class Previewed(Protocol):
    """A connector whose settings can be looked at before they are saved."""

    def preview(self, store_slug: str) -> str:
        """Return the address of a page that takes the form's values as its query."""
        ...


class WebhookSource(Protocol):
    """A connector that receives webhooks at `/hooks/<connector>/<store>/<account>`."""

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature on the raw bytes; raise `BadSignature`. Constant-time compare."""
        ...

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the request: usually one entry. Called after `verify`; must not parse deeply.

        Raise `Invalid` for a body that can never be understood (broken JSON): it is answered 400.
        """
        ...


@runtime_checkable
class Answering(Protocol):
    """A webhook source whose provider reads what it is answered: what to do with a call, say."""

    def answer(self, request: RawRequest, account: Account) -> tuple[str, str]:
        """Return content type and body. Called after `verify` and after the request is stored.

        It runs in a thread, outside any transaction, and may read the database; the provider
        waits. A request of which `identify` names nothing is answered too.
        """
        ...


@runtime_checkable
class Receiver(Protocol):
    """A program that is told of things, each told once more until it has taken it."""

    def post(self, account: Account, *, key: uuid.UUID, body: bytes) -> None:
        """Tell it; the same `key` on every try. Called outside any transaction.

        Raises:
            ConnectorError: it has not taken it.
        """
        ...


CONNECTORS: Registry[Connector] = Registry("shopbell.connectors")
RECEIVERS: Registry[Connector] = Registry("shopbell.receivers")
