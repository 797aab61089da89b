"""What a store notes about its customers itself: attributes, such as a birthday or points."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import customers_named
from shopbell.customers.marking import drop_attributes, set_attribute
from shopbell.customers.models import Customer
from shopbell.kit.errors import NotFound


class NotesIn(BaseModel):
    """Values by name; null takes one away, and what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    attributes: dict[str, str | int | bool | None] = Field(
        max_length=50,
        description="Names of small letters, digits and _. Texts up to 200, whole numbers, true or "
        "false; days as 2027-01-31.",
    )


class NotesOut(BaseModel):
    """All of a customer's."""

    attributes: dict[str, Any]


@endpoint(
    "POST",
    "/customers/{ref}/attributes",
    scope="customers:write",
    answers={200: NotesOut},
    tag="Customers",
)
def post_attributes(request: ApiRequest, ref: str, body: NotesIn) -> NotesOut:
    """Note values about a customer, whom our id, e-mail, phone or the shop's id names."""
    rows = Customer.objects.filter(
        pk__in=[] if "\0" in ref else customers_named(ref[:320]), erased_at=None
    )
    customer = rows.order_by("-id").first()
    if customer is None:
        raise NotFound(f"There is no customer {ref[:120]!r}.", remedy="Check the id.")
    for name, value in body.attributes.items():
        if value is not None:
            set_attribute(customers=[customer.pk], name=name, value=value)
    gone = [name for name, value in body.attributes.items() if value is None]
    if gone:
        drop_attributes(customers=[customer.pk], names=gone)
    customer.refresh_from_db(fields=["attributes"])
    return NotesOut(attributes=customer.attributes)
