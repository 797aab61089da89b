"""Days for tests that hold the clock: always to come, so that the database's own is behind."""

from datetime import UTC, datetime, timedelta


def coming_monday(hour: int) -> datetime:
    """Return a Monday two to nine days from now at a full hour, UTC."""
    day = datetime.now(UTC) + timedelta(days=2)
    day += timedelta(days=-day.weekday() % 7)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
