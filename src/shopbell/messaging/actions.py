"""Writes about messages: queue, resend, cancel, release, take receipts in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.actions import suppress_address
from shopbell.customers.models import Customer
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict
from shopbell.messaging.gate import COPIES, STATE_OF, WAITS, Answer, decide
from shopbell.messaging.logbook import write_log as write_log
from shopbell.messaging.models import Message, MessageLog
from shopbell.messaging.optouts import TOLD_PROVIDER, opt_out_scope, what_may_be_left
from shopbell.messaging.plans import close_plan, fail_over, media_after
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import FailureCode, Medium, Receipt, ReceiptKind
from shopbell.messaging.states import COMPLAINED, OPEN, ORPHANED, SILENT, State, advances
from shopbell.orders.models import Order, Shipment
from shopbell.web.live import announce

JUDGING = "judging"  # the lock that judges of a store's messages share


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be queued. `business_key` makes it exist once per store."""

    business_key: str
    kind: str
    purpose: str
    media: tuple[str, ...]
    customer: Customer | None = None
    order: Order | None = None
    shipment: Shipment | None = None
    locale: str = ""
    to_name: str = ""
    to_address: str = ""
    due_at: datetime | None = None
    not_after: datetime | None = None
    ignore_quiet: bool = True
    origin: str = "rule"
    data: dict[str, Any] = field(default_factory=dict)
    resend_of: Message | None = None
    waits: dict[str, int] = field(default_factory=dict)  # see `fallback.py`
    tried_before: Message | None = None


@transaction.atomic
def queue_messages(*, drafts: Sequence[Draft]) -> int:
    """Queue messages; known business keys are left alone. Returns how many are new."""
    if not drafts:
        return 0
    taken = set(
        Message.objects.filter(business_key__in=[d.business_key for d in drafts]).values_list(
            "business_key", flat=True
        )
    )
    rows = [_row(d) for d in drafts if d.business_key not in taken]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake("outbox")
        announce(current_store_id(), "messages")
    return len(rows)


def unsent(draft: Draft) -> Message:
    """Return the message a draft would become, with what it is about, not stored."""
    row = _row(draft)
    row.customer, row.order, row.shipment = draft.customer, draft.order, draft.shipment
    return row


def _row(draft: Draft) -> Message:
    now = clock.now()
    return Message.fresh(
        business_key=draft.business_key[:200],
        kind=draft.kind,
        purpose=draft.purpose,
        medium=draft.media[0] if draft.media else "",
        media=list(draft.media),
        customer_id=draft.customer.pk if draft.customer else None,
        order_id=draft.order.pk if draft.order else None,
        shipment_id=draft.shipment.pk if draft.shipment else None,
        data=draft.data,
        locale=_locale(draft),
        to_name=draft.to_name[:200],
        to_address=draft.to_address[:320],
        ignore_quiet=draft.ignore_quiet,
        origin=draft.origin,
        resend_of_id=draft.resend_of.pk if draft.resend_of else None,
        waits=draft.waits,
        tried_before_id=draft.tried_before.pk if draft.tried_before else None,
        due_at=draft.due_at or now,
        not_after=draft.not_after,
        created_at=now,
        attempts=0,
        failures=0,
        click_count=0,
        resends=0,
    )


def _locale(draft: Draft) -> str:
    """Return the language: as the customer chose it, else as the draft says."""
    chosen = draft.customer.chosen_locale if draft.customer else ""
    if not chosen or draft.locale[:2] == chosen[:2]:
        return draft.locale[:20]  # de-AT is German too
    return chosen


@transaction.atomic
def send_directly(*, store: Store, draft: Draft) -> Message:
    """Send over a channel that is this database itself (the widget): judged and sent at once."""
    row = _row(draft)
    [verdict] = decide(store, [row])
    row.reason, row.reason_text = verdict.reason, verdict.text[:500]
    content = draft.data.get("content", {})
    row.text = str(content.get("text", ""))
    if verdict.answer == Answer.SEND and verdict.route is not None:
        row.state, row.connection = State.SENT, verdict.route.connection
        row.handed_at = row.sent_at = row.closed_at = clock.now()
    else:
        row.state = STATE_OF.get(verdict.answer, State.HELD)
    row.save(force_insert=True)
    write_log(row, row.state, row.reason_text)
    announce(row.store_id, "messages")
    return row


