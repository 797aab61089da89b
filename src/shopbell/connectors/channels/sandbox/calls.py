"""The `sandbox_phone` channel: calls that stay on the sandbox page.

A call's step comes as a signed webhook, and the answer says what is heard next, as with a provider.
A newcomer's mistake: keeping calls here. The exchange keeps them; it stands above the connectors
and puts itself in (`plug_in`).
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from shopbell.calls.ports import TOPIC, Asked, Heard, HeardKind, Step
from shopbell.calls.script import next_script
from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.sandbox.channels import SandboxSettings
from shopbell.connectors.channels.sandbox.scripts import write_script
from shopbell.connectors.channels.sandbox.webhooks import verify_request
from shopbell.customers.normalise import phone_key
from shopbell.kit import clock
from shopbell.kit.errors import Invalid, Permanent, Unsupported
from shopbell.messaging.ports import Capabilities, ChannelSession, Medium, Receipt

ENDED = "ended"  # news that is no step: a call is over
_TEXTS = ("step", "number", "key", "recording", "words", "ours", "why")
# A frame of MP3 that is silent, 26 ms of it: 32 kbit/s, one channel, 44.1 kHz.
_SILENCE = b"\xff\xfb\x10\xc4" + bytes(100)
_FRAMES = 38  # a second


class Exchange(Protocol):
    """What carries the calls of the sandbox."""

    def ring(self, account: Account, *, call: uuid.UUID, agent: str) -> str:
        """Ring an agent's number to call a customer; returns the id of the call."""
        ...

    def is_over(self, account: Account, provider_id: str) -> bool:
        """Whether a call has ended, or was never there."""
        ...


_exchange: list[Exchange] = []


def plug_in(exchange: Exchange) -> None:
    """Let an exchange carry the calls."""
    _exchange[:] = [exchange]


