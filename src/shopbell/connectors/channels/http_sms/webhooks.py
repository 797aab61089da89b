"""What a gateway posts: texts and receipts, as JSON or a form, with fields the merchant names."""

import hmac
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.http_sms.settings import HttpSmsSettings
from shopbell.connectors.channels.sms_numbers import number_of
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.kit.ids import digest
from shopbell.kit.text import storable
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind, Written

HEADER = "x-webhook-secret"
TOPIC = "sms"
_MOST_TEXT = 10_000

type Fields = dict[str, Any]


def verify(request: RawRequest, settings: HttpSmsSettings) -> None:
    """Check the shared secret, in constant time.

    Raises:
        BadSignature: it is missing or wrong, or none is set.
    """
    given = request.headers.get(HEADER) or request.query.get("secret", "")
    fits = [hmac.compare_digest(given.encode(), each.encode()) for each in settings.secrets]
    if not any(fits):
        raise BadSignature("The webhook does not carry the secret of this account.")


def identify(request: RawRequest, settings: HttpSmsSettings) -> Sequence[Incoming]:
    """File a text under its id, a receipt under its id and status."""
    fields = fields_of(request.body)
    identity = _text(fields, settings.field_id)
    status = _text(fields, settings.field_status)
    if not identity and not (_text(fields, settings.field_from) and not status):
        raise Invalid("This webhook names neither an id nor who texted.")
    if not identity:
        return [Incoming(f"sha256:{digest(request.body.hex())}", TOPIC)]
    return [Incoming(f"{identity}:{status}" if status else identity, TOPIC)]


def fields_of(body: bytes) -> Fields:
    """Return the fields of JSON or of a form.

    Raises:
        Invalid: it is neither.
    """
    try:
        if body.lstrip()[:1] == b"{":
            found = json.loads(body)
            if isinstance(found, dict):
                return found
        elif b"=" in body:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=500))
    except (ValueError, RecursionError):
        pass
    raise Invalid("The body is neither JSON nor a form.")


def receipts(body: bytes, settings: HttpSmsSettings) -> list[Receipt]:
    """Return what a receipt says, if it is one."""
    fields = fields_of(body)
    status, identity = _text(fields, settings.field_status), _text(fields, settings.field_id)
    if not status or not identity:
        return []
    said = status.casefold()
    if said in {value.casefold() for value in settings.delivered_values}:
        kind, code = ReceiptKind.DELIVERED, ""
    elif said in {value.casefold() for value in settings.failed_values}:
        kind, code = ReceiptKind.FAILED, str(FailureCode.REFUSED)
    else:
        kind, code = ReceiptKind.ACCEPTED, ""
    return [
        Receipt(
            kind=kind,
            at=_moment(fields, settings),
            provider_id=identity,
            code=code,
            detail=f"The gateway says: {status}."[:300] if code else "",
            event_id=f"{identity}:{said}"[:200],
        )
    ]


def written(body: bytes, settings: HttpSmsSettings) -> list[Written]:
    """Return the text that somebody sent, if it is one."""
    fields = fields_of(body)
    if _text(fields, settings.field_status):
        return []
    sender = number_of(_text(fields, settings.field_from))
    if not sender:
        return []
    identity = _text(fields, settings.field_id) or f"sha256:{digest(body.hex())}"
    text = _text(fields, settings.field_text, limit=_MOST_TEXT)
    return [Written(provider_id=identity, sender=sender, at=_moment(fields, settings), text=text)]


def _text(fields: Fields, name: str, *, limit: int = 180) -> str:
    """Return a field by its name, nested ones by a path with dots."""
    found: Any = fields
    if name and name not in fields:
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    else:
        found = fields.get(name) if name else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return storable(str(found))[:limit].strip() if limit < 1_000 else storable(str(found))[:limit]


def _moment(fields: Fields, settings: HttpSmsSettings) -> datetime:
    said = _text(fields, settings.field_time)
    try:
        if re.fullmatch(r"\d{9,13}(\.\d+)?", said):
            seconds = float(said)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return clock.now()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
