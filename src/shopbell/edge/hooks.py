"""The webhook door: `POST /hooks/<connector>/<store>/<account>`.

Signature on the raw bytes, then one row, then 2xx after COMMIT; nothing is parsed here. An unknown
store, account or connector gets one and the same 404. A newcomer's mistake: answering 2xx to be
polite. A provider that hears 2xx never sends again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import parse_qsl

import structlog
from starlette.types import Receive, Scope, Send

from shopbell.accounts.queries import store_by_slug
from shopbell.connections.models import ConnectionState
from shopbell.connections.ports import (
    CONNECTORS,
    Account,
    Answering,
    Incoming,
    RawRequest,
    WebhookSource,
)
from shopbell.connections.queries import account_of, connection_for
from shopbell.edge import metrics
from shopbell.edge.answers import Refusal, answer_bytes, read_body, unavailable
from shopbell.edge.memory import Memory
from shopbell.edge.tallies import Tallies
from shopbell.edge.threads import in_thread
from shopbell.edge.writer import Row, Unavailable, Writer
from shopbell.kit.errors import BadSignature, ConnectorError, Invalid, NotFound, Unsupported
from shopbell.kit.ids import digest
from shopbell.messaging.ports import CHANNELS

log = structlog.get_logger()

BODY_BYTES = 2_000_000
ID_LENGTH = 200
TOPIC_LENGTH = 120
MAX_ENTRIES = 1_000

type Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Door:
    """A connection that may be posted to, with its connector. Lives in memory only."""

    account: Account
    connector: WebhookSource
    source: str


@runtime_checkable
class Challenged(Protocol):
    """A connector whose provider checks the address with a GET first."""

    def challenge(self, request: RawRequest, account: Account) -> str | None:
        """Return the text to answer with, or None if the request is not right."""
        ...


def _most_bytes(connector: str) -> int:
    """Return how much a webhook of this connector may bring: mail comes with its files."""
    if connector not in CHANNELS:
        return BODY_BYTES
    return max(BODY_BYTES, CHANNELS.get(connector).capabilities.hook_bytes)


class Hooks:
    """The ASGI application of the door."""

    def __init__(self, writer: Writer, tallies: Tallies) -> None:
        self._writer = writer
        self._tallies = tallies
        self.doors: Memory[Address, Door | None] = Memory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            metrics.came("hooks", _outcome(refusal.status))
            await refusal.send(send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = scope["path"].split("/")
        if len(parts) != 5 or "\0" in scope["path"]:
            raise _nobody()
        address = (parts[2], parts[3], parts[4])
        if scope["method"] != "POST":
            await self._challenge(address, scope, send)
            return
        most = _most_bytes(address[0])
        if most > BODY_BYTES:  # only for a known account that much is read
            await self._door(address)
        body = await read_body(scope, receive, most, "A webhook")
        door = await self._door(address)
        request = _raw_request(scope, body)
        rows = self._file(door, request)
        said = b'{"status":"nothing to store"}'
        if rows:
            try:
                fresh = await self._writer.store(rows)
            except Unavailable:
                raise unavailable() from None
            accepted = True in fresh
            metrics.came("hooks", "accepted" if accepted else "duplicate")
            said = b'{"status":"accepted"}' if accepted else b'{"status":"duplicate"}'
        if isinstance(door.connector, Answering):
            await _answer(door, door.connector, request, send)
            return
        await answer_bytes(send, 200, said)

    async def _door(self, address: Address) -> Door:
        try:
            door = await self.doors.get(address, lambda: in_thread(_load_door, address))
        except Exception as error:  # the database is away, or a stored secret does not open
            log.error("hooks.door_unavailable", connector=address[0], error=type(error).__name__)
            raise unavailable() from None
        if door is None:
            raise _nobody()
        return door

    def _file(self, door: Door, request: RawRequest) -> list[Row]:
        """Check the signature and return the rows to store."""
        try:
            door.connector.verify(request, door.account)
        except BadSignature:
            self._tallies.refused(door.account.id)
            refusal = Refusal(
                401, "bad_signature", "The signature does not fit this body. Nothing was stored."
            )
            # Providers that send a password (Amazon SNS) do so only after being asked for one.
            refusal.headers.append((b"www-authenticate", b'Basic realm="webhooks"'))
            raise refusal from None
        except (ConnectorError, Invalid) as error:
            raise _invalid(error.message) from None
        except Exception as error:  # a connector must not fall over here; the provider may retry
            raise _broken("verify", door, error) from None
        try:
            entries = door.connector.identify(request, door.account)
        except Invalid as error:
            raise _invalid(error.message) from None
        except Exception as error:
            raise _broken("identify", door, error) from None
        if len(entries) > MAX_ENTRIES:
            raise _invalid(f"One request may hold {MAX_ENTRIES:,} entries at most.")
        return [_row(door, entry, request.body) for entry in entries]

    async def _challenge(self, address: Address, scope: Scope, send: Send) -> None:
        if scope["method"] == "GET":
            door = await self._door(address)
            if isinstance(door.connector, Challenged):
                text = door.connector.challenge(_raw_request(scope, b""), door.account)
                if text is None:
                    raise Refusal(403, "not_expected", "This is not the question we agreed on.")
                plain = (b"content-type", b"text/plain; charset=utf-8")
                await answer_bytes(send, 200, text.encode(), plain)
                return
        refusal = Refusal(405, "post_only", "Webhooks are sent here with POST.")
        refusal.headers = [(b"allow", b"POST")]
        raise refusal


async def _answer(door: Door, connector: Answering, request: RawRequest, send: Send) -> None:
    """Answer what the connector says."""
    try:
        kind, body = await in_thread(connector.answer, request, door.account)
    except (
        Exception
    ) as error:  # what came is stored; the provider shall hear that we are in trouble
        raise _broken("answer", door, error) from None
    await answer_bytes(send, 200, body.encode(), (b"content-type", kind.encode()))


_ALSO_CALLED = {"generic": "generic_carrier"}


def _load_door(address: Address) -> Door | None:
    connector, store_slug, slug = address
    if connector not in CONNECTORS:
        return None
    plug: Any = CONNECTORS.get(connector)
    if not (hasattr(plug, "verify") and hasattr(plug, "identify")):
        return None
    try:
        row = connection_for(store_slug, connector, slug)
        store = store_by_slug(store_slug)
    except NotFound:
        # "generic" is said of shops and of carriers; both addresses may be given out.
        other = _ALSO_CALLED.get(connector)
        return _load_door((other, store_slug, slug)) if other else None
    if row.state == ConnectionState.OFF:
        return None
    return Door(
        account=account_of(row, store),
        connector=cast(WebhookSource, plug),
        source=f"{connector}/{slug}",
    )


def _raw_request(scope: Scope, body: bytes) -> RawRequest:
    query = scope["query_string"]
    url = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
    return RawRequest(
        method=scope["method"],
        url=f"{url}?{query.decode('latin-1')}" if query else url,
        headers=_headers(scope["headers"]),
        body=body,
        query=dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
    )


def _headers(raw: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Return headers by lower-case name. A repeated one is joined, so it never passes for one."""
    headers: dict[str, str] = {}
    for key, value in raw:
        name, text = key.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _row(door: Door, entry: Incoming, body: bytes) -> Row:
    provider_id, topic = entry.provider_id, entry.topic
    if not provider_id or not _storable(provider_id) or not _storable(topic):
        raise _invalid("The id or the topic of this webhook has characters that cannot be stored.")
    if len(provider_id) > ID_LENGTH:
        provider_id = f"sha256:{digest(provider_id)}"
    account = door.account
    return Row(
        account.store_id,
        account.id,
        door.source,
        provider_id,
        topic[:TOPIC_LENGTH],
        body,
        entry.sort_at,
    )


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nobody() -> Refusal:
    return Refusal(404, "unknown", "There is no such webhook address.")


def _invalid(sentence: str) -> Refusal:
    return Refusal(400, "invalid", f"{sentence or 'This body cannot be used.'} Nothing was stored.")


def _broken(where: str, door: Door, error: Exception) -> Refusal:
    if isinstance(error, Unsupported):
        return _invalid(error.message)
    log.error("hooks.connector_failed", step=where, source=door.source, exc_info=error)
    return Refusal(
        500, "failed", "This could not be checked. Nothing was stored. Please send it again."
    )


def _outcome(status: int) -> str:
    known = {401: "refused", 404: "unknown", 500: "unavailable", 503: "unavailable"}
    return known.get(status, "invalid")
