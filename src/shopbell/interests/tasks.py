"""Jobs of interests."""

from procrastinate.contrib.django import app

from shopbell.events.tasks import STEP, sweep
from shopbell.interests.models import Asking, Interest


@app.periodic(cron="51 3 * * *")
@app.task(name="interests.clean_up", queueing_lock="interests_clean_up")
def clean_up(timestamp: int) -> None:
    """Delete what nobody confirmed in thirty days, and what was looked at ninety days ago."""
    asked, wanted = Asking._meta.db_table, Interest._meta.db_table
    sweep(
        f"DELETE FROM {asked} WHERE id IN (SELECT id FROM {asked} WHERE confirmed_at IS NULL"
        f" AND created_at < now() - interval '30 days' LIMIT {STEP})",
        STEP,
    )
    sweep(
        f"DELETE FROM {wanted} WHERE id IN (SELECT id FROM {wanted}"
        f" WHERE last_at < now() - interval '90 days' LIMIT {STEP})",
        STEP,
    )
