"""Rows of the ledger: what a message is called, its state and its reason in words for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shopbell.connections.models import Connection
from shopbell.connections.ports import CONNECTORS
from shopbell.kit import clock
from shopbell.messaging.models import Message, MessageLog
from shopbell.messaging.states import State
from shopbell.messaging.titles import medium_name, title_of
from shopbell.notifications.kinds import KINDS
from shopbell.web.formats import clock_time
from shopbell.web.states import tone_of_state


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger."""

    message: Message
    who: str
    what: str
    channel: str
    by: str
    state: str
    says: str
    why: str


def ledger(messages: Iterable[Message], zone: str) -> list[Row]:
    """Return the lines of messages that have customer and order preloaded."""
    return [row_of(message, zone) for message in messages]


def row_of(message: Message, zone: str) -> Row:
    """Return the line of one message."""
    number = f" · {message.order}" if message.order else ""
    name = medium_name(message.medium)
    return Row(
        message=message,
        who=(message.customer.name if message.customer else "")
        or message.to_name
        or message.to_address
        or (str(message.customer) if message.customer else "Guest"),
        what=title_of(message.kind) + number,
        channel=name[:1].upper() + name[1:],
        by=name,
        state=message.state,
        says=state_words(message, zone),
        why=why(message, zone),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a message's way."""

    at: datetime
    what: str
    detail: str = ""
    tone: str = ""


def way_of(message: Message, log: Iterable[MessageLog]) -> list[Step]:
    """Return what happened to a message, newest first (its connection preloaded)."""
    kind = KINDS.get(message.kind)
    cause = {"resend": "Sent again by staff", "test": "A test"}.get(message.origin, "")
    begun = Step(message.created_at, "Queued", cause or (kind.when if kind else ""))
    steps = [
        Step(line.at, _label(line.state).capitalize(), line.text, tone_of_state(line.state))
        for line in log
    ]
    if message.handed_at:
        name = connection_name(message.connection)
        steps.append(Step(message.handed_at, "Handed over", f"To {name}" if name else ""))
    # Steps of one moment keep the order in which they were made; `sorted` is stable.
    return [*sorted([begun, *steps], key=lambda step: step.at)][::-1]


def connection_name(connection: Connection | None) -> str:
    """Return what a connection is called: its own name, or that of its kind."""
    if connection is None:
        return ""
    known = connection.connector in CONNECTORS
    return connection.name or (CONNECTORS.get(connection.connector).title if known else "")


def _label(state: str) -> str:
    return str(State(state).label) if state in State else state.replace("_", " ")


def state_words(message: Message, zone: str) -> str:
    """Return a state as people read it; what was read also says when."""
    if message.state == State.READ and message.read_at:
        return f"read {clock_time(message.read_at, zone)}"
    return str(State(message.state).label)


def why(message: Message, zone: str) -> str:
    """Return the reason, or what is planned, or where it came from."""
    if message.reason_text:
        return message.reason_text
    if message.state == State.QUEUED and message.due_at > clock.now():
        return f"Planned for {clock_time(message.due_at, zone)}."
    return {"resend": "Sent again by staff.", "test": "A test."}.get(message.origin, "")
