"""Requests to the shop: asked, decided and listed by programs, within an agent's limits.

A newcomer's mistake: giving a program the limit of the person it names. Whoever has the key could
name the owner; so a program decides alone about as much as an agent does.
"""

from ninja import Query, Status
from pydantic import Field

from shopbell.accounts.models import Role
from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import orders_named, staff_of
from shopbell.api.schemas.listing import Paged, Word, as_uuid, page
from shopbell.api.schemas.remedies import (
    DecisionIn,
    RemedyIn,
    RemedyList,
    RemedyOut,
    RemedyState,
    remedy_out,
)
from shopbell.conversations.models import Conversation
from shopbell.kit.errors import Invalid, NotFound
from shopbell.kit.money import minor
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed
from shopbell.remedies.actions import Wish, approve_remedy, ask_remedy, decline_remedy
from shopbell.remedies.checks import Asker
from shopbell.remedies.models import Remedy
from shopbell.remedies.queries import remedies, remedy_by_id

_TAG = "Requests to the shop"


class RemedyFilter(Paged):
    """Which requests."""

    state: RemedyState | None = None
    order: Word = Field(default="", description="Our id, the shop's id, or the number.")


@endpoint("GET", "/remedies", scope="remedies:read", answers={200: RemedyList}, tag=_TAG)
def list_remedies(request: ApiRequest, query: Query[RemedyFilter]) -> RemedyList:
    """List requests to the shop, newest first."""
    rows = remedies()
    if query.state:
        rows = rows.filter(state=query.state)
    if query.order:
        rows = rows.filter(order_id__in=orders_named(query.order))
    found, following = page(rows, query)
    return RemedyList(items=[remedy_out(row) for row in found], next=following)


@endpoint("GET", "/remedies/{ref}", scope="remedies:read", answers={200: RemedyOut}, tag=_TAG)
def get_remedy(request: ApiRequest, ref: str) -> RemedyOut:
    """Return one request."""
    return remedy_out(_named(ref))


@endpoint("POST", "/remedies", scope="remedies:write", answers={201: RemedyOut}, tag=_TAG)
def post_remedy(request: ApiRequest, body: RemedyIn) -> Status[RemedyOut]:
    """Ask the shop for something; it is done a moment later, or waits for approval.

    Look at `state`. In the name of a member of staff an agent's limits count; in nobody's name
    it always waits.
    """
    order = _order(body.order)
    author = staff_of(body.author, "author") if body.author else None
    row = ask_remedy(
        store=store_by_id(request.auth.store_id),
        order=order,
        by=Asker(
            author.user if author else None,
            Role.AGENT if author else "",
            str(author.user) if author else f"API key {request.auth.name}",
        ),
        wish=Wish(
            deed=Deed(body.action),
            reason=body.reason,
            amount=None if body.amount is None else minor(body.amount, order.currency),
            items={each.line: each.quantity for each in body.items},
            note=body.note,
            client_id=body.client_id,
            conversation=_conversation(body.conversation, order),
            tell=body.tell,
        ),
    )
    return Status(201, remedy_out(remedy_by_id(row.pk)))


@endpoint(
    "POST",
    "/remedies/{ref}/approve",
    scope="remedies:approve",
    answers={200: RemedyOut},
    tag=_TAG,
)
def post_approval(request: ApiRequest, ref: str, body: DecisionIn) -> RemedyOut:
    """Let what waits be done, in the name of somebody who may approve it."""
    store = store_by_id(request.auth.store_id)
    approve_remedy(store=store, remedy=_named(ref), by=staff_of(body.by, "by"))
    return remedy_out(_named(ref))


@endpoint(
    "POST",
    "/remedies/{ref}/decline",
    scope="remedies:approve",
    answers={200: RemedyOut},
    tag=_TAG,
)
def post_refusal(request: ApiRequest, ref: str, body: DecisionIn) -> RemedyOut:
    """Turn down what waits; nothing is asked of the shop."""
    decline_remedy(remedy=_named(ref), by=staff_of(body.by, "by"), why=body.why)
    return remedy_out(_named(ref))


def _named(ref: str) -> Remedy:
    key = as_uuid(ref)
    if key is None:
        raise NotFound(f"There is no request {ref[:120]!r}.", remedy="Check the id.")
    return remedy_by_id(key)


def _order(ref: str) -> Order:
    found = orders_named(ref)
    if not found:
        raise Invalid("There is no such order.", fields={"order": "is not known"})
    if len(found) > 1:
        raise Invalid("Several orders are called so.", fields={"order": "use our id"})
    return Order.objects.get(pk=found[0])


def _conversation(number: int | None, order: Order) -> Conversation | None:
    if number is None:
        return None
    row = Conversation.objects.filter(number=number, customer=order.customer).first()
    if row is None or order.customer_id is None:
        raise Invalid(
            "This is not a conversation with the order's customer.",
            fields={"conversation": "is somebody else's, or unknown"},
        )
    return row
