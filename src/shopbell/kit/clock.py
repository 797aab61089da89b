"""The only clock. Code asks `clock.now()`; tests and backtests set it with `clock.at(...)`.

A newcomer's mistake: `datetime.now()` or `django.utils.timezone.now()` in product code. Leases
and due times that several machines compare use the database's `now()` instead. A worker follows the
database's clock in all it does (`follow`): one whose machine is an hour ahead sends nothing early.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

TOLERATED = timedelta(seconds=2)

_ahead = timedelta(0)  # of the database's clock before ours
_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC) + _ahead


def follow(moment: datetime) -> timedelta:
    """Take `moment` for the present one from here on, in this process.

    Returns by how much our own clock is wrong if that is news, else nothing. Less than `TOLERATED`
    is left alone: it is the time that asking took.
    """
    global _ahead
    erred = moment - datetime.now(UTC)
    before, _ahead = _ahead, erred if abs(erred) > TOLERATED else timedelta(0)
    return _ahead if abs(_ahead - before) > TOLERATED else timedelta(0)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at an aware `moment` inside the block (this thread or task only)."""
    if moment.tzinfo is None:
        raise ValueError("clock.at needs an aware datetime")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
