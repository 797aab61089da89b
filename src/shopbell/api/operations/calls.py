"""Calls: those of connected lines, and those made elsewhere that a program writes down."""

import uuid

from ninja import Query, Status
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import customers_named
from shopbell.api.operations.conversations import named, staff_named, with_zone
from shopbell.api.schemas.calls import CallIn, CallList, CallOut, DialIn, OutcomeIn, call_out
from shopbell.api.schemas.listing import Paged, Word, page
from shopbell.calls.actions import Noted, ask_to_call, log_call, note_outcome
from shopbell.calls.models import Call
from shopbell.calls.queries import call_of
from shopbell.kit.errors import Invalid

_TAG = "Calls"


class CallFilter(Paged):
    """Which calls."""

    customer: Word = Field(default="", description="Our id, e-mail, phone, or the shop's id.")
    outcome: Word = Field(default="", description="Such as missed.")


@endpoint("GET", "/calls", scope="conversations:read", answers={200: CallList}, tag=_TAG)
def list_calls(request: ApiRequest, query: Query[CallFilter]) -> CallList:
    """List calls, newest first."""
    rows = Call.objects.select_related("conversation", "agent")
    if query.customer:
        rows = rows.filter(customer_id__in=customers_named(query.customer))
    if query.outcome:
        rows = rows.filter(outcome=query.outcome)
    found, following = page(rows, query)
    return CallList(items=[call_out(row) for row in found], next=following)


@endpoint("GET", "/calls/{key}", scope="conversations:read", answers={200: CallOut}, tag=_TAG)
def get_call(request: ApiRequest, key: uuid.UUID) -> CallOut:
    """Return a call."""
    return call_out(call_of(key))


@endpoint("POST", "/calls", scope="conversations:write", answers={201: CallOut}, tag=_TAG)
def post_call(request: ApiRequest, body: CallIn) -> Status[CallOut]:
    """Write down a call that went over another phone."""
    noted = Noted(
        direction=body.direction,
        outcome=body.outcome,
        notes=body.notes,
        conversation=named(body.conversation) if body.conversation else None,
        number=body.number,
        name=body.name,
        email=body.email,
        at=with_zone(body.at, "at"),
        minutes=body.minutes,
        call_back_at=with_zone(body.call_back_at, "call_back_at"),
        client_id=body.client_id,
    )
    saved = log_call(noted=noted, by=staff_named(body.author))
    return Status(201, call_out(call_of(saved.pk)))


@endpoint(
    "POST", "/calls/{key}/outcome", scope="conversations:write", answers={200: CallOut}, tag=_TAG
)
def post_outcome(request: ApiRequest, key: uuid.UUID, body: OutcomeIn) -> CallOut:
    """Say how a call ended and what was said."""
    saved = note_outcome(
        call=call_of(key),
        outcome=body.outcome,
        notes=body.notes,
        transcript=body.transcript,
        by=staff_named(body.author),
        call_back_at=with_zone(body.call_back_at, "call_back_at"),
    )
    return call_out(call_of(saved.pk))


@endpoint(
    "POST",
    "/conversations/{ref}/call",
    scope="conversations:write",
    answers={202: CallOut},
    tag=_TAG,
)
def post_dial(request: ApiRequest, ref: str, body: DialIn) -> Status[CallOut]:
    """Ring a member of staff, then the customer."""
    agent = staff_named(body.agent)
    if agent is None:
        raise Invalid("Nobody is named.", fields={"agent": "is whose phone rings first"})
    made = ask_to_call(conversation=named(ref), number=body.number, by=agent)
    return Status(202, call_out(call_of(made.pk)))
