"""Requests to the shop as the API shows them and takes them."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.amounts import decimal_text
from shopbell.api.schemas.listing import PageInfo, Word
from shopbell.remedies.models import Remedy

_STRICT = ConfigDict(extra="forbid")
RemedyAction = Literal["refund", "cancel", "reship", "coupon", "return"]
RemedyState = Literal["waiting", "declined", "queued", "handed", "done", "failed", "in_doubt"]


class RemedyItem(BaseModel):
    """Units of a line of the order."""

    model_config = _STRICT

    line: Word = Field(description="The shop's id of the line.")
    quantity: Annotated[int, Field(ge=1, le=100_000)]


class RemedyIn(BaseModel):
    """A request to the shop. The same `client_id` twice is one request."""

    model_config = _STRICT

    order: Word = Field(description="Our id, the shop's id, or the number.")
    action: RemedyAction
    amount: Annotated[Decimal, Field(gt=0, lt=10**10)] | None = Field(
        default=None, description="Of a refund or coupon; a refund without one is of the items."
    )
    items: Annotated[list[RemedyItem], Field(max_length=200)] = Field(
        default=[], description="None: the whole order."
    )
    reason: Word = Field(description="Code of one of the store's reasons.")
    note: Annotated[Word, StringConstraints(max_length=500)] = ""
    author: Word = Field(
        default="", description="E-mail of a member of staff; in nobody's name it always waits."
    )
    conversation: int | None = Field(
        default=None, description="Number of the conversation in which the customer is told."
    )
    client_id: uuid.UUID | None = None
    tell: bool = True


class DecisionIn(BaseModel):
    """Who decides, and why."""

    model_config = _STRICT

    by: Word = Field(description="E-mail of a member of staff who may approve.")
    why: Annotated[Word, StringConstraints(max_length=500)] = ""


class RemedyOut(BaseModel):
    """One request to the shop and what became of it."""

    id: uuid.UUID
    action: str
    state: str = Field(
        description="waiting (for approval), declined, queued, handed, done, failed or in_doubt."
    )
    order: uuid.UUID
    order_number: str
    amount: str | None
    currency: str
    items: list[RemedyItem]
    reason: str
    note: str
    asked_by: str
    decided_by: str
    why_waits: str
    problem: str = Field(description="What the shop said when it is not done.")
    reference: str = Field(description="The shop's id of what was made.")
    name: str = Field(description="What customers see: the code, the number of the new order.")
    conversation: int | None
    created_at: datetime
    done_at: datetime | None


class RemedyList(PageInfo):
    """A page of requests."""

    items: list[RemedyOut]


_PLAIN = (
    "id", "state", "currency", "reason", "note", "why_waits", "problem", "reference", "name",
    "created_at", "done_at",
)  # fmt: skip


def remedy_out(row: Remedy) -> RemedyOut:
    """Return one request (order and conversation preloaded)."""
    return RemedyOut(
        **{name: getattr(row, name) for name in _PLAIN},
        action=row.deed,
        order=row.order_id,
        order_number=str(row.order),
        amount=decimal_text(row.amount, row.currency),
        items=[RemedyItem(line=each["line_id"], quantity=each["quantity"]) for each in row.items],
        asked_by=row.asked_as,
        decided_by=row.decided_as,
        conversation=row.conversation.number if row.conversation else None,
    )
