"""Files hold people's data, so they do not stay: a week unconfirmed, and runs for 90 days."""

from datetime import timedelta

from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped
from shopbell.orders.models import ImportRun, ImportState

WAITS_DAYS = 7
KEEP_DAYS = 90


def sweep_runs() -> None:
    """Empty files that wait too long; delete old runs."""
    now = clock.now()
    waiting = (ImportState.MAPPING, ImportState.CHECKED, ImportState.FAILED)
    with unscoped("retention of imported files"):
        ImportRun.objects.filter(
            state__in=waiting, created_at__lt=now - timedelta(days=WAITS_DAYS)
        ).update(state=ImportState.STOPPED, content=b"", finished_at=now)
        ImportRun.objects.filter(created_at__lt=now - timedelta(days=KEEP_DAYS)).delete()
