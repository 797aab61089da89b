"""Taking in what the provider tells of calls. The same news again changes nothing."""

from collections.abc import Callable

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.calls.actions.settling import settle
from shopbell.calls.errands import run_errand
from shopbell.calls.models import Call, Direction, ErrandKind, Outcome, State, Told
from shopbell.calls.ports import Heard, HeardKind
from shopbell.calls.queries import customer_of_number, likely_order
from shopbell.connections.models import Connection
from shopbell.conversations.actions import add_files
from shopbell.conversations.ports import IncomingFile
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.web.live import announce

_MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


@transaction.atomic
def take_heard(*, connection: Connection, heard: Heard) -> Call | None:
    """Write down one piece of news; None when it is of a call that we never placed."""
    row = _the_call(connection, heard)
    if row is None:
        return None
    _TAKE[heard.kind](row, heard)
    row.save()
    settle(row)
    announce(current_store_id(), "calls", row.pk)
    return row


@transaction.atomic
def keep_recording(*, call: Call, content: bytes) -> None:
    """Keep a fetched recording as a file of the call's entry; a second time does nothing."""
    row = Call.objects.select_for_update(of=("self",)).select_related("entry").get(pk=call.pk)
    if row.recording_kept_at is not None or row.entry is None:
        return
    kind = "audio/mpeg" if content.startswith(_MP3) else "application/octet-stream"
    add_files(row.entry, (IncomingFile("voicemail.mp3", kind, content),))
    row.recording_kept_at = clock.now()
    row.save()
    settle(row)


def _the_call(connection: Connection, heard: Heard) -> Call | None:
    rows = Call.objects.select_for_update(of=("self",))
    if heard.call is not None:
        row = rows.filter(pk=heard.call).first()
        if row is not None and not row.provider_id:
            row.provider_id = heard.provider_id
        return row
    # Two workers may hear of a call for the first time at the same moment.
    lock_in_transaction("call", current_store_id(), heard.provider_id)
    row = rows.filter(connection=connection, provider_id=heard.provider_id).first()
    return row or _new_call(connection, heard)


def _new_call(connection: Connection, heard: Heard) -> Call:
    customer = customer_of_number(heard.number)
    return Call.objects.create(
        connection=connection,
        provider_id=heard.provider_id,
        direction=Direction.IN,
        number=heard.number,
        customer=customer,
        order=likely_order(customer),
        started_at=clock.now(),
        created_at=clock.now(),
    )


def _ringing(row: Call, heard: Heard) -> None:
    if heard.number and not row.number:  # later news came first
        row.number, row.customer = heard.number, customer_of_number(heard.number)
        row.order = likely_order(row.customer)
    run_errand(row, ErrandKind.LOOK)


def _taken(row: Call, heard: Heard) -> None:
    if heard.agent is not None and row.agent is None:
        row.agent = User.objects.filter(pk=heard.agent).first()
    row.answered_at = row.answered_at or clock.now()


def _dialled(row: Call, heard: Heard) -> None:
    if heard.connected:
        row.answered_at = row.answered_at or clock.now()
        row.talk_seconds = heard.seconds if heard.seconds is not None else row.talk_seconds
        row.ended_at = row.ended_at or clock.now()
    elif row.direction == Direction.OUT:
        row.ended_at = row.ended_at or clock.now()


def _promised(row: Call, heard: Heard) -> None:
    if row.promise_told != Told.VOICE:
        row.promised_at, row.promise_told = heard.promised_at, Told.VOICE
    row.wants_call_back = row.wants_call_back or heard.wanted
    row.ended_at = row.ended_at or clock.now()


def _recorded(row: Call, heard: Heard) -> None:
    row.ended_at = row.ended_at or clock.now()
    if not heard.recording_id or row.recording_kept_at is not None:
        return
    row.recording_id, row.recording_seconds = heard.recording_id, heard.seconds
    run_errand(row, ErrandKind.FETCH)


def _transcribed(row: Call, heard: Heard) -> None:
    row.transcript = row.transcript or heard.text


def _agent(row: Call, _heard: Heard) -> None:
    if row.state in (State.ASKED, State.IN_DOUBT):
        row.state = State.RINGING


def _ended(row: Call, heard: Heard) -> None:
    row.ended_at = row.ended_at or clock.now()
    if row.outcome_by_hand or row.direction == Direction.IN:
        return
    if row.answered_at is None and row.outcome == Outcome.NONE:
        row.trouble = heard.text


_TAKE: dict[HeardKind, Callable[[Call, Heard], None]] = {
    HeardKind.RINGING: _ringing,
    HeardKind.TAKEN: _taken,
    HeardKind.DIALLED: _dialled,
    HeardKind.PROMISED: _promised,
    HeardKind.RECORDED: _recorded,
    HeardKind.TRANSCRIBED: _transcribed,
    HeardKind.AGENT: _agent,
    HeardKind.ENDED: _ended,
}
