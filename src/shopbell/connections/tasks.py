"""Retention of raw requests: what was understood is kept ninety days, what needs a person stays."""

from procrastinate.contrib.django import app

from shopbell.events.tasks import STEP, sweep

KEEP_DAYS = 90

_OLD = f"""
    DELETE FROM connections_intake WHERE id IN (SELECT id FROM connections_intake
        WHERE state IN ('done', 'unused', 'dropped')
        AND received_at < now() - interval '{KEEP_DAYS} days' LIMIT {STEP})"""

_TOLD = f"""
    DELETE FROM connections_posting WHERE id IN (SELECT id FROM connections_posting
        WHERE state <> 'waiting' AND created_at < now() - interval '{KEEP_DAYS} days'
        LIMIT {STEP})"""


@app.periodic(cron="27 3 * * *")
@app.task(name="connections.clean_up", queueing_lock="connections_clean_up")
def clean_up(timestamp: int) -> None:
    """Delete raw requests whose time has ended."""
    sweep(_OLD, STEP)
    sweep(_TOLD, STEP)
