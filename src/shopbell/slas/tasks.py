"""After a promise was changed all running conversations are measured by what counts now."""

from procrastinate.contrib.django import app

from shopbell.conversations.models import Conversation, Status
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.slas.following import follow
from shopbell.slas.models import Clock

STEP = 200
_RUNNING = (Status.OPEN, Status.PENDING, Status.SNOOZED)


@app.task(name="slas.follow_all")
def follow_all(store_id: int) -> None:
    """Walk over the running conversations of a store, a batch in each transaction."""
    last = None
    while True:
        with store_scope(store_id):
            rows = Conversation.objects.filter(merged_into=None, status__in=_RUNNING)
            if last is not None:
                rows = rows.filter(pk__gt=last)
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:STEP])
            follow(ids, at=clock.now())
        if len(ids) < STEP:
            return
        last = ids[-1]


@app.periodic(cron="37 3 * * *")
@app.task(name="slas.clean_up", queueing_lock="slas_clean_up")
def clean_up(timestamp: int) -> None:
    """Delete clocks that ended two years ago."""
    from shopbell.events.tasks import STEP as ROWS
    from shopbell.events.tasks import sweep

    sweep(
        f"DELETE FROM {Clock._meta.db_table} WHERE id IN (SELECT id FROM {Clock._meta.db_table}"
        f" WHERE ended_at < now() - interval '2 years' LIMIT {ROWS})",
        ROWS,
    )
