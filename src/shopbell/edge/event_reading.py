"""Reading what is posted to the event API. One bad event never spoils its neighbours.

Fast for the usual (orjson, checks by hand), patient for the odd: a body that orjson refuses because
of one lone surrogate is read again by the standard parser, so that only that event is refused. A
newcomer's mistake: cleaning texts here. What cannot be kept as it came is refused with a sentence.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from shopbell.kit.errors import Invalid

MAX_EVENTS = 1_000
ID_LENGTH, TYPE_LENGTH, SOURCE_LENGTH = 200, 120, 60
DEFAULT_SOURCE = "default"
FIRST_YEAR, LAST_YEAR = 1970, 9000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAYBE_NUL = b"\\u0000"
_NUL = "\0"


class Readable(NamedTuple):
    """An event that can be stored. `body` is the event as JSON."""

    id: str
    type: str
    source: str
    occurred_at: datetime | None
    body: bytes


class Unreadable(NamedTuple):
    """An event that cannot; `id` is what the sender called it, as far as that can be said."""

    id: str | None
    error: str


def read_events(body: bytes) -> list[Readable | Unreadable]:
    """Return the events of a request, in order.

    Raises:
        Invalid: it is not JSON, or not one event, a list of events or {"events": [...]}.
    """
    document = _parse(body)
    events = _events_of(document)
    if not events:
        raise Invalid("There is no event in this request.")
    if len(events) > MAX_EVENTS:
        raise Invalid(
            f"One request may hold {MAX_EVENTS:,} events at most; this has {len(events):,}."
        )
    return [_read(event) for event in events]


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"\\u" not in body:
            raise Invalid(f"This is not JSON ({error}).") from None
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("This is not JSON that can be read.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _events_of(document: Any) -> Sequence[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        if "events" not in document or "type" in document:
            return [document]
        events = document["events"]
        if isinstance(events, list):
            return events
    raise Invalid('Send one event, a list of events, or {"events": [...]}.')


def _read(event: Any) -> Readable | Unreadable:
    if type(event) is not dict:
        return Unreadable(None, "An event is an object with id, type and data.")
    event_id = event.get("id")
    told: str | None = None
    if type(event_id) is str and event_id.isprintable() and len(event_id) <= ID_LENGTH:
        told = event_id
    try:
        return Readable(
            _text(event_id, "id", ID_LENGTH),
            _text(event.get("type"), "type", TYPE_LENGTH),
            _source(event.get("source")),
            _time(event.get("occurred_at")),
            _body(event),
        )
    except Invalid as error:
        return Unreadable(told, error.message)


def _text(value: Any, name: str, limit: int) -> str:
    if type(value) is not str or not value.strip():
        raise Invalid(f"{name} is needed: a text of 1 to {limit} characters.")
    if len(value) > limit:
        raise Invalid(f"{name} may have {limit} characters at most.")
    if not value.isprintable() and _CONTROL.search(value):
        raise Invalid(f"{name} has characters that cannot be stored.")
    return value


def _source(value: Any) -> str:
    return DEFAULT_SOURCE if value is None else _text(value, "source", SOURCE_LENGTH)


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid("occurred_at must be a time such as 2026-11-21T10:00:00Z.") from None
    if moment.tzinfo is None:
        raise Invalid("occurred_at needs a time zone, such as 2026-11-21T10:00:00Z.")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Invalid(f"occurred_at must lie between the years {FIRST_YEAR} and {LAST_YEAR}.")
    return moment


def _body(event: dict[str, Any]) -> bytes:
    data = event.get("data")
    if data is not None and type(data) is not dict:
        raise Invalid("data must be an object.")
    try:
        body = orjson.dumps(event)
    except TypeError as error:
        reason = (
            "is nested too deeply"
            if "ecursion" in str(error)
            else "has a character that is half of one (a lone surrogate), or a number too large"
        )
        raise Invalid(f"This event {reason}.") from None
    if _MAYBE_NUL in body and _has_nul(event):
        raise Invalid("This event has a NUL character (\\u0000), which cannot be stored.")
    return body


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return _NUL in value
    if isinstance(value, dict):
        return any(_NUL in key or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)
