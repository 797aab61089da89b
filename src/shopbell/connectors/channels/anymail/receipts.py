"""From a provider's event to our receipt, hard and soft bounces told apart.

A newcomer's mistake: taking anymail's `bounced` for a dead address. It covers full mailboxes and
blocks as well; only the provider's own verdict, or a clear word of the other server, makes it hard.
"""

from collections.abc import Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from shopbell.connectors.channels.anymail.providers import Provider
from shopbell.connectors.channels.anymail.session import METADATA_KEY
from shopbell.connectors.channels.failures import failure_in
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind

_KINDS: dict[str, ReceiptKind] = {
    EventType.QUEUED: ReceiptKind.ACCEPTED,
    EventType.SENT: ReceiptKind.ACCEPTED,
    EventType.DELIVERED: ReceiptKind.DELIVERED,
    EventType.DEFERRED: ReceiptKind.DEFERRED,
    EventType.OPENED: ReceiptKind.OPENED,
    EventType.CLICKED: ReceiptKind.CLICKED,
    EventType.COMPLAINED: ReceiptKind.COMPLAINT,
    EventType.UNSUBSCRIBED: ReceiptKind.UNSUBSCRIBED,
}
_UNDELIVERED = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
_REASONS: dict[str, FailureCode] = {
    RejectReason.INVALID: FailureCode.UNKNOWN_ADDRESS,
    RejectReason.BLOCKED: FailureCode.BLOCKED,
    RejectReason.SPAM: FailureCode.COMPLAINT,
}
_NOT_THE_ADDRESS = frozenset(
    {
        FailureCode.AUTHENTICATION,
        FailureCode.BAD_CONTENT,
        FailureCode.BLOCKED,
        FailureCode.MAILBOX_FULL,
        FailureCode.TOO_LARGE,
    }
)

type Path = tuple[str, ...]

# Where a provider says that an address is dead: a path into its event and the values that mean it.
_HARD: dict[Provider, tuple[tuple[Path, frozenset[str]], ...]] = {
    Provider.POSTMARK: ((("Type",), frozenset({"HardBounce", "BadEmailAddress"})),),
    Provider.MAILGUN: (
        (("event-data", "severity"), frozenset({"permanent"})),
        (("event",), frozenset({"bounced"})),
        (("reason",), frozenset({"hardfail"})),
    ),
    Provider.SENDGRID: (
        (("type",), frozenset({"bounce"})),
        (("reason",), frozenset({"Bounced Address", "Invalid"})),
    ),
    Provider.BREVO: ((("event",), frozenset({"hard_bounce", "invalid_email"})),),
    Provider.SES: ((("bounce", "bounceType"), frozenset({"Permanent"})),),
    Provider.MAILJET: ((("hard_bounce",), frozenset({"True"})),),
    Provider.MANDRILL: ((("event",), frozenset({"hard_bounce"})),),
    Provider.RESEND: ((("data", "bounce", "type"), frozenset({"Permanent"})),),
    Provider.SPARKPOST: ((("msys", "*", "bounce_class"), frozenset({"10", "30"})),),
    Provider.MAILERSEND: ((("type",), frozenset({"activity.hard_bounced"})),),
    Provider.MAILTRAP: ((("event",), frozenset({"bounce"})),),
    Provider.UNISENDER_GO: (
        (
            ("delivery_info", "delivery_status"),
            frozenset({"err_user_unknown", "err_user_inactive", "err_domain_inactive"}),
        ),
    ),
}


def to_receipt(event: AnymailTrackingEvent, provider: Provider) -> Receipt | None:
    """Return the receipt for one event, or None if it tells nothing about a message."""
    if event.event_type in _UNDELIVERED:
        kind, code = _bounce(event, provider)
    elif event.event_type in _KINDS:
        kind, code = _KINDS[event.event_type], ""
    else:
        return None
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    said = event.mta_response or event.description or ""
    return Receipt(
        kind=kind,
        at=event.timestamp or clock.now(),
        recipient=str(event.recipient or ""),
        provider_id=str(event.message_id or ""),
        message_id=str(metadata.get(METADATA_KEY) or ""),
        code=code,
        detail=one_line(str(said), 500),
        event_id=str(event.event_id or ""),
        url=str(event.click_url or ""),
    )


def _bounce(event: AnymailTrackingEvent, provider: Provider) -> tuple[ReceiptKind, str]:
    """Tell hard from soft from refused. In doubt it is soft: that silences nobody at once."""
    said = failure_in(str(event.mta_response or event.description or ""))
    code = said if said is not FailureCode.REFUSED else _REASONS.get(event.reject_reason or "")
    if said not in _NOT_THE_ADDRESS and says_hard(event.esp_event, provider):
        code = FailureCode.UNKNOWN_ADDRESS
    if code is FailureCode.UNKNOWN_ADDRESS:
        return ReceiptKind.HARD_BOUNCE, code
    bounced = event.event_type == EventType.BOUNCED
    kind = ReceiptKind.SOFT_BOUNCE if bounced else ReceiptKind.FAILED
    return kind, code or FailureCode.REFUSED


def says_hard(raw: Any, provider: Provider) -> bool:
    """Whether the provider itself calls the bounce permanent."""
    return any(
        str(value) in meaning
        for path, meaning in _HARD.get(provider, ())
        for value in _values(raw, path)
    )


def _values(raw: Any, path: Path) -> list[Any]:
    """Follow a path into nested mappings; `*` stands for any key."""
    found = [raw]
    for step in path:
        level = [one for one in found if isinstance(one, Mapping)]
        if step == "*":
            found = [value for one in level for value in one.values()]
        else:
            found = [one.get(step) for one in level]
    return found
