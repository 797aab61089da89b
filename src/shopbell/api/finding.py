"""Finding what an address names: our id, or the id of the source.

A newcomer's mistake: a 403 for things of other stores. Inside the store's scope they do not exist.
"""

import uuid
from typing import Any

from django.db.models import Model, QuerySet

from shopbell.accounts.models import Staff
from shopbell.accounts.permissions import may
from shopbell.api.schemas.listing import as_uuid
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.normalise import email_key, phone_key
from shopbell.kit.errors import Forbidden, Invalid, NotFound
from shopbell.orders.models import Order
from shopbell.orders.ports import CustomerFacts

MOST = 200


def staff_of(email: str, field: str, permission: str = "") -> Staff:
    """Return the member of staff with this address, in whose name a program acts.

    Raises:
        Invalid: nobody has it; `field` is where it was given.
        Forbidden: they may not do this.
    """
    found = Staff.objects.select_related("user").filter(user__email=email.lower()).first()
    if found is None:
        raise Invalid("Nobody like that works here.", fields={field: "is not on the team"})
    if permission and not may(found, permission):
        raise Forbidden(f"{found.user} may not do this.")
    return found


def one[M: Model](rows: QuerySet[M], ref: str, noun: str) -> M:
    """Return the row whose id or source id is `ref`; the newest, if several sources use it.

    Raises:
        NotFound: there is none in this store.
    """
    key = as_uuid(ref)
    found = rows.filter(pk=key).first() if key is not None else None
    if found is None and "\0" not in ref:
        found = rows.filter(source_id=ref[:200]).order_by("-id").first()
    if found is None:
        raise NotFound(f"There is no {noun} {ref[:120]!r}.", remedy="Check the id.")
    return found


def orders_named(text: str) -> list[uuid.UUID]:
    """Return the ids of the orders whose id, source id or number is `text`."""
    rows = Order.objects.filter(number=text) | Order.objects.filter(source_id=text)
    key = as_uuid(text)
    if key is not None:
        rows = rows | Order.objects.filter(pk=key)
    return list(rows.values_list("pk", flat=True)[:MOST])


def customers_named(text: str) -> list[uuid.UUID]:
    """Return the ids of the customers whose id, e-mail, phone or shop id is `text`.

    Ids of shops are tried with every connected shop; `source:id` names any source.
    """
    values: list[tuple[str, str]] = []
    if email := email_key(text):
        values.append((IdentityKind.EMAIL, email))
    elif phone := phone_key(text):
        values.append((IdentityKind.PHONE, phone))
    values.append((IdentityKind.SHOP, text))  # source:id
    values += [(IdentityKind.SHOP, f"{source}:{text}"[:320]) for source in _sources()]
    rows = Identity.objects.filter(value__in=[value for _, value in values])
    found = {row.customer_id for row in rows if (row.kind, row.value) in values}
    key = as_uuid(text)
    if key is not None:
        found |= set(Customer.objects.filter(pk=key).values_list("pk", flat=True))
    return sorted(found)[:MOST]


def _sources() -> list[str]:
    shops = Connection.objects.filter(family="shop").values_list("connector", "slug")
    return [*(f"{connector}/{slug}" for connector, slug in shops), "api/default"]


def customer_of(source: str, fact: CustomerFacts) -> Customer | None:
    """Return the customer of whom `fact` speaks, if there is one."""
    keys: list[tuple[Any, str]] = []
    if fact.source_id:
        keys.append((IdentityKind.SHOP, f"{source}:{fact.source_id}"[:320]))
    if email := email_key(fact.email):
        keys.append((IdentityKind.EMAIL, email))
    if phone := phone_key(fact.phone, fact.country):
        keys.append((IdentityKind.PHONE, phone))
    for kind, value in keys:
        row = Identity.objects.select_related("customer").filter(kind=kind, value=value).first()
        if row is not None:
            return row.customer
    return None
