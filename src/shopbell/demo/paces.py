"""How fast the demo may run, and how long it keeps a pace before it rests.

A demo that somebody left running over the weekend should not fill the disk: every pace but real
time ends by itself. A newcomer's mistake: keeping "a week in a minute" for hours; that is a
thousand orders every four minutes.
"""

from dataclasses import dataclass
from datetime import timedelta

from shopbell.demo.scenario import SPEEDS


@dataclass(frozen=True, slots=True)
class Pace:
    """A speed people can choose. `lasts` None: for ever."""

    key: str
    title: str
    short: str
    speed: float
    lasts: timedelta | None


PACES: dict[str, Pace] = {
    pace.key: pace
    for pace in (
        Pace("real", "Real time", "1×", SPEEDS["real time"], None),
        Pace(
            "hour", "An hour in a minute", "1 h/min", SPEEDS["an hour in a minute"],
            timedelta(hours=6),
        ),
        Pace(
            "day", "A day in a minute", "1 d/min", SPEEDS["a day in a minute"],
            timedelta(minutes=20),
        ),
        Pace(
            "week", "A week in a minute", "1 w/min", SPEEDS["a week in a minute"],
            timedelta(minutes=5),
        ),
    )
}  # fmt: skip
OPENING = PACES["week"]
OPENING_LASTS = timedelta(seconds=26)  # three simulated days: enough for the first parcels to ring
AFTER_OPENING = PACES["hour"]


def pace_of(speed: float) -> Pace | None:
    """Return the pace of a speed, None for one nobody can choose."""
    return next((pace for pace in PACES.values() if pace.speed == speed), None)
