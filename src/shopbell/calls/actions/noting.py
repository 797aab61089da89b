"""What people say of a call: how it ended, what was said, and calls made without a connected line.

A newcomer's mistake: keeping a promised call-back because somebody tried. Only who was reached was
called back (see `slas.said`).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.calls.actions.settling import promise_call_back, settle, tell_end
from shopbell.calls.models import Call, Direction, Outcome, State, Told
from shopbell.calls.queries import call_of, customer_of_number, likely_order
from shopbell.conversations.actions.timeline import locked
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key, phone_key
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import storable
from shopbell.slas.following import follow

LONGEST_NOTES = 10_000
LONGEST_CALL = timedelta(hours=12)
OFFERED = (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.VOICEMAIL, Outcome.WRONG_NUMBER)


@dataclass(frozen=True, slots=True)
class Noted:
    """A call as somebody writes it down. `conversation` None: it is found, or begun."""

    direction: str
    outcome: str
    notes: str = ""
    conversation: Conversation | None = None
    customer: Customer | None = None
    number: str = ""
    name: str = ""
    email: str = ""
    at: datetime | None = None
    minutes: int | None = None
    call_back_at: datetime | None = None
    client_id: uuid.UUID | None = None


@transaction.atomic
def note_outcome(
    *,
    call: Call,
    outcome: str,
    notes: str,
    by: User | None,
    call_back_at: datetime | None = None,
    transcript: str | None = None,
) -> Call:
    """Say how a call ended and what was said; what the provider thinks counts no more.

    `transcript`: the caller's message as words, if a program or a person has written it down.

    Raises:
        Invalid: there is no such outcome, or the notes are too long.
        Conflict: the call still goes on.
    """
    row = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    row = call_of(row.pk)
    if row.state in (State.ASKED, State.RINGING) and row.entry is None:
        raise Conflict("It is still ringing.", remedy="Note it when the call is over.")
    row.outcome, row.notes = _outcome(outcome), _notes(notes)
    row.outcome_by_hand = True
    if transcript is not None:
        row.transcript = _notes(transcript)
    row.agent = row.agent or by
    if row.outcome == Outcome.REACHED and row.answered_at is None:
        row.answered_at = row.ended_at or clock.now()
    if row.state in (State.IN_DOUBT, State.FAILED):
        row.state, row.ended_at = State.ENDED, row.ended_at or clock.now()
    settle(row)
    _afterwards(row, call_back_at)
    return row


@transaction.atomic
def log_call(*, noted: Noted, by: User | None) -> Call:
    """Write down a call that went over a phone we know nothing of; the same `client_id` is one.

    Raises:
        Invalid: the number is none, the time is to come, or nobody is named.
    """
    if noted.client_id is not None:
        known = Call.objects.filter(client_id=noted.client_id).first()
        if known is not None:
            return call_of(known.pk)
    row = _new_call(noted, by)
    person = Person(
        source="phone", phone=row.number, email=email_key(noted.email), first_name=noted.name[:200]
    )
    settle(row, person=person)
    tell_end(row)
    _afterwards(row, noted.call_back_at)
    return row


def _new_call(noted: Noted, by: User | None) -> Call:
    at = noted.at or clock.now()
    if at > clock.now() + timedelta(minutes=5):
        raise Invalid("That time is still to come.", fields={"at": "Choose a time that is past."})
    number = _number(noted)
    conversation = locked(noted.conversation) if noted.conversation else None
    customer = noted.customer or (conversation.customer if conversation else None)
    customer = customer or customer_of_number(number)
    if conversation is None and customer is None and not (number or email_key(noted.email)):
        raise Invalid(
            "It is not said who it was.", fields={"number": "Write a number or an e-mail address."}
        )
    seconds = noted.minutes * 60 if noted.minutes else None
    reached = _outcome(noted.outcome) == Outcome.REACHED
    return Call.objects.create(
        direction=Direction(noted.direction),
        number=number,
        customer=customer,
        order=conversation.order if conversation else likely_order(customer),
        conversation=conversation,
        agent=by if reached or noted.direction == Direction.OUT else None,
        state=State.ENDED,
        outcome=_outcome(noted.outcome),
        outcome_by_hand=True,
        notes=_notes(noted.notes),
        talk_seconds=seconds if reached else None,
        client_id=noted.client_id,
        started_at=at,
        answered_at=at if reached else None,
        ended_at=at + timedelta(seconds=seconds or 0),
        created_at=clock.now(),
    )


def _number(noted: Noted) -> str:
    if not noted.number.strip():
        return ""
    country = noted.customer.country if noted.customer else ""
    number = phone_key(noted.number, country)
    if not number:
        raise Invalid(
            "This is not a phone number.",
            fields={"number": "Write it with the country, such as +49 30 1234567."},
        )
    return number


def _outcome(outcome: str) -> Outcome:
    allowed = (*OFFERED, Outcome.MISSED)
    if outcome not in allowed:
        said = f"Use one of: {', '.join(allowed)}."
        raise Invalid(f"There is no outcome {outcome!r}.", fields={"outcome": said})
    return Outcome(outcome)


def _notes(notes: str) -> str:
    words = storable(notes).strip()
    if len(words) > LONGEST_NOTES:
        raise Invalid(
            f"Notes may have {LONGEST_NOTES:,} characters.", fields={"notes": "Shorten them."}
        )
    return words


def _afterwards(row: Call, call_back_at: datetime | None) -> None:
    """Owe what was agreed, and let the clocks see what was said."""
    assert row.conversation is not None
    follow([row.conversation.pk], at=clock.now())
    if call_back_at is None:
        return
    promise_call_back(row.conversation, call_back_at)
    row.promised_at, row.promise_told = call_back_at, Told.AGENT
    settle(row)
