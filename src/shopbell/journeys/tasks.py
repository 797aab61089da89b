"""Jobs of journeys."""

import uuid

from procrastinate.contrib.django import app

from shopbell.journeys.backtests import TASK, replay_in_parts


@app.task(name=TASK)
def backtest(store_id: int, backtest_id: str) -> None:
    """Try a journey on the past."""
    replay_in_parts(store_id, uuid.UUID(backtest_id))