@transaction.atomic
def resend_message(*, message: Message, by: str) -> Message:
    """Queue the same message anew. The old one stays in the ledger as it is.

    Pressed twice, it is one: while the further one is on its way, that one is returned.

    Raises:
        Conflict: while the first one is still on its way.
    """
    if message.state in OPEN - {State.HELD}:
        raise Conflict(
            "This message is still on its way.", remedy="Wait until it is sent or has failed."
        )
    first = Message.objects.select_for_update().get(pk=message.resend_of_id or message.pk)
    running = Message.objects.filter(resend_of=first, state__in=OPEN - {State.HELD}).first()
    if running is not None:
        return running
    number = Message.objects.filter(resend_of=first).count() + 1
    draft = Draft(
        business_key=f"{first.business_key}:again:{number}"[:200],
        kind=message.kind,
        purpose=message.purpose,
        media=tuple(message.media),
        customer=message.customer,
        order=message.order,
        shipment=message.shipment,
        locale=message.locale,
        to_name=message.to_name,
        to_address=message.to_address,
        data=message.data,
        origin="agent" if message.origin == "agent" else "resend",
        resend_of=first,
    )
    queue_messages(drafts=[draft])
    fresh = Message.objects.get(business_key=draft.business_key)
    write_log(message, message.state, f"Sent again by {by}.")
    if message.state == State.HELD:
        message.state, message.reason_text = State.SKIPPED, f"Sent again by {by}."
        message.closed_at = clock.now()
        message.save(update_fields=["state", "reason_text", "closed_at"])
    return fresh


@transaction.atomic
def cancel_message(*, message: Message, by: str) -> None:
    """Stop a message that has not left yet."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.state not in (State.QUEUED, State.HELD, State.CLAIMED):
        raise Conflict("This message has left already.", kept="Nothing was changed.")
    row.state, row.reason, row.reason_text = State.SKIPPED, "cancelled", f"Stopped by {by}."
    row.closed_at = clock.now()
    row.save(update_fields=["state", "reason", "reason_text", "closed_at"])
    write_log(row, State.SKIPPED, row.reason_text)
    announce(row.store_id, "messages")


@transaction.atomic
def judge_waiting_anew() -> int:
    """Let messages that wait for a decent hour or a budget be judged now, by changed rules."""
    rows = Message.objects.filter(state=State.QUEUED, reason__in=WAITS)
    count = rows.update(due_at=clock.now())
    if count:
        wake("outbox")
    return count


@transaction.atomic
def release_held(*, reason: str = "") -> int:
    """Put held messages back in the queue (of one reason, or all); the gate judges them anew."""
    rows = Message.objects.filter(state=State.HELD)
    return release(rows=rows.filter(reason=reason) if reason else rows)


@transaction.atomic
def release(*, rows: QuerySet[Message]) -> int:
    """Put these messages back in the queue, as far as they are held; the gate judges them anew.

    What comes too late by now keeps its reason, so that the gate can say what it waited for.
    What is being judged meanwhile is waited for: held by what was true before, it would stay held.
    """
    lock_in_transaction(JUDGING, current_store_id())
    now = clock.now()
    late = When(not_after__lt=now, then=F("reason")), When(not_after__lt=now, then=F("reason_text"))
    count = rows.filter(state=State.HELD).update(
        state=State.QUEUED,
        reason=Case(late[0], default=Value("")),
        reason_text=Case(late[1], default=Value("")),
        lease_until=None,
        due_at=now,
    )
    if count:
        wake("outbox")
        announce(current_store_id(), "messages")
    return count


_UNTIL_MOST = 500  # messages that one receipt about "all until then" speaks of
_STATE_OF = {
    ReceiptKind.ACCEPTED: State.SENT,
    ReceiptKind.DELIVERED: State.DELIVERED,
    ReceiptKind.OPENED: State.READ,
    ReceiptKind.CLICKED: State.READ,
    ReceiptKind.READ: State.READ,
    ReceiptKind.HARD_BOUNCE: State.FAILED,
    ReceiptKind.SOFT_BOUNCE: State.FAILED,
    ReceiptKind.FAILED: State.FAILED,
}
_SENTENCES = {
    ReceiptKind.ACCEPTED: "The provider took it.",
    ReceiptKind.DELIVERED: "Arrived.",
    ReceiptKind.OPENED: "Opened.",
    ReceiptKind.CLICKED: "A link in it was followed.",
    ReceiptKind.READ: "Read.",
    ReceiptKind.DEFERRED: "The other side asked the provider to wait.",
    ReceiptKind.SOFT_BOUNCE: "Refused for now by the other side.",
    ReceiptKind.HARD_BOUNCE: "The address does not exist.",
    ReceiptKind.COMPLAINT: "Reported as spam by the customer.",
    ReceiptKind.UNSUBSCRIBED: "The customer unsubscribed at the provider.",
    ReceiptKind.FAILED: "The provider could not deliver it.",
}


# What a receipt may change of a message.
_PROVEN = ["state", "reason", "reason_text", "fallback_at", "provider_id", "click_count"] + [
    f"{what}_at" for what in ("clicked", "read", "delivered", "sent", "closed")
]


class Sent:
    """The messages that a batch of receipts speaks of, found and locked in one go."""

    def __init__(self, receipts: Sequence[Receipt]) -> None:
        self._known: dict[uuid.UUID, Message] = {}
        self._by_message_id = self._find("message_id", {r.message_id for r in receipts})
        self._by_provider_id = self._find("provider_id", {r.provider_id for r in receipts})
        events = {event_id_of(receipt) for receipt in receipts}
        told = MessageLog.objects.filter(message__in=self._known, event_id__in=events)
        self._told = set(told.values_list("message_id", "event_id")) if self._known else set()

    def _find(self, name: str, values: set[str]) -> dict[str, Message]:
        values.discard("")
        if not values:
            return {}
        rows = Message.objects.select_for_update(of=("self",)).defer("html", "text")
        # The second condition is that of the index.
        rows = rows.filter(**{f"{name}__in": values}).exclude(**{name: ""}).order_by("-id")
        return {getattr(row, name): self._known.setdefault(row.pk, row) for row in rows}

    def spoken_of(self, receipt: Receipt) -> Message | None:
        """Return the message of a receipt."""
        found = self._by_message_id.get(receipt.message_id)
        return found or self._by_provider_id.get(receipt.provider_id)

    def same(self, row: Message) -> Message:
        """Return the message if it is here, else the row: there is one object for each."""
        return self._known.get(row.pk, row)

    def was_told(self, message: Message, event_id: str) -> bool:
        """Return whether a message's history has an event, and note that it will have it."""
        if message.pk not in self._known:
            return message.log.filter(event_id=event_id).exists()
        if (message.pk, event_id) in self._told:
            return True
        self._told.add((message.pk, event_id))
        return False


