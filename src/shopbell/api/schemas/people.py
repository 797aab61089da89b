"""Customers, and whose key it is, as the API shows them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from shopbell.accounts.models import ApiKey
from shopbell.accounts.queries import requests_per_minute
from shopbell.api.schemas.listing import PageInfo
from shopbell.consent.models import ConsentEvent
from shopbell.consent.queries import current_consents
from shopbell.customers.models import Customer


class IdentityOut(BaseModel):
    """One address by which a customer is known."""

    kind: str = Field(description="email, phone, or shop (source:id).")
    value: str
    verified: bool


class PermissionOut(BaseModel):
    """The newest word about a permission."""

    purpose: str
    channel: str
    state: str = Field(description="granted, withdrawn or pending.")
    since: datetime


class CustomerOut(BaseModel):
    """A customer with addresses and permissions."""

    id: uuid.UUID
    first_name: str
    last_name: str
    email: str
    phone: str
    locale: str
    country: str
    timezone: str
    first_seen_at: datetime
    last_seen_at: datetime
    identities: list[IdentityOut]
    permissions: list[PermissionOut]


class CustomerList(PageInfo):
    """A page of customers."""

    items: list[CustomerOut]


class StoreOut(BaseModel):
    """A store."""

    slug: str
    name: str
    locale: str
    timezone: str
    currency: str
    domain: str


class KeyOut(BaseModel):
    """An API key, without the secret."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    requests_per_minute: int


class WhoAmI(BaseModel):
    """Whose key this is and what it may do."""

    store: StoreOut
    key: KeyOut


_PLAIN = (
    "id", "first_name", "last_name", "email", "phone", "locale", "country", "timezone",
    "first_seen_at", "last_seen_at",
)  # fmt: skip


def customers_out(customers: Sequence[Customer]) -> list[CustomerOut]:
    """Return customers whose identities are preloaded."""
    permissions: dict[uuid.UUID, list[ConsentEvent]] = {}
    for (person, _, _), event in current_consents([each.pk for each in customers]).items():
        permissions.setdefault(person, []).append(event)
    return [
        CustomerOut(
            **{name: getattr(customer, name) for name in _PLAIN},
            identities=[
                IdentityOut(kind=row.kind, value=row.value, verified=row.verified)
                for row in customer.identities.all()
            ],
            permissions=[
                PermissionOut(
                    purpose=event.purpose,
                    channel=event.channel,
                    state=event.action,
                    since=event.occurred_at,
                )
                for event in permissions.get(customer.pk, [])
            ],
        )
        for customer in customers
    ]


def who_am_i(key: ApiKey) -> WhoAmI:
    """Return whose key it is."""
    store = key.store
    return WhoAmI(
        store=StoreOut(
            slug=store.slug,
            name=store.name,
            locale=store.locale,
            timezone=store.timezone,
            currency=store.currency,
            domain=store.domain,
        ),
        key=KeyOut(
            name=key.name,
            prefix=key.prefix,
            scopes=key.scopes,
            expires_at=key.expires_at,
            requests_per_minute=requests_per_minute(key),
        ),
    )
