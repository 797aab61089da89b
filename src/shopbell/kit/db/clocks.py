"""The database's clock, which all processes share."""

import structlog
from django.db import connection

from shopbell.kit import clock

log = structlog.get_logger()


def follow_database_clock() -> None:
    """Make this process take the database's time for the present one, if its own is wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ahead = clock.follow(cursor.fetchone()[0])
    if ahead:
        seconds = round(-ahead.total_seconds())
        log.warning("clock.wrong", seconds_ahead=seconds, remedy="switch on time synchronisation")
