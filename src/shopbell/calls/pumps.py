"""The worker's part: stored news of calls are taken in, errands are run.

A call is placed at most once: before the provider is asked, the call counts as in doubt, and only
the provider's own answer or news ends the doubt. Nobody is rung twice because we crashed.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from shopbell.calls.actions import keep_recording, take_heard
from shopbell.calls.actions.settling import settle
from shopbell.calls.errands import LOOK_AFTER, PUMP
from shopbell.calls.models import Call, Errand, ErrandKind, State
from shopbell.calls.ports import TOPIC, Telephone
from shopbell.connections.intake import Item, Result
from shopbell.connections.lanes import Lane, open_lane
from shopbell.connections.models import Connection, IntakeState
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.events.pump import Pump, claim, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, Permanent, ShopbellError, Temporary
from shopbell.messaging.ports import CHANNELS

log = structlog.get_logger()

BATCH = 10
LEASE_SECONDS = 120
PAUSES = (5, 20, 60, 300)  # seconds until the provider is asked again
MOST_LOOKS = 20


def _prepare(_store_id: int, _connection_id: uuid.UUID, items: Sequence[Item]) -> Iterable[None]:
    return [None] * len(items)


def _take(connection: Connection, ready: Sequence[tuple[Item, Any]]) -> dict[int, Result]:
    plug: Any = CHANNELS.get(connection.connector)
    account = account_of(connection)
    results: dict[int, Result] = {}
    for item, _ in ready:
        try:
            news = plug.heard(item.provider_id, item.body, account)
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, str(error))
            continue
        taken = [take_heard(connection=connection, heard=heard) for heard in news]
        known = any(taken)
        note = "" if known else "It speaks of no call of ours."
        results[item.id] = Result(IntakeState.DONE if known else IntakeState.UNUSED, note)
    return results


def _surrender(_connection: Connection, item: Item, note: str) -> None:
    log.warning("calls.parked", item=item.id, note=note[:200])


def run_errands() -> int:
    """Run some errands; returns how many were claimed."""
    rows = claim(
        table="calls_errand",
        columns="t.id, t.store_id, t.call_id, t.kind, t.attempts",
        where="true",
        limit=BATCH,
        lease_seconds=LEASE_SECONDS,
    )
    for errand_id, store_id, call_id, kind, attempts in rows:
        try:
            _RUN[kind](store_id, call_id)
        except _Later as later:
            _put_off(store_id, errand_id, later.seconds)
            continue
        except Temporary as error:
            log.warning("calls.put_off", kind=kind, error=str(error)[:200])
            if attempts <= len(PAUSES):
                _put_off(store_id, errand_id, error.retry_after or PAUSES[attempts - 1])
                continue
            _give_up(store_id, call_id, kind, str(error))
        except ShopbellError as error:
            _give_up(store_id, call_id, kind, str(error))
        _done(store_id, errand_id)
    return len(rows)


class _Later(Exception):
    """Ask again after a while; nothing went wrong."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


def _loaded(store_id: int, call_id: uuid.UUID) -> tuple[Call, Telephone, Account] | None:
    with store_scope(store_id):
        rows = Call.objects.select_related("connection", "agent")
        call = rows.filter(pk=call_id).first()
        if call is None or call.connection is None:
            return None
        plug: Any = CHANNELS.get(call.connection.connector)
        return call, plug, account_of(call.connection)


def _place(store_id: int, call_id: uuid.UUID) -> None:
    """Have the agent rung, unless that was tried before."""
    found = _loaded(store_id, call_id)
    if found is None or found[0].state != State.ASKED:
        return
    call, plug, account = found
    with store_scope(store_id):
        phone = _agent_number(call)
        Call.objects.filter(pk=call_id).update(state=State.IN_DOUBT)
    try:
        provider_id = plug.place(account, call=call_id, agent=phone)
    except Temporary as error:
        if error.untouched:
            _become(store_id, call_id, State.ASKED)
            raise
        _become(store_id, call_id, State.IN_DOUBT, trouble=str(error))
        return
    with store_scope(store_id):
        row = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
        row.provider_id = row.provider_id or provider_id
        if row.state == State.IN_DOUBT:
            row.state = State.RINGING
        row.save()
        settle(row)


def _agent_number(call: Call) -> str:
    from shopbell.calls.queries import phone_of

    phone = phone_of(call.agent) if call.agent else None
    if phone is None:
        raise Permanent("There is no number any more at which the agent is rung.")
    return phone.number


def _fetch(store_id: int, call_id: uuid.UUID) -> None:
    found = _loaded(store_id, call_id)
    if found is None or not found[0].recording_id or found[0].recording_kept_at is not None:
        return
    call, plug, account = found
    if call.entry_id is None:
        raise _Later(PAUSES[0])
    content = plug.recording(account, call.recording_id)
    with store_scope(store_id):
        keep_recording(call=call, content=content)


def _look(store_id: int, call_id: uuid.UUID) -> None:
    """Ask how a call ended whose end we were not told."""
    found = _loaded(store_id, call_id)
    if found is None or found[0].ended_at is not None:
        return
    call, plug, account = found
    heard = plug.look(account, call.provider_id)
    if heard is None:
        if clock.now() - call.started_at > LOOK_AFTER * MOST_LOOKS:
            return
        raise _Later(LOOK_AFTER.total_seconds())
    with store_scope(store_id):
        assert call.connection is not None
        take_heard(connection=call.connection, heard=heard)


def _become(store_id: int, call_id: uuid.UUID, state: State, *, trouble: str = "") -> None:
    with store_scope(store_id):
        row = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
        row.state, row.trouble = state, trouble[:300]
        if state == State.FAILED:
            row.ended_at = clock.now()
        settle(row)


def _give_up(store_id: int, call_id: uuid.UUID, kind: str, why: str) -> None:
    """Say at the call what could not be done."""
    if kind == ErrandKind.PLACE:
        _become(store_id, call_id, State.FAILED, trouble=why)
    elif kind == ErrandKind.FETCH:
        with store_scope(store_id):
            row = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
            row.trouble = f"The recording could not be fetched: {why}"[:300]
            settle(row)


def _put_off(store_id: int, errand_id: uuid.UUID, seconds: float) -> None:
    with store_scope(store_id):
        Errand.objects.filter(pk=errand_id).update(
            lease_until=None, due_at=clock.now() + timedelta(seconds=seconds)
        )


def _done(store_id: int, errand_id: uuid.UUID) -> None:
    with store_scope(store_id):
        Errand.objects.filter(pk=errand_id).delete()


_RUN = {ErrandKind.PLACE: _place, ErrandKind.FETCH: _fetch, ErrandKind.LOOK: _look}

open_lane(Lane(TOPIC, _prepare, _take, _surrender))
register(Pump(name=PUMP, run=run_errands, interval=2.0))
