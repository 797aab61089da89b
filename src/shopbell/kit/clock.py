"""The only clock. Code asks `clock.now()`; tests and backtests set it with `clock.at(...)`.

A newcomer's mistake: `datetime.now()` or `django.utils.timezone.now()` in product code. Leases
and due times that several machines compare use the database's `now()` instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


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
