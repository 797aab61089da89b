"""What a telephone provider offers (`Telephone`), what it tells us (`Heard`), what callers hear.

A script is a list of instructions in the words of no provider; the connector writes them as its
provider wants. `Next` is the step at which the provider asks again.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shopbell.connections.ports import Account


class Step(StrEnum):
    """Where in a call the provider asks what to do next."""

    RINGING = ""  # somebody calls
    DIALLED = "dialled"  # agents were rung
    CHOSEN = "chosen"  # the caller pressed a key
    PROMISED = "promised"  # the caller is told of the call-back
    RECORDED = "recorded"  # the caller left a message
    GOODBYE = "goodbye"
    SCREEN = "screen"  # an agent picked up: who is it?
    TAKEN = "taken"  # the agent pressed a key
    BRIDGE = "bridge"  # click to call: the agent picked up
    CONNECT = "connect"  # the agent pressed a key
    BRIDGED = "bridged"  # the customer was rung


@dataclass(frozen=True, slots=True)
class Next:
    """A step with what has to be remembered until then; both come back as they are."""

    step: Step
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Read a text aloud. `language`: two letters."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Ask:
    """Read something aloud and wait for one key; without one, the script goes on behind it."""

    say: tuple[Say, ...]
    then: Next
    seconds: int = 8


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring numbers at once and connect the first that takes it.

    `screen`: what each is asked before it is connected. `shows`: the number they see.
    """

    numbers: tuple[tuple[str, Next | None], ...]
    then: Next
    seconds: int = 25
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Record what the caller says."""

    then: Next
    seconds: int = 120


@dataclass(frozen=True, slots=True)
class GoOn:
    """Go on at another step."""

    then: Next


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


type Instruction = Say | Ask | Ring | Record | GoOn | HangUp


@dataclass(frozen=True, slots=True)
class Asked:
    """What the provider asks: at which step of which call, what was pressed, who answered.

    `number` is the other side's as shown, empty if it is withheld. `connected`: after ringing,
    whether somebody took it.
    """

    step: Step
    provider_id: str
    number: str = ""
    key: str = ""
    connected: bool = False
    over: bool = False  # the caller has hung up already
    values: dict[str, str] = field(default_factory=dict)


class HeardKind(StrEnum):
    """What is told of a call."""

    RINGING = "ringing"
    TAKEN = "taken"  # an agent took it
    DIALLED = "dialled"  # ringing agents, or the customer, is over
    PROMISED = "promised"  # the caller was told of a call-back at `promised_at`
    RECORDED = "recorded"  # there is a recording `recording_id`
    TRANSCRIBED = "transcribed"
    AGENT = "agent"  # click to call: our own agent picked up
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing the provider told. `call`: ours, of a call that we placed."""

    kind: HeardKind
    provider_id: str
    call: uuid.UUID | None = None
    number: str = ""
    agent: int | None = None
    connected: bool = False
    seconds: int | None = None
    promised_at: datetime | None = None
    wanted: bool = False  # asked for, not only announced
    recording_id: str = ""
    text: str = ""


@runtime_checkable
class Telephone(Protocol):
    """A channel that carries calls."""

    def heard(self, provider_id: str, body: bytes, account: Account) -> list[Heard]:
        """Translate one stored webhook. Raises `Invalid` for what can never be understood."""
        ...

    def place(self, account: Account, *, call: uuid.UUID, agent: str) -> str:
        """Ring the agent's number; the step `BRIDGE` follows. Returns the provider's id.

        Raises `Permanent`, or `Temporary` (`untouched` if surely nobody was rung).
        """
        ...

    def recording(self, account: Account, recording_id: str) -> bytes:
        """Return a recording as MP3. Raises `Temporary` or `Permanent`."""
        ...

    def look(self, account: Account, provider_id: str) -> Heard | None:
        """Ask how a call ended; None while it goes on. Raises `Temporary` or `Permanent`."""
        ...


TOPIC = "calls"  # of stored webhooks about calls
type Script = Sequence[Instruction]
