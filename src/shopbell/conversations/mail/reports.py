"""Bounces and delays: news about a mail of ours, told where that mail is shown.

A newcomer's mistake: believing a bounce that names no mail of ours. Anybody can write one; only who
got our mail knows its Message-ID.
"""

from shopbell.accounts.models import Store
from shopbell.connections.intake import Item, Result
from shopbell.connections.models import IntakeState
from shopbell.conversations.actions.status import set_status
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.mail.belonging import references_of
from shopbell.conversations.models import Entry, Status
from shopbell.kit.mail.reading import Mail, Nature
from shopbell.messaging.actions import apply_receipts
from shopbell.messaging.models import Message
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind
from shopbell.messaging.queries import messages_by_message_ids


def take_report(store: Store, item: Item, mail: Mail) -> Result:
    """Write down what a delivery report says about a mail of ours."""
    message = _message_of(mail)
    if message is None:
        return Result(IntakeState.UNUSED, "A delivery report about no mail of ours.")
    kind, code = _verdict(mail, message)
    reason = mail.bounce.reason if mail.bounce else ""
    receipt = Receipt(
        kind=kind,
        at=item.received_at,
        recipient=mail.bounce.recipient if mail.bounce else "",
        message_id=message.message_id,
        code=code,
        detail=reason,
        event_id=f"mail:{item.id}",
    )
    apply_receipts(store=store, receipts=[receipt])
    if kind != ReceiptKind.DEFERRED:
        _tell_desk(message, kind, reason)
    return Result(IntakeState.DONE, f"A delivery report about {message}.")


def _message_of(mail: Mail) -> Message | None:
    named = [mail.bounce.original_message_id] if mail.bounce else []
    named = [name for name in (*named, *references_of(mail)) if name]
    found = {message.message_id: message for message in messages_by_message_ids(named)}
    return next((found[name] for name in named if name in found), None)


def _verdict(mail: Mail, message: Message) -> tuple[ReceiptKind, str]:
    """Say what happened. Only a clear word about the very address blocks it."""
    if mail.nature == Nature.DELAYED or mail.bounce is None:
        return ReceiptKind.DEFERRED, ""
    about = mail.bounce.recipient.lower()
    if mail.bounce.hard and about in ("", message.to_address.lower()):
        return ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS
    full = mail.bounce.status.endswith((".2.2", ".3.1"))
    return ReceiptKind.SOFT_BOUNCE, FailureCode.MAILBOX_FULL if full else "soft_bounce"


def _tell_desk(message: Message, kind: ReceiptKind, reason: str) -> None:
    """An answer that came back opens its conversation: the customer does not know it."""
    entry = Entry.objects.filter(outgoing=message).select_related("conversation").first()
    if entry is None:
        return
    conversation = locked(entry.conversation)
    word = "could not be delivered" if kind == ReceiptKind.HARD_BOUNCE else "came back"
    log_activity(
        conversation, f"The answer to {message.to_address} {word}: {reason or 'no reason given'}"
    )
    if conversation.status in (Status.PENDING, Status.RESOLVED, Status.SNOOZED):
        set_status(conversation=conversation, status=Status.OPEN, by=None)
    tell_pages(conversation)
