"""Feeds are read twice a day, one at a time; a failed one is tried again after an hour."""

import structlog
from procrastinate.contrib.django import app

from shopbell.calendars.feeds import is_due, refresh
from shopbell.calendars.models import Calendar
from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped

log = structlog.get_logger()


@app.periodic(cron="11 * * * *")
@app.task(name="calendars.read_feeds", queueing_lock="calendars_read_feeds")
def read_feeds(timestamp: int) -> None:
    """Read the feeds that are due."""
    with unscoped("which calendars have feeds to be read"):
        rows = list(Calendar.objects.exclude(feed_url="").order_by("feed_tried_at"))
    now = clock.now()
    for row in rows:
        if is_due(row, now) and (note := refresh(calendar=row)):
            log.warning("calendars.feed_failed", store=row.store_id, note=note)
