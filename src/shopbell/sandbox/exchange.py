"""The sandbox's telephone exchange: it carries calls, asks the shop at each step what comes next.

Each step is posted to our own front door as a signed webhook, and the answer is obeyed, as a
provider does it. A newcomer's mistake: posting within a transaction. A call is taken in hand by its
`turn`, the door is asked, and what came of it is written if nobody hung up meanwhile.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.calls.models import Call, Direction
from shopbell.calls.ports import Step
from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connectors.channels.sandbox.calls import make_step, recording_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid, NotFound, Permanent
from shopbell.kit.ids import uuid7
from shopbell.sandbox.door import front_door
from shopbell.sandbox.models import SandboxCall, Stage
from shopbell.sandbox.phones_at import hears_calls
from shopbell.sandbox.receipts import signed
from shopbell.web.live import announce

TOPIC = "sandbox"  # of the hint to open pages
AGENT_SECONDS = 25
PATIENCE = timedelta(minutes=10)  # after which who does nothing has hung up
THINKS = timedelta(minutes=1)  # of a colleague who has picked up
MOST_STEPS = 20
LONGEST = 2_000  # characters of a message
_A_SECOND = 14  # characters that are spoken in one
_KEPT = (
    "stage", "said", "then", "rings", "agent_number", "agent_said", "agent_then", "words", "rang",
    "turn", "due_at", "talked_at", "ended_at", "lease_until", "attempts",
)  # fmt: skip


@dataclass(slots=True)
class _Line:
    """A call in hand, outside any transaction."""

    store: Store
    row: SandboxCall
    inbox: Connection
    posts: int = field(default=0)

    def ask(self, step: Step | None, **said: Any) -> list[dict[str, Any]]:
        """Ask the shop what comes next, and return its script."""
        self.posts += 1
        if self.posts > MOST_STEPS:
            raise Permanent("This call goes round in circles.")
        row = self.row
        body = make_step(row.provider_id, step, number=row.number, ours=str(row.ours or ""), **said)
        with store_scope(self.store.pk):
            made = signed(self.store, self.inbox, body)
        reply = front_door().request("POST", made.path, content=made.body, headers=made.headers)
        found: list[dict[str, Any]] = json.loads(reply.body)
        return found


# --- what people do


def dial(
    *, store: Store, inbox: Connection, caller: str, shows: bool = True, provider_id: str = ""
) -> SandboxCall:
    """Call the shop. `shows`: whether the number is shown. The same `provider_id` twice: one call.

    Raises:
        Conflict: this phone is in a call already.
    """
    with store_scope(store.pk), transaction.atomic():
        known = SandboxCall.objects.filter(connection=inbox, provider_id=provider_id).first()
        if known is not None:
            return known
        if live_calls(caller):
            raise Conflict("This phone is in a call already.", remedy="Hang up first.")
        row = SandboxCall.objects.create(
            connection=inbox,
            provider_id=provider_id or f"sandbox-{uuid7()}",
            direction=Direction.IN,
            caller=caller,
            number=caller if shows else "",
            due_at=clock.now() + PATIENCE,
            started_at=clock.now(),
        )
    line = _Line(store, row, inbox)
    with _in_turn(line):
        _play(line, line.ask(Step.RINGING))
    return row


def press(*, store: Store, call: uuid.UUID, key: str) -> None:
    """Press a key while the script waits for one.

    Raises:
        Conflict: it does not wait for one.
    """
    if len(key) != 1 or key not in "0123456789*#":
        raise Invalid("A phone has no such key.")
    with _in_hand(store, call, Stage.ASKS) as line:
        then = line.row.then["then"]
        _play(line, line.ask(Step(then["step"]), key=key, values=then["values"]))


def wait(*, store: Store, call: uuid.UUID) -> None:
    """Press nothing until the script goes on behind its question."""
    with _in_hand(store, call, Stage.ASKS) as line:
        _play(line, line.row.then["rest"])


def speak(*, store: Store, call: uuid.UUID, words: str) -> None:
    """Leave a message; its words are typed.

    Raises:
        Conflict: nothing is recorded just now.
    """
    said = words.strip()[:LONGEST]
    with _in_hand(store, call, Stage.RECORDS) as line:
        row, then = line.row, line.row.then["then"]
        seconds = max(1, len(said) // _A_SECOND)
        row.words = said
        recording = recording_of(row.provider_id, seconds) if said else ""
        script = line.ask(
            Step(then["step"]), values=then["values"], recording=recording, words=said,
            seconds=seconds,
        )  # fmt: skip
        _play(line, script)


def take(*, store: Store, call: uuid.UUID, number: str) -> None:
    """Pick up a phone that rings: a colleague's, or the customer's."""
    with _in_hand(store, call, Stage.RINGS) as line:
        row = line.row
        ringing = _ringing(row, number)
        row.rings, row.due_at = [], clock.now() + PATIENCE
        if row.is_out and row.then:  # the customer, whom a colleague calls
            _talk(row)
        elif row.is_out:  # the colleague who asked to be put through
            row.agent_number = number
            _play(line, line.ask(Step.BRIDGE, values={"call": str(row.ours)}))
        else:
            row.agent_number, row.agent_then = number, None
            asked = line.ask(Step.SCREEN, values=ringing["then"]["values"])
            _ask_agent(row, asked)


def press_as_colleague(*, store: Store, call: uuid.UUID, key: str) -> None:
    """Press a key as the colleague who picked up."""
    with store_scope(store.pk):
        is_out = SandboxCall.objects.filter(pk=call, direction=Direction.OUT).exists()
    if is_out:  # it is the colleague who hears the script
        press(store=store, call=call, key=key)
        return
    with _in_hand(store, call, Stage.RINGS) as line:
        row = line.row
        if row.agent_then is None:
            raise Conflict("Nobody has picked up yet.", remedy="Take the call first.")
        then, row.agent_then = row.agent_then, None
        script = line.ask(Step(then["step"]), key=key, values=then["values"])
        if script:  # they are not connected
            _not_taken(line)
        else:
            _talk(row)


def decline(*, store: Store, call: uuid.UUID, number: str) -> None:
    """Let a phone ring out, or decline a call."""
    with _in_hand(store, call, Stage.RINGS) as line:
        row = line.row
        if row.agent_then is None:
            _ringing(row, number)
        row.rings = [each for each in row.rings if each["number"] != number]
        if not row.rings:
            _not_taken(line)


def hang_up(*, store: Store, call: uuid.UUID, as_colleague: bool = False) -> None:
    """End a call, as whoever is on the line. A colleague who has not taken it ends nothing."""
    with _in_hand(store, call, *(set(Stage) - {Stage.OVER})) as line:
        row = line.row
        if as_colleague and row.agent_then is not None:
            _not_taken(line)
            return
        if row.stage == Stage.TALKS:
            _end_talk(line)
        _over(line, why=_why(row))


def let_pass(*, store: Store, call: uuid.UUID) -> None:
    """Do what time does: nobody picked up, or somebody has forgotten the call."""
    with store_scope(store.pk):
        row = SandboxCall.objects.get(pk=call)
    if row.stage == Stage.OVER:
        return
    if row.stage != Stage.RINGS:
        hang_up(store=store, call=call)
        return
    with _in_hand(store, call, Stage.RINGS) as line:
        _not_taken(line)


class Exchange:
    """The part of it that the connector asks."""

    def ring(self, account: Account, *, call: uuid.UUID, agent: str) -> str:
        """Ring an agent's number; a second time is the same call."""
        provider_id = f"sandbox-{call}"
        with store_scope(account.store_id), transaction.atomic():
            ours = Call.objects.get(pk=call)
            SandboxCall.objects.get_or_create(
                connection_id=account.id,
                provider_id=provider_id,
                defaults={
                    "ours": call,
                    "direction": Direction.OUT,
                    "caller": ours.number,
                    "number": ours.number,
                    "stage": Stage.RINGS,
                    "rings": [{"number": agent, "then": None}],
                    "agent_number": agent,
                    "due_at": clock.now() + timedelta(seconds=AGENT_SECONDS),
                    "started_at": clock.now(),
                },
            )
            announce(account.store_id, TOPIC)
        return provider_id

    def is_over(self, account: Account, provider_id: str) -> bool:
        """Whether a call has ended, or was never there."""
        with store_scope(account.store_id):
            rows = SandboxCall.objects.filter(connection_id=account.id, provider_id=provider_id)
            return not rows.exclude(stage=Stage.OVER).exists()