def event_id_of(receipt: Receipt) -> str:
    """Return by what a receipt is known when it comes again."""
    return (receipt.event_id or f"{receipt.kind}:{receipt.at.isoformat()}")[:200]


@transaction.atomic(savepoint=False)
def apply_receipts(
    *,
    store: Store,
    receipts: Sequence[Receipt],
    connection: Connection | None = None,
    sent: Sent | None = None,
) -> int:
    """Take in news about sent messages. Returns how many spoke of a message of ours.

    `connection`: the account they came by; without it nothing is said about "all until then".
    `sent`: what a batch of which these are a part speaks of, loaded beforehand.

    States only move forward; a late "delivered" settles a doubt; bounces and complaints become
    suppressions with their scope. The same receipt twice changes nothing.
    """
    matched = 0
    sent = sent or Sent(receipts)
    for receipt in receipts:
        for message in _messages_of(receipt, connection, sent):
            matched += 1
            _apply_receipt(store, message, receipt, sent)
    if matched:
        announce(store.pk, "messages")
    return matched


def _messages_of(receipt: Receipt, connection: Connection | None, sent: Sent) -> list[Message]:
    if receipt.until is None:
        message = sent.spoken_of(receipt)
        return [message] if message is not None else []
    if connection is None:
        return []
    before = (
        [State.SENT] if receipt.kind == ReceiptKind.DELIVERED else [State.SENT, State.DELIVERED]
    )
    rows = Message.objects.select_for_update(of=("self",)).filter(
        connection=connection,
        to_address=receipt.recipient,
        handed_at__lte=receipt.until,
        state__in=before,
    )
    return [sent.same(row) for row in rows.order_by("-handed_at", "id")[:_UNTIL_MOST]]


