"""Jobs of notifications."""

import uuid

from procrastinate.contrib.django import app

from shopbell.notifications.trials import TASK, try_in_batches


@app.task(name=TASK)
def try_plan(store_id: int, trial_id: str) -> None:
    """Judge last month's news by a plan."""
    try_in_batches(store_id, uuid.UUID(trial_id))
