"""Calls as the API shows them and takes them."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import PageInfo, Word, storable_only
from shopbell.calls.models import Call

Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable_only)]
Outcome = Literal["reached", "not_reached", "voicemail", "missed", "wrong_number"]
_STRICT = ConfigDict(extra="forbid")


class CallOut(BaseModel):
    """One call."""

    id: uuid.UUID
    direction: str = Field(description="in: the customer called; out: we called.")
    number: str = Field(description="The customer's as shown, which proves nothing; may be empty.")
    customer: uuid.UUID | None
    conversation: int | None = Field(description="Its number; null while it still rings.")
    agent: str | None = Field(description="E-mail of the member of staff who spoke.")
    state: str = Field(description="asked, ringing, talking, ended, failed or in_doubt.")
    outcome: str = Field(
        description="reached, missed, voicemail, not_reached, wrong_number, or empty."
    )
    notes: str
    transcript: str = Field(description="What the caller left as a message, in words.")
    trouble: str = Field(description="What went wrong, in a sentence.")
    talk_seconds: int | None
    recording_seconds: int | None
    call_back_at: datetime | None = Field(description="By when the customer is called back.")
    call_back_told: str = Field(description="How they know: voice, sms, agent, or empty.")
    by_hand: bool = Field(description="It went over a phone we know nothing of.")
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


class CallList(PageInfo):
    """A page of calls."""

    items: list[CallOut]


class CallIn(BaseModel):
    """A call that went over another phone. Names a conversation, a number or an address."""

    model_config = _STRICT

    direction: Literal["in", "out"]
    outcome: Outcome
    conversation: Word = Field(default="", description="Our id or its number. Empty: it is found.")
    number: Word = ""
    name: Word = ""
    email: Word = ""
    at: datetime | None = Field(default=None, description="When it began; null: just now.")
    minutes: Annotated[int, Field(ge=0, le=720)] | None = None
    notes: Text = ""
    call_back_at: datetime | None = Field(
        default=None, description="By when a call back was promised."
    )
    author: Word = Field(default="", description="E-mail of the member of staff who spoke.")
    client_id: uuid.UUID | None = Field(
        default=None, description="Made by you: the same one again adds nothing."
    )


class OutcomeIn(BaseModel):
    """How a call ended. It counts instead of what the provider said."""

    model_config = _STRICT

    outcome: Outcome
    notes: Text = ""
    transcript: Text | None = Field(default=None, description="Null: it stays as it is.")
    call_back_at: datetime | None = None
    author: Word = Field(default="", description="E-mail of a member of staff.")


class DialIn(BaseModel):
    """Whom to call, and whose phone rings first."""

    model_config = _STRICT

    number: Word = Field(description="One of the conversation's numbers.")
    agent: Word = Field(description="E-mail of a member of staff with a phone number.")


def call_out(row: Call) -> CallOut:
    """Return a call as the API shows it."""
    return CallOut(
        id=row.pk,
        direction=row.direction,
        number=row.number,
        customer=row.customer_id,
        conversation=row.conversation.number if row.conversation else None,
        agent=row.agent.email if row.agent else None,
        state=row.state,
        outcome=row.outcome,
        notes=row.notes,
        transcript=row.transcript,
        trouble=row.trouble,
        talk_seconds=row.talk_seconds,
        recording_seconds=row.recording_seconds,
        call_back_at=row.promised_at,
        call_back_told=row.promise_told,
        by_hand=row.connection_id is None,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )
