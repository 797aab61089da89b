"""How orders go: stories with a weight, each a list of steps at simulated times.

A newcomer's mistake: adding a step without asking the clock. The warehouse works on weekdays from
eight to four, vans drive from Monday to Saturday; `_at` keeps both honest.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Berlin")

# Of a hundred orders.
STORIES: dict[str, int] = {
    "smooth": 55, "delayed": 9, "nobody_home": 7, "pickup": 7, "neighbour": 4, "returned": 5,
    "split": 3, "cancelled": 3, "edited": 2, "payment_problem": 2, "lost": 1, "refused": 1,
    "wrong_address": 1,
}  # fmt: skip

# How often people buy, by the hour of the day in Berlin: little at night, most in the evening.
RHYTHM = (1, 1, 0, 0, 0, 1, 2, 4, 6, 7, 8, 8, 9, 8, 7, 7, 7, 8, 10, 12, 13, 11, 7, 3)

_ROAD_DAYS = {"DE": (1, 2), "AT": (2, 3), "NL": (2, 3), "BE": (2, 3), "CH": (2, 4), "DK": (2, 3)}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that will happen to an order at a simulated time."""

    at: datetime
    action: str
    data: dict[str, Any] = field(default_factory=dict)


def choose_story(random: Random) -> str:
    """Draw a story by weight."""
    return random.choices(list(STORIES), weights=list(STORIES.values()))[0]


def next_order(after: datetime, per_day: float, random: Random) -> datetime:
    """Return when the next customer buys: a Poisson stream with the day's rhythm (thinning)."""
    peak = max(RHYTHM) / sum(RHYTHM) * per_day
    moment = after
    while True:
        moment += timedelta(hours=random.expovariate(peak))
        if random.random() * max(RHYTHM) <= RHYTHM[moment.astimezone(HOME).hour]:
            return moment


def market_day(at: datetime) -> datetime:
    """Return a Tuesday, nine in the morning, near `at`: a beginning at which much happens soon.

    Somebody who tries the demo on a Saturday night should not wait for the warehouse to open.
    """
    local = at.astimezone(HOME).replace(hour=9, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=1 - local.weekday())).astimezone(at.tzinfo)


def road_days(country: str, random: Random) -> int:
    """Return how many days a parcel is under way."""
    return random.randint(*_ROAD_DAYS.get(country, (3, 5)))


def plan(story: str, placed_at: datetime, country: str, random: Random) -> list[Step]:
    """Return all steps of an order placed at a simulated time, in order of time."""
    minutes = timedelta(minutes=random.randint(2, 9))
    steps: list[Step] = []
    if story == "payment_problem":
        steps.append(Step(placed_at + minutes, "fail_payment"))
        placed_at += timedelta(hours=random.randint(4, 22))
        steps.append(Step(placed_at, "pay"))
    if story == "edited":
        steps.append(Step(placed_at + minutes * 5, "edit"))
    if story == "cancelled":
        steps.append(Step(placed_at + minutes * 8, "cancel", {"reason": "customer"}))
        return steps
    shipped_at = _work(placed_at + timedelta(hours=random.randint(1, 7)), random)
    steps += _journey(story, shipped_at, country, random, parcel=0)
    if story == "split":
        second = _work(shipped_at + timedelta(hours=20), random)
        steps += _journey("smooth", second, country, random, parcel=1)
    return sorted(steps, key=lambda step: step.at)


def _journey(
    story: str, shipped_at: datetime, country: str, random: Random, parcel: int
) -> list[Step]:
    """The parcel's way, then what follows from how it ended."""
    days = road_days(country, random)
    arrival = _van(shipped_at + timedelta(days=days), random)
    steps = [
        Step(shipped_at, "ship", {"parcel": parcel, "until": arrival.isoformat()}),
        _scan(shipped_at + timedelta(minutes=40), parcel, "info_received"),
        _scan(_at(shipped_at, 19, random), parcel, "in_transit", where="origin"),
        _scan(_at(shipped_at + timedelta(days=1), 3, random), parcel, "in_transit", where="hub"),
    ]
    if story == "lost":
        gone = _at(arrival + timedelta(days=3), 11, random)
        return [*steps, _scan(gone, parcel, "exception", "lost"), *_money_back(gone, random)]
    if story == "delayed":
        late = _van(arrival + timedelta(days=random.randint(1, 2)), random)
        noticed = _at(arrival, 6, random)
        steps.append(_scan(noticed, parcel, "in_transit", "delayed", until=late))
        arrival = late
    return [*steps, *_last_mile(story, arrival, parcel, random)]


