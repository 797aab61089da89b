"""The exception for existing customers: offers by e-mail without a permission, within four bounds.

Off unless the store switches it on. It holds for an address that came with an order, for own
similar goods, where the customer was told at the order (and is told in each mail), and as long as
they never objected. It ends some months after the last order. A newcomer's mistake: treating it as
a permission. Nothing is written down as granted, and one objection ends it for good.
"""

import calendar
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce, Lower, Trim

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentAction, ConsentEvent, Suppression, SuppressionReason
from shopbell.consent.queries import address_hash
from shopbell.customers.models import Customer
from shopbell.orders.models import Order
from shopbell.orders.ports import OrderStatus

KEY = "soft_opt_in"
PURPOSE, CHANNEL = "marketing", "email"
MONTHS, MOST_MONTHS = 24, 60
# An objection counts though it was lifted later; a plea that a person understood otherwise is none.
OBJECTIONS = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.COMPLAINT,
    SuppressionReason.MANUAL,
    SuppressionReason.OPTED_OUT,
)
PLEA = SuppressionReason.ASKED


@dataclass(frozen=True, slots=True)
class SoftOptIn:
    """What a store stated. `notice_since`: from that day on its checkout tells buyers.

    `topics`: those that are about own similar goods. A message without one of them is not covered,
    since nothing says what it is about.
    """

    countries: tuple[str, ...]
    topics: tuple[str, ...]
    notice_since: date
    months: int = MONTHS
    zone: str = "UTC"

    def told_from(self) -> datetime:
        """Return the moment from which on buyers were told."""
        return datetime.combine(self.notice_since, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def last_order_from(self, now: datetime) -> datetime:
        """Return how old the last order may be at most."""
        months = now.year * 12 + now.month - 1 - self.months
        year, month = divmod(months, 12)
        last_day = calendar.monthrange(year, month + 1)[1]
        return now.replace(year=year, month=month + 1, day=min(now.day, last_day))

    def bought_from(self, now: datetime) -> datetime:
        """Return from when on an order counts: they were told then, and it is not too old."""
        return max(self.told_from(), self.last_order_from(now))


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of a customer: their last order by the address of their card, objections."""

    email: str
    country: str
    bought_at: datetime | None
    has_objected: bool


def soft_opt_in_of(store: Store) -> SoftOptIn | None:
    """Return what the store stated; None: the exception is off, or half of it is missing."""
    raw = (store.policies or {}).get(KEY)
    if not isinstance(raw, Mapping):
        return None
    try:
        since, months = date.fromisoformat(str(raw["notice_since"])), int(raw.get("months", MONTHS))
    except (KeyError, TypeError, ValueError):
        return None
    countries = _words(raw.get("countries"))
    if not countries or not 1 <= months <= MOST_MONTHS:
        return None
    topics = _words(raw.get("topics"))
    return SoftOptIn(countries, topics, since, months, store.timezone or "UTC")


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def buyers(store: Store, customers: Collection[uuid.UUID]) -> dict[uuid.UUID, Buyer]:
    """Return what the exception asks about customers, in three queries however many there are."""
    people = Customer.objects.filter(pk__in=customers, erased_at=None).only(
        "email", "phone", "country"
    )
    rows = list(people)
    bought, against = _bought(customers), _objectors(store, rows)
    return {
        row.pk: Buyer(row.email, row.country.upper(), bought.get(row.pk), row.pk in against)
        for row in rows
    }


def _bought(customers: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    orders = (
        Order.objects.filter(customer_id__in=customers, is_stub=False, is_test=False)
        .exclude(status=OrderStatus.CANCELLED)
        .exclude(email="")
        .alias(said=Lower(Trim("email")), known=Lower(Trim("customer__email")))
        .filter(said=F("known"))
    )
    latest = orders.order_by().values("customer_id")
    pairs = latest.annotate(at=Max(Coalesce("placed_at", "created_at")))
    return {row["customer_id"]: row["at"] for row in pairs}


def _objectors(store: Store, rows: Collection[Customer]) -> set[uuid.UUID]:
    owners: dict[str, set[uuid.UUID]] = {}
    for row in rows:
        for medium, address in (
            ("email", row.email),
            ("sms", row.phone),
            ("whatsapp", row.phone),
        ):
            if address:
                owners.setdefault(address_hash(store, medium, address), set()).add(row.pk)
    said = Q(reason__in=OBJECTIONS) | Q(reason=PLEA, lifted_at=None)
    blocks = Suppression.objects.filter(
        said, address_hash__in=list(owners), scope__in=("*", PURPOSE)
    )
    found = {key for block in blocks for key in owners[block.address_hash]}
    withdrawn = ConsentEvent.objects.filter(
        customer__in=rows, purpose=PURPOSE, action=ConsentAction.WITHDRAWN
    )
    return found | set(withdrawn.values_list("customer_id", flat=True))


def objection(
    soft: SoftOptIn, buyer: Buyer | None, *, now: datetime, address: str, topic: str | None
) -> str:
    """Say why the exception does not hold; "" means that it does.

    `topic` None leaves out what the message is about: for a look at the person alone.
    """
    if buyer is None or not buyer.email or buyer.email.strip().lower() != address.strip().lower():
        return "The address did not come with an order."
    if buyer.has_objected:
        return "They objected before."
    if buyer.bought_at is None:
        return "The address did not come with an order."
    if buyer.bought_at < soft.told_from():
        return "At their last order they were not told yet that they would get offers."
    if buyer.bought_at < soft.last_order_from(now):
        return f"Their last order is more than {soft.months} months ago."
    if buyer.country not in soft.countries:
        where = f"in {buyer.country}" if buyer.country else "where no country is known"
        return f"It does not hold {where}."
    if topic is not None and topic not in soft.topics:
        return "It is not about similar goods of your own."
    return ""
