"""Housekeeping: jobs of killed workers go back into the queue, old rows go away in small steps.

A newcomer's mistake: deleting a million rows in one statement. Every sweep is bounded and repeats.
"""

from django.db import connection
from procrastinate.contrib.django import app

from shopbell.kit.db.scope import unscoped

_STALLED = """
    UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, attempts = attempts + 1
    WHERE j.status = 'doing' AND j.attempts < 5 AND NOT EXISTS (
        SELECT 1 FROM procrastinate_workers w
        WHERE w.id = j.worker_id AND w.last_heartbeat > now() - interval '60 seconds')"""

KEEP_EVENTS_DAYS = 400
KEEP_JOBS_DAYS = 3
STEP = 20_000

_OLD_EVENTS = f"""
    DELETE FROM events_event WHERE id IN (SELECT e.id FROM events_event e
        WHERE e.recorded_at < now() - interval '{KEEP_EVENTS_DAYS} days'
        AND NOT EXISTS (SELECT 1 FROM events_delivery d WHERE d.event_id = e.id) LIMIT {STEP})"""
_OLD_JOBS = f"""
    DELETE FROM procrastinate_jobs WHERE id IN (SELECT j.id FROM procrastinate_jobs j
        WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
        AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id
            AND e.at > now() - interval '{KEEP_JOBS_DAYS} days') LIMIT {STEP})"""
_DEAD_BEATS = "DELETE FROM events_heartbeat WHERE beat_at < now() - interval '1 day'"
_OLD_SESSIONS = "DELETE FROM django_session WHERE expire_date < now()"


@app.periodic(cron="* * * * *")
@app.task(name="events.requeue_stalled", queueing_lock="requeue_stalled")
def requeue_stalled(timestamp: int) -> None:
    """Give jobs of dead workers to living ones."""
    with connection.cursor() as cursor:
        cursor.execute(_STALLED)


@app.periodic(cron="17 3 * * *")
@app.task(name="events.clean_up", queueing_lock="events_clean_up")
def clean_up(timestamp: int) -> None:
    """Delete old events, finished jobs, dead heartbeats and ended sessions."""
    for statement in (_OLD_EVENTS, _OLD_JOBS, _DEAD_BEATS, _OLD_SESSIONS):
        sweep(statement, STEP)


def sweep(statement: str, step: int) -> None:
    """Repeat a bounded DELETE, each in its own transaction, until it finds less than a step."""
    for _ in range(200):
        with unscoped("retention sweep"), connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.rowcount < step:
                return