class SandboxPhone:
    """Calls on the phone of the sandbox page."""

    key: ClassVar[str] = "sandbox_phone"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Phone (sandbox)"
    summary: ClassVar[str] = "Try calls, call-backs and voicemail without a telephone line."
    settings_model: ClassVar[type[Settings]] = SandboxSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.PHONE, sends=False, sandbox=True
    )

    def check(self, account: Account) -> Health:
        """Always well."""
        return Health(ok=True, summary="The sandbox is ready. Nobody's telephone rings.")

    def open(self, account: Account) -> ChannelSession:
        """Refuse: nothing is written by phone."""
        raise Unsupported("Messages cannot be sent by phone call.")

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Return none: calls have none."""
        return []

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature."""
        verify_request(request, account.settings.webhook_secret)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under its call and step; a question that tells nothing is not stored."""
        name = _name_of(read_step(request.body))
        return [Incoming(name, TOPIC)] if name else []

    def answer(self, request: RawRequest, account: Account) -> tuple[str, str]:
        """Say what the person on the phone hears next."""
        said = read_step(request.body)
        script = [] if said["news"] else next_script(_asked(said), account, account.address)
        return "application/json", json.dumps(write_script(script))

    def heard(self, provider_id: str, body: bytes, account: Account) -> list[Heard]:
        """Translate one stored webhook."""
        return _heard(read_step(body))

    def place(self, account: Account, *, call: uuid.UUID, agent: str) -> str:
        """Have the agent rung."""
        if not _exchange:
            raise Permanent("The sandbox's exchange is not installed.")
        return _exchange[0].ring(account, call=call, agent=agent)

    def recording(self, account: Account, recording_id: str) -> bytes:
        """Return silence as long as the message, whose words are typed and come as transcript."""
        seconds = recording_id.partition("-")[0]
        return _SILENCE * (_FRAMES * min(int(seconds) if seconds.isdecimal() else 1, 600))

    def look(self, account: Account, provider_id: str) -> Heard | None:
        """Ask how a call ended."""
        if _exchange and not _exchange[0].is_over(account, provider_id):
            return None
        return Heard(HeardKind.ENDED, provider_id)


def make_step(
    provider_id: str, step: Step | None, *, at: datetime | None = None, **said: Any
) -> bytes:
    """Return a webhook body: at which step a call is. Without a step it is over.

    `said`: number, key, connected, over, seconds, recording, words, ours, why, values.
    """
    content = {
        "call": provider_id,
        "at": (at or clock.now()).isoformat(),
        "news": "" if step is not None else ENDED,
        "step": str(step or ""),
        **said,
    }
    return json.dumps(content).encode()


def read_step(body: bytes) -> dict[str, Any]:
    """Return the content of a webhook.

    Raises:
        Invalid: it is not what `make_step` writes.
    """
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.") from None
    if not isinstance(found, dict) or not isinstance(found.get("call"), str) or not found["call"]:
        raise Invalid("The body needs the id of the call, “call”.")
    content = {**dict.fromkeys(_TEXTS, ""), "news": "", "values": {}, "seconds": None, **found}
    values = content["values"]
    texts = (
        [content[name] for name in _TEXTS] + [*values.values()] if isinstance(values, dict) else [0]
    )
    if not all(isinstance(each, str) for each in texts):
        raise Invalid("A value of the call has the wrong kind.")
    if content["step"] not in list(Step) or content["news"] not in ("", ENDED):
        raise Invalid("There is no such step in a call.")
    if not isinstance(content["seconds"], int | None):
        raise Invalid("“seconds” is a whole number.")
    content["number"] = phone_key(content["number"])
    return content


def _asked(said: dict[str, Any]) -> Asked:
    return Asked(
        step=Step(said["step"]),
        provider_id=said["call"],
        number=said["number"],
        key=said["key"],
        connected=bool(said.get("connected")),
        over=bool(said.get("over")),
        values=said["values"],
    )


def _name_of(said: dict[str, Any]) -> str:
    """Return under which name a webhook is stored; empty for one that says nothing new."""
    call, values, step = said["call"][:60], said["values"], said["step"]
    if said["news"]:
        return f"{ENDED}:{call}"
    if step == Step.TAKEN:
        return f"taken:{values.get('call', '')[:60]}" if said["key"] == "1" else ""
    if step in (Step.CHOSEN, Step.SCREEN, Step.CONNECT):
        return ""
    return f"{step or 'ringing'}:{call}"


def _heard(said: dict[str, Any]) -> list[Heard]:
    step, call, number, values = said["step"], said["call"], said["number"], said["values"]
    ours = _our_id(said["ours"])
    if said["news"] or step == Step.GOODBYE:
        return [Heard(HeardKind.ENDED, call, call=ours, number=number, text=said["why"])]
    if step == Step.TAKEN:
        agent = values.get("agent", "")
        who = int(agent) if agent.isdecimal() else None
        return [Heard(HeardKind.TAKEN, values.get("call", ""), agent=who)]
    if step in (Step.DIALLED, Step.BRIDGED):
        taken, seconds = bool(said.get("connected")), said["seconds"]
        return [Heard(HeardKind.DIALLED, call, ours, number, connected=taken, seconds=seconds)]
    if step == Step.PROMISED:
        at, wanted = _moment(values.get("at", "")), values.get("wanted") == "1"
        return [Heard(HeardKind.PROMISED, call, number=number, promised_at=at, wanted=wanted)]
    if step == Step.RECORDED:
        return _recorded(said)
    kind = {Step.RINGING: HeardKind.RINGING, Step.BRIDGE: HeardKind.AGENT}.get(Step(step))
    if kind is None:
        raise Invalid("This step tells nothing.")
    return [Heard(kind, call, call=ours, number=number)]


def _recorded(said: dict[str, Any]) -> list[Heard]:
    call, number, recording = said["call"], said["number"], said["recording"]
    if not recording:
        return [Heard(HeardKind.ENDED, call, number=number)]
    kept = Heard(
        HeardKind.RECORDED, call, number=number, recording_id=recording, seconds=said["seconds"]
    )
    return [kept, Heard(HeardKind.TRANSCRIBED, call, number=number, text=said["words"])]


def recording_of(provider_id: str, seconds: int) -> str:
    """Return the id of the recording of a call: its length and a name."""
    return f"{seconds}-{hashlib.sha256(provider_id.encode()).hexdigest()[:24]}"


def _our_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise Invalid("This is about no call of ours.") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("The time of the promised call cannot be read.") from None
