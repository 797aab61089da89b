"""`POST /api/v1/events`: one event or up to 1,000, each with its own answer.

Idempotent by source and id: the second time an event is answered "duplicate" and nothing happens.
A newcomer's mistake: reading 202 as "understood". It means stored; the worker understands it later,
and what it could not use waits on the problems page.
"""

import asyncio
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from shopbell.edge import metrics
from shopbell.edge.answers import Refusal, answer_bytes, header, read_body, unavailable
from shopbell.edge.event_reading import Readable, Unreadable, read_events
from shopbell.edge.keys import Caller, Keys
from shopbell.edge.writer import Row, Unavailable, Writer
from shopbell.kit.errors import Invalid

BODY_BYTES = 5_000_000
SCOPE = "events:write"
_LARGE = 200_000


class EventApi:
    """The ASGI application behind the address."""

    def __init__(self, writer: Writer, keys: Keys) -> None:
        self._writer = writer
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, results = await self._serve(scope, receive)
        except Refusal as refusal:
            metrics.came("events", _outcome(refusal.status))
            await refusal.send(send)
            return
        await answer_bytes(send, status, orjson.dumps({"results": results}))

    async def _serve(self, scope: Scope, receive: Receive) -> tuple[int, list[dict[str, Any]]]:
        if scope["method"] != "POST":
            refusal = Refusal(405, "post_only", "Events are sent here with POST.")
            refusal.headers = [(b"allow", b"POST")]
            raise refusal
        caller = await self._keys.caller(scope, SCOPE)
        kind = header(scope, b"content-type").partition(";")[0].strip().lower()
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise Refusal(415, "not_json", "Send events as Content-Type: application/json.")
        body = await read_body(scope, receive, BODY_BYTES, "A request with events")
        try:
            if len(body) > _LARGE:  # let other requests have their turn
                events = await asyncio.to_thread(read_events, body)
            else:
                events = read_events(body)
        except Invalid as error:
            raise Refusal(400, "invalid", f"{error.message} Nothing was stored.") from None
        return await self._store(caller, events)

    async def _store(
        self, caller: Caller, events: list[Readable | Unreadable]
    ) -> tuple[int, list[dict[str, Any]]]:
        good = [event for event in events if type(event) is Readable]
        fresh: list[bool] = []
        if good:
            try:
                fresh = await self._writer.store([_row(caller, event) for event in good])
            except Unavailable:
                raise unavailable() from None
        new = sum(fresh)
        metrics.events("accepted", new)
        metrics.events("duplicate", len(good) - new)
        metrics.events("invalid", len(events) - len(good))
        metrics.came("events", "accepted" if new else "duplicate" if good else "invalid")
        verdicts = iter(fresh)
        results = [
            {"id": event.id, "status": "accepted" if next(verdicts) else "duplicate"}
            if type(event) is Readable
            else {"id": event.id, "status": "invalid", "error": event.error}  # type: ignore[union-attr]
            for event in events
        ]
        return (202 if good else 400), results


def _row(caller: Caller, event: Readable) -> Row:
    return Row(
        caller.store_id,
        None,
        f"api/{event.source}",
        event.id,
        event.type,
        event.body,
        event.occurred_at,
    )


def _outcome(status: int) -> str:
    known = {401: "refused", 403: "refused", 429: "refused", 503: "unavailable"}
    return known.get(status, "invalid")
