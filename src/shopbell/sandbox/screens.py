"""What the sandbox page shows of calls: the phone's call screen and list, colleagues' phones.

A newcomer's mistake: showing the customer what only our own side hears. While a colleague is put
through, the customer's phone knows nothing yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shopbell.calls.entries import span_of
from shopbell.calls.models import AgentPhone
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.sandbox.holders import Holder
from shopbell.sandbox.models import Handset, SandboxCall, Stage
from shopbell.web.formats import phone as phone_format

LISTED = 30
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


@dataclass(frozen=True, slots=True)
class Screen:
    """A call as one side sees it. `number`: of the phone that rings or is in it."""

    call: SandboxCall
    title: str
    state: str
    said: list[dict[str, str]] = field(default_factory=list)
    number: str = ""
    key: str = ""  # an id for the page
    since: datetime | None = None
    can_take: bool = False
    can_press: bool = False
    can_speak: bool = False
    can_hang_up: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A call of the past in the phone's list."""

    call: SandboxCall
    title: str
    more: str
    heard: str = ""  # what the shop said last
    is_missed: bool = False


def screen_of(holder: Holder, inbox: Connection, shop: str) -> Screen | None:
    """Return the call that goes on at a customer's phone."""
    if not holder.number or holder.is_off:
        return None
    rows = SandboxCall.objects.filter(connection=inbox, caller=holder.number)
    live = rows.exclude(stage=Stage.OVER).order_by("-started_at")
    row = next((each for each in live if each.is_at_customer), None)
    if row is None:
        return None
    rings = row.is_out and row.stage == Stage.RINGS
    return Screen(
        row,
        f"{shop} calls" if rings else shop,
        _state_at_customer(row),
        [] if row.is_out else row.said,
        holder.number,
        f"call-{row.pk}",
        row.talked_at or (None if rings else row.started_at),
        can_take=rings,
        can_press=row.stage == Stage.ASKS,
        can_speak=row.stage == Stage.RECORDS,
        can_hang_up=not rings,
    )


def _state_at_customer(row: SandboxCall) -> str:
    match row.stage:
        case Stage.RINGS:
            return "Incoming call" if row.is_out else "Ringing"
        case Stage.ASKS:
            return "Press a key"
        case Stage.RECORDS:
            return "Recording"
        case Stage.TALKS:
            return "In a call"
    return "Connecting"


def list_of(holder: Holder, inbox: Connection) -> list[Listed]:
    """Return the calls of a phone that are over, the newest first."""
    rows = SandboxCall.objects.filter(connection=inbox, caller=holder.number, stage=Stage.OVER)
    newest = rows.order_by("-started_at")[: LISTED * 2] if holder.number else []
    return [_listed(row) for row in newest if not row.is_out or row.rang][:LISTED]


def _listed(row: SandboxCall) -> Listed:
    heard = str(row.said[-1]["text"]) if row.said and not row.is_out else ""
    if row.talked_at is not None and row.ended_at is not None:
        span = span_of(int((row.ended_at - row.talked_at).total_seconds()))
        return Listed(row, "The shop called" if row.is_out else "You called", span)
    if row.is_out:
        return Listed(row, "Missed call", "The shop called", is_missed=True)
    if row.words:
        return Listed(row, "You left a message", f"“{row.words}”", heard)
    return Listed(row, "You called", "", heard)


def colleague_screens(inboxes: Iterable[Connection]) -> list[Screen]:
    """Return the phones of colleagues that ring or are in a call."""
    rows = SandboxCall.objects.filter(connection__in=[each.pk for each in inboxes])
    live = list(rows.exclude(stage=Stage.OVER).order_by("started_at", "id")[:20])
    if not live:
        return []
    people = {row.number: str(row.user) for row in AgentPhone.objects.select_related("user")}
    names = _names({row.caller for row in live})
    found: list[Screen] = []
    for row in live:
        other = names.get(row.caller) or phone_format(row.caller)
        if not row.number:
            other = "A withheld number"
        found += _at_colleagues(row, people, other)
    return found


def _at_colleagues(row: SandboxCall, people: dict[str, str], other: str) -> list[Screen]:
    def screen(number: str, state: str, said: list[dict[str, str]], **can: Any) -> Screen:
        title, key = people.get(number) or phone_format(number), f"at-{row.pk}-{number[1:]}"
        return Screen(row, title, state, said, number, key, row.talked_at, **can)

    mine = row.agent_number
    if row.stage == Stage.TALKS:
        return [screen(mine, f"In a call with {other}", [])]
    if row.is_out:
        rings = row.stage == Stage.RINGS
        if rings and not row.then:
            return [screen(mine, "Rings", [], can_take=True)]
        if rings:
            return [screen(mine, f"Calls {other}", row.said)]
        return [screen(mine, "Picked up", row.said, can_press=row.stage == Stage.ASKS)]
    if row.agent_then is not None:
        return [screen(mine, "Picked up", row.agent_said, can_press=True)]
    if row.stage != Stage.RINGS:
        return []
    return [screen(each["number"], f"{other} calls", [], can_take=True) for each in row.rings]


def _names(numbers: set[str]) -> dict[str, str]:
    """Return who is known by these numbers."""
    found = dict(Handset.objects.filter(number__in=numbers).values_list("number", "name"))
    rows = Customer.objects.filter(phone__in=numbers, erased_at=None).order_by("-pk")
    return found | {row.phone: row.name for row in rows if row.name}
