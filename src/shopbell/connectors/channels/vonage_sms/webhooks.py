"""What Vonage posts to us: texts from customers, and what became of ours."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.sms_numbers import number_of
from shopbell.connectors.channels.vonage_sms.session import code_of
from shopbell.connectors.channels.vonage_sms.vocabulary import FAILURES, STATUSES
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind, Written

MESSAGE, STATUS = "sms.message", "sms.status"
_MOST_TEXT = 10_000

type Fields = dict[str, Any]


def identify(request: RawRequest) -> Sequence[Incoming]:
    """File a text under Vonage's id, a receipt under id and status."""
    fields = fields_of(request.body)
    identity, status = _text(fields, "message_uuid"), _text(fields, "status")
    if not identity:
        raise Invalid("This webhook names no message (message_uuid).")
    if status:
        return [Incoming(f"{identity}:{status}", STATUS)]
    return [Incoming(identity, MESSAGE)]


def fields_of(body: bytes) -> Fields:
    """Return the object in a body.

    Raises:
        Invalid: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Invalid("The body is no JSON object.")
    return found


def receipts(body: bytes) -> list[Receipt]:
    """Return what became of a text of ours, if it is about one."""
    fields = fields_of(body)
    status, identity = _text(fields, "status"), _text(fields, "message_uuid")
    kind = STATUSES.get(status)
    if kind is None or not identity:
        return []
    error = fields.get("error")
    error = error if isinstance(error, dict) else {}
    code = ""
    if kind is ReceiptKind.FAILED:
        code = FAILURES.get(code_of(error), FailureCode.REFUSED)
        if code is FailureCode.UNKNOWN_ADDRESS:
            kind = ReceiptKind.HARD_BOUNCE
    detail = one_line(str(error.get("detail") or ""), 300) if code else ""
    reference = _text(fields, "client_ref")
    return [
        Receipt(
            kind=kind,
            at=_moment(fields),
            provider_id=identity,
            message_id=reference if reference.startswith("<") else "",
            code=str(code),
            detail=f"{detail} (Vonage {code_of(error)})".strip() if code else "",
            event_id=f"{identity}:{status}"[:200],
        )
    ]


def written(body: bytes) -> list[Written]:
    """Return the text that somebody sent, if it is one."""
    fields = fields_of(body)
    if _text(fields, "status") or fields.get("channel") != "sms":
        return []
    sender, identity = number_of(_text(fields, "from")), _text(fields, "message_uuid")
    if not sender or not identity:
        raise Invalid("This text names no sender or no id.")
    text = fields.get("text")
    return [
        Written(
            provider_id=identity,
            sender=sender,
            at=_moment(fields),
            text=storable(text)[:_MOST_TEXT] if isinstance(text, str) else "",
            data={"number": number_of(_text(fields, "to"))},
        )
    ]


def _text(fields: Fields, name: str) -> str:
    found = fields.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return one_line(storable(str(found)), 180)


def _moment(fields: Fields) -> datetime:
    """Return Vonage's time.

    Raises:
        Invalid: there is none.
    """
    try:
        moment = datetime.fromisoformat(str(fields.get("timestamp")))
    except ValueError:
        raise Invalid("This webhook tells no time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
