"""How a call reads: one line for lists and search, and what its entry shows."""

from typing import Any

from shopbell.calls.models import Call, Direction, Outcome, State
from shopbell.web.formats import phone as phone_format

_IN = {
    Outcome.NONE: "Is calling",
    Outcome.REACHED: "Called",
    Outcome.MISSED: "Missed call",
    Outcome.VOICEMAIL: "Left a message",
    Outcome.NOT_REACHED: "Called, not reached",
    Outcome.WRONG_NUMBER: "Called, wrong number",
}
_OUT = {
    Outcome.NONE: "Calling",
    Outcome.REACHED: "Called and reached",
    Outcome.MISSED: "Called, not reached",
    Outcome.VOICEMAIL: "Called, spoke to a mailbox",
    Outcome.NOT_REACHED: "Called, not reached",
    Outcome.WRONG_NUMBER: "Called a wrong number",
}


def title_of(row: Call) -> str:
    """Return what happened in a few words."""
    if row.state == State.FAILED:
        return "The call could not be placed"
    if row.state == State.IN_DOUBT:
        return "Not known whether the call was placed"
    if row.state == State.TALKING and row.direction == Direction.IN:
        return "In a call"
    return (_IN if row.direction == Direction.IN else _OUT)[Outcome(row.outcome)]


def span_of(seconds: int | None) -> str:
    """Return "3 min 20 s"."""
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    return " ".join(part for part in (f"{minutes} min" * bool(minutes), f"{rest} s") if part)


def words_of(row: Call) -> str:
    """Return the call as text, for lists, search and programs."""
    who = phone_format(row.number) if row.number else "number withheld"
    first = ", ".join(part for part in (title_of(row), who, span_of(row.talk_seconds)) if part)
    return "\n\n".join(part for part in (f"{first}.", row.notes, row.transcript) if part)


def shown(row: Call) -> dict[str, Any]:
    """Return what the entry keeps to draw the call."""
    return {
        "id": str(row.pk),
        "direction": row.direction,
        "title": title_of(row),
        "number": row.number,
        "state": row.state,
        "outcome": row.outcome,
        "span": span_of(row.talk_seconds),
        "notes": row.notes,
        "transcript": row.transcript,
        "trouble": row.trouble,
        "wants_call_back": row.wants_call_back,
        "promised_at": row.promised_at.isoformat() if row.promised_at else "",
        "told": row.get_promise_told_display() if row.promised_at else "",
        "recording": _recording(row),
        "by_hand": row.connection_id is None,
    }


def _recording(row: Call) -> str:
    if not row.recording_id:
        return ""
    return "kept" if row.recording_kept_at else "coming"