def live_calls(caller: str) -> list[SandboxCall]:
    """Return the calls of a phone that go on, the newest first. Needs the store's scope."""
    rows = SandboxCall.objects.filter(caller=caller).exclude(stage=Stage.OVER)
    return list(rows.order_by("-started_at"))


# --- how a script is obeyed


def _play(line: _Line, script: list[dict[str, Any]]) -> None:
    """Obey a script until somebody else has to do something."""
    row, todo = line.row, [*script]
    while todo:
        order = todo.pop(0)
        match order["do"]:
            case "say":
                row.said = [*row.said, _caption(order)]
            case "ask":
                row.said = [*row.said, *map(_caption, order["say"])]
                _pause(row, Stage.ASKS, order, todo)
                return
            case "record":
                _pause(row, Stage.RECORDS, order, todo)
                return
            case "ring":
                _ring(line, order)
                return
            case "go_on":
                then = order["then"]
                todo = line.ask(Step(then["step"]), values=then["values"])
            case "hang_up":
                break
    _over(line)


def _caption(order: dict[str, Any]) -> dict[str, str]:
    return {"text": str(order["text"]), "language": str(order["language"])}


def _pause(
    row: SandboxCall, stage: Stage, order: dict[str, Any], rest: list[dict[str, Any]]
) -> None:
    row.stage, row.due_at = stage, clock.now() + PATIENCE
    row.then = {"then": order["then"], "rest": rest}


