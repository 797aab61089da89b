"""Customers in and out. Erasing one is not done by API: it is a request with a deadline."""

from typing import Any

from django.db.models import QuerySet
from ninja import Query, Status
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.canonical import Source, read_fact, record
from shopbell.api.finding import customer_of, customers_named
from shopbell.api.schemas.listing import Paged, Word, page
from shopbell.api.schemas.people import CustomerList, CustomerOut, customers_out
from shopbell.customers.models import Customer
from shopbell.kit.errors import Invalid, NotFound
from shopbell.orders.ports import CustomerFacts


class CustomerFilter(Paged):
    """Which customers."""

    customer: Word = Field(default="", description="Our id, e-mail, phone, or the shop's id.")


@endpoint("GET", "/customers", scope="customers:read", answers={200: CustomerList}, tag="Customers")
def list_customers(request: ApiRequest, query: Query[CustomerFilter]) -> CustomerList:
    """List customers, newest first."""
    rows = _customers()
    if query.customer:
        rows = rows.filter(pk__in=customers_named(query.customer))
    found, following = page(rows, query)
    return CustomerList(items=customers_out(found), next=following)


@endpoint(
    "POST",
    "/customers",
    scope="customers:write",
    answers={200: CustomerOut, 201: CustomerOut},
    tag="Customers",
    body="customer",
)
def put_customer(request: ApiRequest, query: Query[Source]) -> Any:
    """Tell what you know of a customer, with the permissions you hold.

    Known by your id, else by e-mail, else by phone. Empty fields never replace anything.
    Permissions are added to the history of the customer a moment later.
    """
    fact = read_fact(CustomerFacts, "customer", request, query)
    if fact.deleted:
        raise Invalid(
            "A customer is not deleted this way.",
            fields={"deleted": "is only understood from connected shops"},
            remedy="Ask for erasure on the page of the customer.",
        )
    existed = customer_of(query.key, fact) is not None
    record(query, fact)
    customer = customer_of(query.key, fact)
    if customer is None:
        raise Invalid(
            "Nobody can be known by this.",
            fields={"email": "is no address, and there is no id or phone that could be used"},
        )
    [shown] = customers_out([_customers().get(pk=customer.pk)])
    return Status(200 if existed else 201, shown)


@endpoint(
    "GET", "/customers/{ref}", scope="customers:read", answers={200: CustomerOut}, tag="Customers"
)
def get_customer(request: ApiRequest, ref: str) -> CustomerOut:
    """Return a customer by our id, e-mail, phone, or the shop's id."""
    found = _customers().filter(pk__in=[] if "\0" in ref else customers_named(ref[:320]))
    customer = found.order_by("-id").first()
    if customer is None:
        raise NotFound(f"There is no customer {ref[:120]!r}.", remedy="Check the id.")
    [shown] = customers_out([customer])
    return shown


def _customers() -> QuerySet[Customer]:
    return Customer.objects.prefetch_related("identities")
