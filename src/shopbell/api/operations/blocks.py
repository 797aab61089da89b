"""Addresses of a customer that are not written to, and lifting such a block."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import customers_named, staff_of
from shopbell.api.schemas.listing import Word, as_uuid
from shopbell.consent.lifting import Blocked, blocked_addresses, lift_block
from shopbell.customers.models import Customer
from shopbell.kit.errors import NotFound
from shopbell.messaging.actions import release_held

_TAG = "Customers"
_Line = Annotated[Word, StringConstraints(max_length=200)]


class BlockOut(BaseModel):
    """One blocked address; lifted ones stay as history."""

    id: uuid.UUID
    address: str
    channel: str
    scope: str = Field(description="A purpose, or * for everything.")
    reason: str
    detail: str = Field(description="What happened; of a lifted one also who lifted it, and why.")
    needs_proof: bool = Field(description="Only the customer's own word lifts it.")
    since: datetime
    lifted_at: datetime | None


class BlockList(BaseModel):
    """All of a customer's, the newest first."""

    items: list[BlockOut]


class LiftIn(BaseModel):
    """Who lifts it, and why."""

    model_config = ConfigDict(extra="forbid")

    by: Word = Field(description="E-mail of a member of staff who may change customers.")
    why: _Line
    proof: _Line = Field(
        default="", description="When, where and in which words the customer asked for messages."
    )


@endpoint(
    "GET", "/customers/{ref}/blocks", scope="customers:read", answers={200: BlockList}, tag=_TAG
)
def list_blocks(request: ApiRequest, ref: str) -> BlockList:
    """List the blocks of a customer's addresses, lifted ones too."""
    return _list(request, _customer(ref))


@endpoint(
    "POST",
    "/customers/{ref}/blocks/{block}/lift",
    scope="customers:write",
    answers={200: BlockList},
    tag=_TAG,
)
def post_block_lift(request: ApiRequest, ref: str, block: str, body: LiftIn) -> BlockList:
    """Write to an address again. A STOP is lifted for the number, only with the customer's word."""
    customer, key = _customer(ref), as_uuid(block)
    if key is None:
        raise NotFound("There is no such block.", remedy="Check the id.")
    by = staff_of(body.by, "by", "customers:write")
    lift_block(
        store=store_by_id(request.auth.store_id),
        customer=customer,
        block=key,
        by=f"{by.user.email}, by the API key {request.auth.name}",
        why=body.why,
        proof=body.proof,
    )
    release_held(reason="asked")
    return _list(request, customer)


def _list(request: ApiRequest, customer: Customer) -> BlockList:
    store = store_by_id(request.auth.store_id)
    return BlockList(
        items=[_out(each) for each in blocked_addresses(store, customer, with_lifted=True)]
    )


def _out(block: Blocked) -> BlockOut:
    row = block.row
    return BlockOut(
        id=row.pk,
        address=block.address,
        channel=block.medium,
        scope=row.scope,
        reason=row.reason,
        detail=row.detail,
        needs_proof=block.needs_proof,
        since=row.created_at,
        lifted_at=row.lifted_at,
    )


def _customer(ref: str) -> Customer:
    rows = Customer.objects.prefetch_related("identities")
    found = rows.filter(pk__in=[] if "\0" in ref else customers_named(ref[:320]))
    customer = found.order_by("-id").first()
    if customer is None:
        raise NotFound(f"There is no customer {ref[:120]!r}.", remedy="Check the id.")
    return customer
