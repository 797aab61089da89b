"""What Twilio tells of calls: filed under names that say the step, translated by tables.

The stored body does not have the query of the address, so what matters of it stands in the name:
`promised:CA…:2026-03-04T15:30:00+00:00`. A newcomer's mistake: taking a recording's address from
the body. The bytes are asked for by the recording's id, from the API we know.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from shopbell.calls.ports import Asked, Heard, HeardKind, Step
from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.twilio_signatures import params_of
from shopbell.customers.normalise import phone_key
from shopbell.kit.errors import Invalid

type Form = Mapping[str, str]

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_CONNECTED = frozenset({"completed", "answered"})
# Shown for callers who withhold their number, besides words.
# https://help.twilio.com/articles/223179988
_WITHHELD = frozenset({"+7378742833", "+2562533", "+8566696", "+266696687", "+86282452253"})
_STEPS = frozenset(Step)


def form_of(body: bytes) -> dict[str, str]:
    """Return a posted form; of a repeated name the last value."""
    return {name: value for name, value in params_of(body) if "\0" not in value}


def number_of(shown: str) -> str:
    """Return a caller's number, or "" if it is withheld or none."""
    return "" if shown in _WITHHELD else phone_key(shown)


def asked_of(request: RawRequest) -> Asked:
    """Return what Twilio wants to know."""
    form = form_of(request.body)
    values = {name: value for name, value in request.query.items() if name != "step"}
    return Asked(
        step=step_of(request),
        provider_id=form.get("CallSid", ""),
        number=number_of(form.get("From", "")),
        key=form.get("Digits", ""),
        connected=form.get("DialCallStatus", "") in _CONNECTED,
        over=form.get("CallStatus", "") in OVER,
        values=values,
    )


def step_of(request: RawRequest) -> Step:
    """Return the step a request is about.

    Raises:
        Invalid: it is none of ours.
    """
    step = request.query.get("step", "")
    if step not in _STEPS:
        raise Invalid("There is no such step in a call.")
    return Step(step)


def is_news(request: RawRequest) -> bool:
    """Whether this only tells something; Twilio reads no answer to it."""
    form = form_of(request.body)
    return "news" in request.query or ("step" not in request.query and _is_over(form))


def _is_over(form: Form) -> bool:
    return form.get("CallStatus", "") in OVER


def name_of(request: RawRequest) -> str:
    """Return under which name a request is stored; empty for one that says nothing new.

    Raises:
        Invalid: it is about no call.
    """
    form, query = form_of(request.body), request.query
    call = form.get("CallSid", "")
    if not call:
        raise Invalid("This is about no call: CallSid is missing.")
    if "news" in query or "step" not in query:
        return _name_of_news(call, form, query)
    step = step_of(request)
    if step == Step.TAKEN:
        taken = form.get("Digits") == "1"
        return f"taken:{query.get('call', '')}:{query.get('agent', '')}" if taken else ""
    if step == Step.PROMISED:
        return f"promised:{call}:{query.get('at', '')}:{query.get('wanted', '')}"
    if step in (Step.BRIDGE, Step.BRIDGED):
        return f"{step}:{call}:{query.get('call', '')}"
    if step in (Step.DIALLED, Step.RECORDED, Step.GOODBYE):
        return f"{step}:{call}"
    return ""


def _name_of_news(call: str, form: Form, query: Form) -> str:
    about = query.get("news", "")
    if about == "recording":
        return f"recording:{call}:{form.get('RecordingSid', '')}"
    if about == "transcription":
        return f"transcription:{call}:{form.get('TranscriptionSid', '')}"
    if _is_over(form):
        return f"ended:{call}:{query.get('call', '')}"
    return "" if about else f"ringing:{call}"


def heard_in(provider_id: str, body: bytes) -> list[Heard]:
    """Translate one stored webhook.

    Raises:
        Invalid: it has a name that is none of ours.
    """
    name, _, rest = provider_id.partition(":")
    call, _, more = rest.partition(":")
    translate = _HEARD.get(name)
    if translate is None:
        raise Invalid(f"There is no news of a call called {name!r}.")
    heard = translate(call, more, form_of(body))
    return [heard] if heard is not None else []


