"""What Twilio posts to us: texts from customers, and what became of ours.

Both are forms. What was missed is asked for later and brought into the same form (`asking.py`), so
there is one reading. A newcomer's mistake: fetching the files named here; they are only named.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.twilio_signatures import params_of
from shopbell.connectors.channels.twilio_sms.session import OURS
from shopbell.connectors.channels.twilio_sms.vocabulary import (
    FAILURES,
    INBOUND,
    STATUSES,
    WORDS,
    failure_kind,
)
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind, RemoteFile, Written

MESSAGE = "sms.message"
STATUS = "sms.status"
_MOST_FILES = 10
_MOST_TEXT = 10_000

type Fields = dict[str, str]


def identify(request: RawRequest) -> Sequence[Incoming]:
    """File a webhook under Twilio's id of the message, a receipt with its status."""
    fields = fields_of(request.body)
    sid, status = _sid(fields), _status(fields)
    if not sid:
        raise Invalid("This form names no message (MessageSid).")
    if status in INBOUND or not status:
        return [Incoming(sid, MESSAGE)]
    ours = request.query.get(OURS, "")
    return [Incoming(f"{sid}:{status}", f"{STATUS} {ours}".strip())]


def fields_of(body: bytes) -> Fields:
    """Return the fields of a form; the first of a name counts."""
    return dict(reversed(params_of(body)))


def receipts(topic: str, body: bytes) -> list[Receipt]:
    """Return the receipt in a form, if it is one."""
    fields = fields_of(body)
    status = _status(fields)
    kind = STATUSES.get(status)
    if kind is None:
        return []
    code, detail = "", ""
    if kind is ReceiptKind.FAILED:
        number = int(fields["ErrorCode"]) if fields.get("ErrorCode", "").isdecimal() else 0
        code = FAILURES.get(number, FailureCode.REFUSED)
        kind = failure_kind(FailureCode(code))
        said = WORDS.get(number) or fields.get("ErrorMessage") or "It was not delivered."
        detail = f"{said} (Twilio {number})" if number else said
    receipt = Receipt(
        kind=kind,
        at=_moment(fields),
        recipient=fields.get("To", ""),
        provider_id=_sid(fields),
        message_id=topic.partition(" ")[2],
        code=code,
        detail=detail[:500],
        event_id=f"{_sid(fields)}:{status}",
    )
    return [receipt]


def written(body: bytes) -> list[Written]:
    """Return the text in a form, if somebody sent one."""
    fields = fields_of(body)
    status, sender = _status(fields), fields.get("From", "")
    if status and status not in INBOUND:
        return []
    if not sender or not _sid(fields):
        raise Invalid("This text names no sender (From) or no id (MessageSid).")
    data = {"number": fields.get("To", "")[:40]}
    if fields.get("OptOutType"):  # Twilio understood the word and has answered it
        data["keyword"] = fields["OptOutType"].lower()[:10]
    return [
        Written(
            provider_id=_sid(fields),
            sender=sender,
            at=_moment(fields),
            text=fields.get("Body", "")[:_MOST_TEXT],
            name=fields.get("ProfileName", "")[:200],
            files=_files(fields),
            data=data,
        )
    ]


def _files(fields: Fields) -> tuple[RemoteFile, ...]:
    told = fields.get("NumMedia", "0")
    count = min(int(told), _MOST_FILES) if told.isdecimal() and len(told) < 4 else 0
    return tuple(
        RemoteFile(ref=url, content_type=fields.get(f"MediaContentType{number}", "")[:100])
        for number in range(count)
        if (url := fields.get(f"MediaUrl{number}", ""))
    )


def _sid(fields: Fields) -> str:
    return (fields.get("MessageSid") or fields.get("SmsSid") or "")[:64]


def _status(fields: Fields) -> str:
    return (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()[:20]


def _moment(fields: Fields) -> datetime:
    """Return Twilio's time where it says one (only when asked), else now."""
    said = fields.get("DateSent") or fields.get("DateUpdated")
    if said:
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return clock.now()
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return clock.now()
