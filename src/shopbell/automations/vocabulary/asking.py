"""What a rule of the desk can ask about a conversation, its customer and the order."""

from datetime import datetime
from typing import Any

from shopbell.connections.models import Connection
from shopbell.conversations.listing import MEDIA
from shopbell.conversations.models import Mood, Priority, Status, Team
from shopbell.conversations.queries import people_to_assign
from shopbell.conversations.rulebook import Case, Choices, Condition, add_condition
from shopbell.kit.money import digits
from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus
from shopbell.orders.standing import payment_says, standing
from shopbell.web.formats import zone_of
from shopbell.web.states import PARCEL_SAYS

NOBODY = "nobody"
LANGUAGES = (
    ("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"), ("it", "Italian"),
    ("nl", "Dutch"), ("pt", "Portuguese"), ("pl", "Polish"), ("ar", "Arabic"), ("sv", "Swedish"),
    ("da", "Danish"), ("nb", "Norwegian"), ("fi", "Finnish"), ("cs", "Czech"), ("tr", "Turkish"),
)  # fmt: skip


def people() -> Choices:
    """Offer nobody, then the staff."""
    return [(NOBODY, "nobody"), *((str(user.pk), str(user)) for user in people_to_assign())]


def inboxes() -> Choices:
    """Offer the inboxes of the store."""
    rows = Connection.objects.filter(family="channel").order_by("name", "slug")
    return [(str(row.pk), str(row.name or row.address or row.slug)) for row in rows]


def teams() -> Choices:
    """Offer no team, then the teams."""
    return [(NOBODY, "no team"), *((str(t.pk), t.name) for t in Team.objects.order_by("name"))]


def _text(case: Case) -> str:
    return case.words.text if case.words else ""


def _subject(case: Case) -> str:
    words = case.words
    return (words.subject if words else "") or case.conversation.subject


def _said(case: Case) -> str:
    subject, text = _subject(case), _text(case)
    return text if text.startswith(subject) else f"{subject}\n{text}"


def _language(case: Case) -> str:
    customer = case.conversation.customer
    found = case.conversation.locale or (customer.locale if customer else "")
    return found.replace("_", "-").partition("-")[0].lower()


def _hours(since: datetime | None, case: Case) -> float | None:
    return None if since is None else (case.now - since).total_seconds() / 3600


def _parcel(case: Case) -> str:
    order = case.conversation.order
    return standing(order).status if order is not None and case.parcels else ""


def _order(name: str) -> Any:
    def read(case: Case) -> Any:
        order = case.conversation.order
        if order is None or order.is_stub:
            return None
        return getattr(order, name)

    return read


def _order_total(case: Case) -> float | None:
    order = case.conversation.order
    return None if order is None or order.is_stub else _major(order.total, order.currency)


def _major(amount: int, currency: str) -> float:
    return float(amount / 10 ** digits(currency))


def _customer(name: str) -> Any:
    def read(case: Case) -> Any:
        customer = case.conversation.customer
        return None if customer is None else getattr(customer, name)

    return read


def _spent(case: Case) -> float | None:
    customer = case.conversation.customer
    if customer is None:
        return None
    rows = customer.orders.filter(is_stub=False, currency=case.store.currency)
    totals = rows.exclude(status=OrderStatus.CANCELLED).values_list("total", "refunded")
    return _major(sum(total - refunded for total, refunded in totals), case.store.currency)


def _orders(case: Case) -> int | None:
    customer = case.conversation.customer
    return None if customer is None else customer.orders.filter(is_stub=False).count()


def _day_of_week(case: Case) -> str:
    return str(case.now.astimezone(zone_of(case.store.timezone)).weekday())


_DAYS = tuple(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)
_HERE, _WHO, _WHAT = "Conversation", "Customer", "Order and parcel"

for _each in (
    Condition("subject", _HERE, "the subject", "text", _subject),
    Condition("text", _HERE, "the message", "text", _text),
    Condition(
        "said", _HERE, "the subject or the message", "text", _said
    ),
    Condition(
        "medium", _HERE, "the channel", "choice", lambda case: case.conversation.medium,
        choices=lambda: list(MEDIA.items()),
    ),
    Condition(
        "inbox", _HERE, "the inbox", "choice", lambda case: str(case.conversation.inbox_id or ""),
        choices=inboxes,
    ),
    Condition(
        "status", _HERE, "the status", "choice", lambda case: case.conversation.status,
        choices=lambda: [(str(value), str(label).lower()) for value, label in Status.choices],
    ),
    Condition(
        "priority", _HERE, "the priority", "choice", lambda c: str(c.conversation.priority),
        choices=lambda: [(str(value), str(label).lower()) for value, label in Priority.choices],
    ),
    Condition(
        "mood", _HERE, "how the customer sounds", "choice",
        lambda case: str(case.conversation.mood or Mood.NONE.label),
        choices=lambda: [(str(value or label), str(label)) for value, label in Mood.choices],
    ),
    Condition(
        "owner", _HERE, "the owner", "choice",
        lambda case: str(case.conversation.owner_id or NOBODY), choices=people,
    ),
    Condition(
        "team", _HERE, "the team", "choice",
        lambda case: str(case.conversation.team_id or NOBODY), choices=teams,
    ),
    Condition("tags", _HERE, "the conversation", "tags", lambda case: case.conversation.tags),
    Condition(
        "messages", _HERE, "the number of messages", "number",
        lambda case: case.conversation.message_count,
    ),
    Condition(
        "hours_waiting", _HERE, "the time the customer waits", "number",
        lambda case: _hours(case.conversation.waiting_since, case), unit="hours",
    ),
    Condition(
        "hours_old", _HERE, "the age of the conversation", "number",
        lambda case: _hours(case.conversation.created_at, case), unit="hours",
    ),
    Condition(
        "weekday", _HERE, "the day of the week", "choice", _day_of_week,
        choices=lambda: [(str(number), name) for number, name in _DAYS],
    ),
    Condition(
        "language", _WHO, "the language", "choice", _language, choices=lambda: LANGUAGES
    ),
    Condition("country", _WHO, "the country (two letters)", "text", _customer("country")),
    Condition("email", _WHO, "the e-mail address", "text", _customer("email")),
    Condition("orders", _WHO, "the number of orders", "number", _orders),
    Condition("spent", _WHO, "the amount spent so far", "number", _spent),
    Condition(
        "order", _WHAT, "an order", "choice",
        lambda case: "yes" if case.conversation.order_id else "no",
        choices=lambda: [("yes", "known"), ("no", "unknown")],
    ),
    Condition(
        "order_status", _WHAT, "the order", "choice", _order("status"),
        choices=lambda: [(str(status), str(status).replace("_", " ")) for status in OrderStatus],
    ),
    Condition(
        "payment", _WHAT, "the payment", "choice", _order("payment"),
        choices=lambda: [
            (str(status), payment_says(status) or "unknown") for status in PaymentStatus
        ],
    ),
    Condition("order_total", _WHAT, "the total of the order", "number", _order_total),
    Condition("order_tags", _WHAT, "the order", "tags", _order("tags")),
    Condition(
        "parcel", _WHAT, "the parcel", "choice", _parcel,
        choices=lambda: [
            ("", "not sent yet"),
            *((str(each), PARCEL_SAYS.get(each, each).lower()) for each in ShipmentStatus),
        ],
    ),
):  # fmt: skip
    add_condition(_each)