def _ringing(call: str, _more: str, form: Form) -> Heard:
    return Heard(HeardKind.RINGING, call, number=number_of(form.get("From", "")))


def _taken(call: str, agent: str, _form: Form) -> Heard:
    return Heard(HeardKind.TAKEN, call, agent=int(agent) if agent.isdecimal() else None)


def _dialled(call: str, _more: str, form: Form) -> Heard:
    if form.get("CallStatus", "") in OVER and form.get("DialCallStatus") not in _CONNECTED:
        return Heard(HeardKind.ENDED, call, number=number_of(form.get("From", "")))
    return Heard(
        HeardKind.DIALLED,
        call,
        number=number_of(form.get("From", "")),
        connected=form.get("DialCallStatus", "") in _CONNECTED,
        seconds=_seconds(form.get("DialCallDuration", "")),
    )


def _promised(call: str, more: str, form: Form) -> Heard:
    at, _, wanted = more.rpartition(":")
    return Heard(
        HeardKind.PROMISED,
        call,
        number=number_of(form.get("From", "")),
        promised_at=_moment(at),
        wanted=wanted == "1",
    )


def _recorded(call: str, _more: str, form: Form) -> Heard | None:
    """The caller is done; the recording itself is told of when it is ready."""
    if not form.get("RecordingSid"):
        return Heard(HeardKind.ENDED, call, number=number_of(form.get("From", "")))
    return _recording(call, "", form)


def _recording(call: str, _more: str, form: Form) -> Heard | None:
    if form.get("RecordingStatus", "completed") != "completed":
        return None
    return Heard(
        HeardKind.RECORDED,
        call,
        number=number_of(form.get("From", "")),
        recording_id=form.get("RecordingSid", ""),
        seconds=_seconds(form.get("RecordingDuration", "")),
    )


def _transcription(call: str, _more: str, form: Form) -> Heard | None:
    if form.get("TranscriptionStatus") != "completed":
        return None
    return Heard(HeardKind.TRANSCRIBED, call, text=form.get("TranscriptionText", ""))


def _goodbye(call: str, _more: str, form: Form) -> Heard:
    return Heard(HeardKind.ENDED, call, number=number_of(form.get("From", "")))


def _bridge(call: str, ours: str, _form: Form) -> Heard:
    return Heard(HeardKind.AGENT, call, call=_our_id(ours))


def _bridged(call: str, ours: str, form: Form) -> Heard:
    return Heard(
        HeardKind.DIALLED,
        call,
        call=_our_id(ours),
        connected=form.get("DialCallStatus", "") in _CONNECTED,
        seconds=_seconds(form.get("DialCallDuration", "")),
    )


def _ended(call: str, ours: str, form: Form) -> Heard:
    return Heard(
        HeardKind.ENDED,
        call,
        call=_our_id(ours) if ours else None,
        number=number_of(form.get("From", "")),
        text=_WHY.get(form.get("CallStatus", ""), _NOT_TAKEN) if ours else "",
    )


_NOT_TAKEN = "Your own phone was not answered, so the customer was not rung."
_WHY = {
    "busy": "Your own phone was busy, so the customer was not rung.",
    "failed": "Your own phone could not be reached, so the customer was not rung.",
}
_HEARD: dict[str, Callable[[str, str, Form], Heard | None]] = {
    "ringing": _ringing,
    "taken": _taken,
    "dialled": _dialled,
    "promised": _promised,
    "recorded": _recorded,
    "recording": _recording,
    "transcription": _transcription,
    "goodbye": _goodbye,
    "bridge": _bridge,
    "bridged": _bridged,
    "ended": _ended,
}


def _our_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("This is about no call of ours.") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("The time of the promised call cannot be read.") from None


def _seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
