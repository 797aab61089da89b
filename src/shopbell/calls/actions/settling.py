"""What the facts of a call mean: its state and outcome, its entry, the call-back it promises.

Called after every change, with any facts in any order; what is settled already stays.
"""

from datetime import datetime

from shopbell.calls.entries import shown, words_of
from shopbell.calls.errands import drop_errand
from shopbell.calls.events import CallEnded
from shopbell.calls.models import Call, Direction, ErrandKind, Outcome, State, Told
from shopbell.calls.queries import call_back_time, line_of
from shopbell.calls.texting import text_promise
from shopbell.conversations.actions import receive
from shopbell.conversations.actions.calling import (
    PHONE,
    Talk,
    begin_by_phone,
    offer_mail,
    write_call,
)
from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.conversations.ports import Incoming
from shopbell.customers.actions import record_nameless
from shopbell.customers.ports import Person
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.slas.models import Clock, Target
from shopbell.slas.news import promise_news, take_news_back
from shopbell.web.formats import phone as phone_format


def settle(row: Call, *, person: Person | None = None) -> None:
    """Derive what a call is from its facts and bring its conversation up to date.

    `person`: who it is, where somebody who knows says it.
    """
    before, row.state = row.state, _state(row)
    row.outcome = _outcome(row)
    if row.ended_at is not None:
        drop_errand(row, ErrandKind.LOOK)
    row.save()
    if not _worth_an_entry(row):
        return
    if row.entry is None:
        _begin(row, person or Person(source=_source(row), phone=row.number))
    _write(row)
    _mind_the_promise(row)
    row.save()
    if before != row.state == State.ENDED:
        tell_end(row)


def tell_end(row: Call) -> None:
    """Let others know that a call is over."""
    assert row.conversation is not None
    emit(
        CallEnded(
            call_id=row.pk,
            conversation_id=row.conversation.pk,
            direction=row.direction,
            outcome=row.outcome,
            promised_at=row.promised_at,
        )
    )


def _state(row: Call) -> str:
    if row.ended_at is not None:
        return State.FAILED if row.state == State.FAILED else State.ENDED
    if row.answered_at is not None:
        return State.TALKING
    return row.state


def _outcome(row: Call) -> str:
    """Return what came of it: what a person says, else what the facts say."""
    if row.outcome_by_hand:
        return row.outcome
    if row.answered_at is not None:
        return Outcome.REACHED
    if row.ended_at is None:
        return Outcome.NONE
    if row.direction == Direction.OUT:
        return Outcome.NOT_REACHED
    return Outcome.VOICEMAIL if row.recording_id else Outcome.MISSED


def _worth_an_entry(row: Call) -> bool:
    """Whether there is something to show: a call that rings may still become anything."""
    return bool(row.outcome) or row.direction == Direction.OUT


def is_spoken(row: Call) -> bool:
    """Whether people spoke with each other."""
    return row.outcome == Outcome.REACHED


def _begin(row: Call, person: Person) -> None:
    """Find the conversation of a call, or begin one."""
    if row.conversation is not None:
        return
    entry = receive(
        incoming=Incoming(
            medium=PHONE,
            person=person,
            customer=row.customer or (None if person.phone or person.email else record_nameless()),
            inbox=row.connection,
            external_key=_key(row),
            subject=_subject(row),
            text=words_of(row),
            sender_address=row.number,
            message_id=f"<call-{row.pk}@phone>",
            happened_at=row.started_at,
            order=row.order,
            names_order=row.order is not None,
        )
    )
    row.entry, row.conversation = entry, entry.conversation
    row.customer = row.customer or entry.customer
    if row.customer is not None:
        offer_mail(conversation=entry.conversation, address=row.customer.email)


def _subject(row: Call) -> str:
    who = row.customer or phone_format(row.number) if row.number else "a withheld number"
    return f"Call from {who}" if row.direction == Direction.IN else f"Call to {who}"


def _source(row: Call) -> str:
    return str(row.connection) if row.connection else "phone"


def _key(row: Call) -> str:
    return f"{row.connection_id or ''}:{row.number or row.pk}"


def _write(row: Call) -> None:
    """Bring the entry up to date."""
    conversation = row.conversation
    assert conversation is not None
    thread = row.entry.thread if row.entry else None
    if thread is None:
        thread = begin_by_phone(
            conversation=conversation,
            external_key=_key(row),
            address=row.number,
            inbox=row.connection,
        )
    row.entry = write_call(
        conversation=conversation,
        thread=thread,
        entry=row.entry,
        talk=Talk(
            kind=_kind(row),
            text=words_of(row),
            author=row.agent if _kind(row) != EntryKind.INCOMING else None,
            data=shown(row),
            happened_at=row.started_at,
        ),
    )
    row.conversation = row.entry.conversation


def _kind(row: Call) -> EntryKind:
    if is_spoken(row):
        return EntryKind.REPLY
    return EntryKind.INCOMING if row.direction == Direction.IN else EntryKind.ACTIVITY


def _mind_the_promise(row: Call) -> None:
    """Owe a call-back for a missed call; one that was answered after all is owed none."""
    conversation = row.conversation
    assert conversation is not None
    if row.direction != Direction.IN or row.connection is None:
        return
    missed = row.outcome in (Outcome.MISSED, Outcome.VOICEMAIL)
    if not missed:
        if row.promised_at is not None:
            row.promised_at, row.promise_told = None, Told.NOT
            take_news_back(conversation=conversation, by=None)
        return
    if not row.number or row.outcome_by_hand:
        return
    if row.promised_at is None:
        row.promised_at = call_back_time(line_of(row.connection.pk), clock.now())
    promise_call_back(conversation, row.promised_at)
    if row.ended_at is not None and row.promise_told == Told.NOT and text_promise(row):
        row.promise_told = Told.SMS
    if row.entry is not None:  # it says by when
        data = row.entry.data | {"call": shown(row)}
        Entry.objects.filter(pk=row.entry.pk).update(data=data)


def promise_call_back(conversation: Conversation, at: datetime) -> None:
    """Owe the customer a call by a time; what was promised for earlier stays."""
    running = Clock.objects.filter(conversation=conversation, target=Target.NEWS, ended_at=None)
    owed = running.first()
    if owed is not None and owed.due_at is not None and owed.due_at <= at:
        return
    if at > clock.now():
        promise_news(conversation=conversation, at=at, by=None, said="Call-back promised")
