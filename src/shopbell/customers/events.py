"""Facts about people."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbell.events.registry import Fact, event


@event("customer.added", subject="customer_id")
@dataclass(frozen=True)
class CustomerAdded(Fact):
    """Somebody was seen for the first time."""

    customer_id: uuid.UUID


@event("customer.consent_reported", subject="customer_id")
@dataclass(frozen=True)
class ConsentReported(Fact):
    """A shop told about a permission."""

    customer_id: uuid.UUID
    channel: str
    granted: bool
    pending: bool
    double_opt_in: bool
    changed_at: datetime | None
    source: str
    purpose: str = "marketing"


@event("customer.did", subject="customer_id")
@dataclass(frozen=True)
class CustomerDid(Fact):
    """Somebody did what only the merchant knows about; an event of the API told it.

    `did` is the merchant's own word for it, `data` what the event said besides.
    """

    customer_id: uuid.UUID
    did: str
    data: dict[str, Any]
    source: str = ""


@event("customer.erased", subject="customer_id")
@dataclass(frozen=True)
class CustomerErased(Fact):
    """What names somebody was erased. `by`: who of the staff did it."""

    customer_id: uuid.UUID
    by: str = ""


@event("customer.changed", subject="")
@dataclass(frozen=True)
class CustomersChanged(Fact):
    """What is known of people changed without being news by itself; for whoever keeps figures.

    `about`: person, orders, consent. `historic`: history became known, as by an import.
    """

    customer_ids: list[str]
    about: list[str]
    historic: bool = False