def _last_mile(story: str, arrival: datetime, parcel: int, random: Random) -> list[Step]:
    """From the van to the door, or not."""
    rung = arrival + timedelta(hours=random.randint(2, 6), minutes=random.randint(0, 59))
    steps = [_scan(arrival, parcel, "out_for_delivery")]
    if story in ("refused", "wrong_address"):
        steps.append(_scan(rung, parcel, "exception", story))
        back = _at(rung + timedelta(days=1), 9, random)
        home = _at(rung + timedelta(days=4), 10, random)
        steps.append(_scan(back, parcel, "exception", "returning"))
        steps.append(_scan(home, parcel, "exception", "returned"))
        return [*steps, *_money_back(home, random)]
    if story == "pickup":
        steps.append(_scan(rung, parcel, "attempt_fail", "nobody_home"))
        kept = _at(rung, 18, random)
        steps.append(_scan(kept, parcel, "available_for_pickup"))
        collected = _at(kept + timedelta(days=random.randint(1, 5)), 17, random)
        return [*steps, _scan(collected, parcel, "delivered")]
    if story == "nobody_home":
        steps.append(_scan(rung, parcel, "attempt_fail", "nobody_home"))
        again = _van(rung + timedelta(days=1), random)
        steps.append(_scan(again, parcel, "out_for_delivery"))
        rung = again + timedelta(hours=random.randint(2, 6))
    ending = {"neighbour": "with_neighbour"}.get(story) or random.choice(
        ("", "", "signed", "safe_place")
    )
    steps.append(_scan(rung, parcel, "delivered", ending))
    if story == "returned":
        steps += _return(rung, random)
    return steps


def _return(delivered: datetime, random: Random) -> list[Step]:
    asked = _at(delivered + timedelta(days=random.randint(1, 4)), 20, random)
    agreed = _work(asked + timedelta(hours=2), random)
    arrived = _work(agreed + timedelta(days=random.randint(3, 6)), random)
    return [
        Step(asked, "ask_return"),
        Step(agreed, "agree_return"),
        Step(arrived, "receive_return"),
        *_money_back(arrived, random, units=1),
    ]


def _money_back(after: datetime, random: Random, units: int = 0) -> list[Step]:
    """`units` 0: everything."""
    return [Step(_work(after + timedelta(hours=3), random), "refund", {"units": units})]


def _scan(
    at: datetime,
    parcel: int,
    status: str,
    sub_status: str = "",
    *,
    where: str = "",
    until: datetime | None = None,
) -> Step:
    data: dict[str, Any] = {"parcel": parcel, "status": status, "sub_status": sub_status}
    if where:
        data["where"] = where
    if until:
        data["until"] = until.isoformat()
    return Step(at, "scan", data)


def _at(day: datetime, hour: int, random: Random) -> datetime:
    """That day at about `hour`, but never before `day` itself."""
    local = day.astimezone(HOME)
    wanted = local.replace(hour=hour, minute=random.randint(0, 59), second=random.randint(0, 59))
    return max(wanted, local + timedelta(minutes=5)).astimezone(day.tzinfo)


def _work(after: datetime, random: Random) -> datetime:
    """The next moment somebody packs: weekdays from eight to four in Berlin."""
    local = after.astimezone(HOME)
    while local.weekday() >= 5 or local.hour >= 16:
        local = (local + timedelta(days=1)).replace(hour=8, minute=0, second=0)
    if local.hour < 8:
        local = local.replace(hour=8, minute=random.randint(0, 50))
    return (local + timedelta(minutes=random.randint(0, 9))).astimezone(after.tzinfo)


def _van(day: datetime, random: Random) -> datetime:
    """When the van leaves on that day, or on Monday for a Sunday."""
    local = day.astimezone(HOME)
    if local.weekday() == 6:
        local += timedelta(days=1)
    leaving = local.replace(hour=random.randint(7, 9), minute=random.randint(0, 59), second=0)
    return max(leaving, local).astimezone(day.tzinfo)