def _ring(line: _Line, order: dict[str, Any]) -> None:
    row = line.row
    row.stage, row.rings = Stage.RINGS, order["numbers"]
    row.then = {"then": order["then"], "rest": []}
    row.due_at = clock.now() + timedelta(seconds=order["seconds"])
    if row.is_out:
        with store_scope(line.store.pk):
            rings = hears_calls(row.caller)
        if not rings:
            _not_taken(line)
            return
        row.rang = True


def _ask_agent(row: SandboxCall, script: list[dict[str, Any]]) -> None:
    """Keep what a colleague is asked, and wait for their key."""
    row.due_at = clock.now() + THINKS
    for order in script:
        if order["do"] == "ask":
            row.agent_said = [_caption(each) for each in order["say"]]
            row.agent_then = order["then"]
            return


def _talk(row: SandboxCall) -> None:
    row.stage, row.talked_at = Stage.TALKS, clock.now()
    row.due_at = clock.now() + PATIENCE


def _not_taken(line: _Line) -> None:
    """Go on where nobody took the call."""
    row = line.row
    row.rings, row.agent_then, row.agent_number = [], None, row.agent_number if row.is_out else ""
    if not row.then:  # our own colleague was not there
        _over(line, why=_why(row))
        return
    then = row.then["then"]
    _play(line, line.ask(Step(then["step"]), values=then["values"], connected=False))


def _end_talk(line: _Line) -> None:
    row, then = line.row, line.row.then["then"]
    seconds = int((clock.now() - (row.talked_at or clock.now())).total_seconds())
    line.ask(Step(then["step"]), values=then["values"], connected=True, seconds=seconds)


def _over(line: _Line, why: str = "") -> None:
    """End the call, and say so."""
    row = line.row
    row.stage, row.rings, row.then, row.agent_then, row.due_at = Stage.OVER, [], {}, None, None
    row.ended_at = clock.now()
    line.ask(None, why=why)


def _why(row: SandboxCall) -> str:
    if row.is_out and not row.then and row.stage == Stage.RINGS:
        return "Your own phone was not answered, so the customer was not rung."
    return ""


def _ringing(row: SandboxCall, number: str) -> dict[str, Any]:
    found = next((each for each in row.rings if each["number"] == number), None)
    if found is None:
        raise Conflict("This phone does not ring any more.")
    return dict(found)


# --- one after the other


@contextmanager
def _in_hand(store: Store, call: uuid.UUID, *stages: str) -> Iterator[_Line]:
    """Take a call in hand at one of these stages.

    Raises:
        NotFound: there is no such call.
        Conflict: it is somewhere else by now.
    """
    with store_scope(store.pk), transaction.atomic():
        rows = SandboxCall.objects.select_for_update(of=("self",)).select_related("connection")
        row = rows.filter(pk=call).first()
        if row is None:
            raise NotFound("There is no such call.")
        if row.stage not in stages:
            over = row.stage == Stage.OVER
            raise Conflict("The call is over." if over else "The call is somewhere else by now.")
        row.turn += 1
        SandboxCall.objects.filter(pk=row.pk).update(turn=row.turn, stage=Stage.PLAYS)
    line = _Line(store, row, row.connection)
    with _in_turn(line):
        yield line


@contextmanager
def _in_turn(line: _Line) -> Iterator[None]:
    """Write what came of it, unless somebody else did something meanwhile."""
    row = line.row
    before, stood = row.turn, row.stage
    try:
        yield
    except Exception:  # the door is shut: the call stays where it was, a new one is none
        stage = Stage.OVER if stood == Stage.PLAYS else stood
        with store_scope(line.store.pk):
            SandboxCall.objects.filter(pk=row.pk, turn=before).update(stage=stage)
        raise
    row.turn, row.lease_until, row.attempts = before + 1, None, 0
    with store_scope(line.store.pk):
        values = {name: getattr(row, name) for name in _KEPT}
        SandboxCall.objects.filter(pk=row.pk, turn=before).update(**values)
        announce(line.store.pk, TOPIC)