def _apply_receipt(store: Store, message: Message, receipt: Receipt, sent: Sent) -> None:
    event_id = event_id_of(receipt)
    if sent.was_told(message, event_id):
        return
    copied = _copied(message, receipt)
    if copied:  # news about a copy: the message itself may well have arrived
        write_log(message, message.state, f"{copied}: {_SENTENCES[receipt.kind]}", event_id)
        _block(store, message, receipt, address=copied)
        return
    state = _STATE_OF.get(receipt.kind)
    if state is not None and advances(message.state, state):
        message.state = state
        if state in (State.DELIVERED, State.READ) and media_after(message):
            close_plan(message, receipt.at)
        if state == State.FAILED:
            fail_over(message)
            message.reason = receipt.code or str(receipt.kind)
            message.reason_text = (receipt.detail or _SENTENCES[receipt.kind])[:500]
        elif message.reason in (SILENT, ORPHANED):
            message.reason = message.reason_text = ""
    if receipt.kind == ReceiptKind.COMPLAINT:
        message.reason, message.reason_text = COMPLAINED, _SENTENCES[receipt.kind][:500]
    _stamp(message, receipt)
    message.save(update_fields=_PROVEN)
    said = f" {receipt.detail}" if receipt.detail else ""
    write_log(message, message.state, _sentence(receipt, message) + said, event_id)
    _block(store, message, receipt)


def _sentence(receipt: Receipt, message: Message) -> str:
    if receipt.kind == ReceiptKind.DELIVERED and message.medium == Medium.EMAIL:
        return "Arrived in the mailbox."
    return _SENTENCES[receipt.kind]


def _stamp(message: Message, receipt: Receipt) -> None:
    """Note the times a receipt proves."""
    kind = receipt.kind
    if kind == ReceiptKind.CLICKED:
        message.clicked_at = message.clicked_at or receipt.at
        message.click_count += 1
    if kind in (ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.READ):
        message.read_at = message.read_at or receipt.at
    if _STATE_OF.get(kind) in (State.DELIVERED, State.READ):
        message.delivered_at = message.delivered_at or receipt.at
    if _STATE_OF.get(kind) in (State.SENT, State.DELIVERED, State.READ):
        message.sent_at = message.sent_at or receipt.at
        message.closed_at = message.closed_at or clock.now()
    if _STATE_OF.get(kind) == State.FAILED:
        message.closed_at = clock.now()
    message.provider_id = message.provider_id or receipt.provider_id[:200]


def _copied(message: Message, receipt: Receipt) -> str:
    """Return the address a receipt is about if it is that of a copy, else ""."""
    about = receipt.recipient.strip().lower()
    if not about or about == message.to_address.lower():
        return ""
    copies = [str(each) for name in COPIES for each in message.data.get(name, ())]
    return next((each for each in copies if each.lower() == about), "")


def _block(store: Store, message: Message, receipt: Receipt, *, address: str = "") -> None:
    """Turn bounces, complaints and unsubscribes into suppressions of the right width."""
    address = address or message.to_address
    if receipt.kind == ReceiptKind.HARD_BOUNCE:
        reason, scope = "hard_bounce", "*"
    elif receipt.kind == ReceiptKind.COMPLAINT:
        reason, scope = "complaint", "marketing"
        if message.purpose == "order_updates":
            scope = "order_updates"
    elif receipt.code == FailureCode.OPTED_OUT:
        reason, scope = "opted_out", opt_out_scope(message)
    elif receipt.kind == ReceiptKind.UNSUBSCRIBED:
        reason, scope = "unsubscribed", what_may_be_left(message.purpose)
    elif receipt.kind == ReceiptKind.SOFT_BOUNCE and _soft_bounces(store, address):
        reason, scope = "soft_bounces", "*"
    else:
        return
    suppress_address(
        store=store,
        medium=message.medium,
        address=address,
        reason=reason,
        scope=scope,
        detail=TOLD_PROVIDER if reason == "opted_out" else receipt.detail,
    )


def _soft_bounces(store: Store, address: str) -> bool:
    """Return whether the last messages to an address all bounced softly, too often."""
    limit = policy_of(store).soft_bounce_limit
    recent = Message.objects.filter(to_address=address).exclude(handed_at=None)
    last = list(recent.order_by("-handed_at").values_list("reason", flat=True)[: limit + 1])
    return len(last) > limit and all(reason in ("soft_bounce", "mailbox_full") for reason in last)
