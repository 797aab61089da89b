"""Jobs about shops: one poll, one import, one audit at a time per connection.

A newcomer's mistake: one job per order. Jobs are coarse; the pages inside are the batches.
"""

import uuid

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from shopbell.connections.models import Connection, ConnectionState
from shopbell.kit.db.scope import unscoped
from shopbell.orders.importing.runs import check_file, import_file
from shopbell.orders.importing.sweeping import sweep_runs
from shopbell.orders.sync import audit_shop, import_history, poll_shop


@app.task(name="orders.poll_shop")
def poll(store_id: int, connection_id: str) -> None:
    """Back-fill what webhooks missed."""
    poll_shop(store_id, uuid.UUID(connection_id))


@app.task(name="orders.import_history")
def import_all(store_id: int, connection_id: str) -> None:
    """Read the whole history of a shop."""
    import_history(store_id, uuid.UUID(connection_id))


@app.task(name="orders.audit_shop")
def audit(store_id: int, connection_id: str) -> None:
    """Check the webhook subscriptions."""
    audit_shop(store_id, uuid.UUID(connection_id))


@app.periodic(cron="*/15 * * * *")
@app.task(name="orders.poll_shops", queueing_lock="poll_shops")
def poll_shops(timestamp: int) -> None:
    """Start a poll of every shop."""
    for store_id, connection_id in _shops():
        defer_once("orders.poll_shop", store_id, connection_id)


@app.periodic(cron="7 * * * *")
@app.task(name="orders.audit_shops", queueing_lock="audit_shops")
def audit_shops(timestamp: int) -> None:
    """Start an audit of every shop."""
    for store_id, connection_id in _shops():
        defer_once("orders.audit_shop", store_id, connection_id)


def _shops() -> list[tuple[int, str]]:
    with unscoped("which shops are there to poll"):
        rows = Connection.objects.filter(family="shop").exclude(
            state__in=[ConnectionState.OFF, ConnectionState.REMOVED]
        )
        return [(row.store_id, str(row.pk)) for row in rows.only("id", "store_id")]


def defer_once(task: str, store_id: int, connection_id: str) -> bool:
    """Queue a job unless the same one waits already; returns whether it was queued."""
    key = f"{task}:{connection_id}"
    job = app.configure_task(task, queueing_lock=key, lock=key)
    try:
        with transaction.atomic():  # a savepoint: the refusal must not poison the caller
            job.defer(store_id=store_id, connection_id=connection_id)
    except exceptions.AlreadyEnqueued:
        return False
    return True


def start_import(connection: Connection) -> bool:
    """Queue the import of a shop's history."""
    return defer_once("orders.import_history", connection.store_id, str(connection.pk))


@app.task(name="orders.check_file")
def check_csv(store_id: int, run_id: str) -> None:
    """Look at every row of a file."""
    check_file(store_id, uuid.UUID(run_id))


@app.task(name="orders.import_file")
def import_csv(store_id: int, run_id: str) -> None:
    """Import the good rows of a file."""
    import_file(store_id, uuid.UUID(run_id))


@app.periodic(cron="41 3 * * *")
@app.task(name="orders.sweep_imports", queueing_lock="sweep_imports")
def sweep_imports(timestamp: int) -> None:
    """Forget files that nobody confirmed, and old runs."""
    sweep_runs()
