"""How one clock runs, freezes, ends and begins again. Changes the object; nothing is saved here.

Freezing keeps what was spent; only another question or another resolution starts at nothing.
"""

from datetime import datetime, timedelta

from shopbell.calendars.arithmetic import Schedule, add_working_time, working_time_between
from shopbell.slas.models import Clock, Outcome

WARNED_BEFORE = timedelta(minutes=15)


def warning_time(goal: timedelta) -> timedelta:
    """Return how much working time before the end people are warned: 15 minutes, at most half."""
    return min(WARNED_BEFORE, goal / 2)


def run(clock: Clock, schedule: Schedule, at: datetime) -> None:
    """Let a clock run from `at` on; one that runs stays as it is."""
    if clock.running_since is None:
        clock.running_since = at
    _plan(clock, schedule)


def freeze(clock: Clock, schedule: Schedule, at: datetime) -> None:
    """Stop a clock for as long as we do not owe anything."""
    if clock.running_since is not None:
        clock.spent += working_time_between(schedule, clock.running_since, at)
    clock.running_since = clock.due_at = clock.wake_at = None


def end(clock: Clock, schedule: Schedule, at: datetime, outcome: Outcome) -> None:
    """End a clock; what came too late is missed, whoever looks first."""
    if outcome == Outcome.MET and _is_late(clock, at):
        outcome = Outcome.MISSED
    freeze(clock, schedule, at)
    clock.ended_at, clock.outcome = at, outcome


def begin_again(clock: Clock) -> None:
    """Take back the end of a clock (an answer was undone): as if it had run all along."""
    clock.running_since, clock.ended_at, clock.outcome = clock.ended_at, None, ""


def change(clock: Clock, *, old: Schedule, new: Schedule, goal: timedelta, at: datetime) -> None:
    """Measure a clock by another promise from `at` on. What was spent stays spent."""
    runs = clock.running_since is not None
    freeze(clock, old, at)
    clock.goal = goal
    clock.breached_at = clock.breached_at if clock.spent >= goal else None
    clock.warned_at = clock.warned_at if clock.spent >= goal - warning_time(goal) else None
    if runs:
        run(clock, new, at)


def _is_late(clock: Clock, at: datetime) -> bool:
    return clock.breached_at is not None or (clock.due_at is not None and at > clock.due_at)


def _plan(clock: Clock, schedule: Schedule) -> None:
    since = clock.running_since
    assert since is not None
    clock.due_at = add_working_time(schedule, since, clock.goal - clock.spent)
    warn = clock.goal - clock.spent - warning_time(clock.goal)
    clock.wake_at = None
    if clock.breached_at is None:
        clock.wake_at = clock.due_at if clock.warned_at else add_working_time(schedule, since, warn)
