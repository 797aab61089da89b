"""Everything that is kept of one customer, as plain values: for a file, and for a page.

A newcomer's mistake: handing out what others wrote. Notes of staff are the store's own; answers to
the customer are in the customer's mailbox, and their texts belong to the message told.
"""

from decimal import Decimal
from typing import Any

from shopbell.consent.models import ConsentEvent
from shopbell.consent.queries import preferences
from shopbell.conversations.models import Conversation, Entry, EntryKind, Status
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.money import digits
from shopbell.messaging.models import Message
from shopbell.orders.models import Order

type Data = dict[str, Any]


def data_of(customer: Customer) -> Data:
    """Return what is kept of a customer; the values are strings, numbers, lists and the like."""
    return {
        "made_at": clock.now().isoformat(),
        "profile": _profile(customer),
        "identities": [
            {"kind": row.kind, "value": row.value, "verified": row.verified, "source": row.source}
            for row in customer.identities.order_by("created_at", "id")
        ],
        "consents": [_consent(row) for row in customer.consent_events.order_by("occurred_at")],
        "preferences": _preferences(customer),
        "orders": [_order(row) for row in _orders(customer)],
        "messages": [_message(row) for row in _messages(customer)],
        "conversations": [_words(row) for row in _entries(customer)],
    }


def open_talks(customer: Customer) -> list[Conversation]:
    """Return the conversations with a customer that are not resolved."""
    rows = Conversation.objects.filter(customer=customer, merged_into=None)
    return list(rows.exclude(status__in=(Status.RESOLVED, Status.SPAM)).order_by("number")[:10])


def _profile(customer: Customer) -> Data:
    names = (
        "first_name", "last_name", "email", "phone", "locale", "country", "timezone",
    )  # fmt: skip
    found: Data = {name: getattr(customer, name) for name in names}
    return found | {
        "first_seen": customer.first_seen_at.isoformat(),
        "last_seen": customer.last_seen_at.isoformat(),
    }


def _consent(row: ConsentEvent) -> Data:
    return {
        "purpose": row.purpose,
        "channel": row.channel,
        "topic": row.topic,
        "action": row.action,
        "wording": row.wording,
        "language": row.language,
        "source": row.source,
        "proof": row.proof,
        "at": row.occurred_at.isoformat(),
    }


def _preferences(customer: Customer) -> Data:
    wish = preferences([customer.pk]).get(customer.pk)
    if wish is None:
        return {}
    paused = wish.paused_until.isoformat() if wish.paused_until else None
    return {"frequency": wish.frequency, "paused_until": paused, "left_because": wish.left_because}


def _orders(customer: Customer) -> list[Order]:
    rows = customer.orders.filter(is_stub=False).prefetch_related("lines").defer("payload")
    return list(rows.order_by("placed_at", "id"))


def _order(row: Order) -> Data:
    return {
        "number": row.number,
        "placed_at": row.placed_at.isoformat() if row.placed_at else None,
        "status": row.status,
        "payment": row.payment,
        "currency": row.currency,
        "total": _amount(row.total, row.currency),
        "email": row.email,
        "phone": row.phone,
        "address": row.address,
        "note": row.note,
        "lines": [
            {
                "title": line.title,
                "variant": line.variant,
                "sku": line.sku,
                "quantity": line.quantity,
                "total": _amount(line.total, row.currency),
            }
            for line in row.lines.all()
        ],
    }


def _amount(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-digits(currency))) if currency else str(minor)


def _messages(customer: Customer) -> list[Message]:
    rows = Message.objects.filter(customer=customer)
    return list(
        rows.only("kind", "medium", "state", "subject", "to_address", "created_at", "sent_at")
        .order_by("created_at", "id")
    )  # fmt: skip


def _message(row: Message) -> Data:
    return {
        "kind": row.kind,
        "channel": row.medium,
        "to": row.to_address,
        "state": row.state,
        "subject": row.subject,
        "at": (row.sent_at or row.created_at).isoformat(),
    }


def _entries(customer: Customer) -> list[Entry]:
    rows = Entry.objects.filter(customer=customer, kind=EntryKind.INCOMING)
    rows = rows.select_related("conversation", "thread").prefetch_related("attachments")
    return list(rows.order_by("happened_at", "id"))


def _words(row: Entry) -> Data:
    return {
        "conversation": row.conversation.number,
        "subject": row.subject or row.conversation.subject,
        "channel": row.thread.medium if row.thread else row.conversation.medium,
        "text": row.text,
        "files": [each.name for each in row.attachments.all()],
        "at": row.happened_at.isoformat(),
    }
