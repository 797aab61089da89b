"""Jobs of the desk: pictures from elsewhere are kept for some days only; comments are hidden."""

import uuid

from procrastinate.contrib.django import app

from shopbell.conversations.models import RemotePicture
from shopbell.conversations.moderation import hide_now
from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped
from shopbell.kit.media import drop_file

STEP = 500


@app.periodic(cron="23 * * * *")
@app.task(name="conversations.drop_pictures", queueing_lock="conversations_drop_pictures")
def drop_pictures(timestamp: int) -> None:
    """Throw away pictures whose time is over, with their files."""
    while True:
        with unscoped("which kept pictures have ended"):
            rows = list(RemotePicture.objects.filter(ends_at__lt=clock.now())[:STEP])
            RemotePicture.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for row in rows:
            if row.file:
                drop_file(row.file)
        if len(rows) < STEP:
            return


@app.task(name="conversations.hide_comment")
def hide_comment(store_id: int, entry_id: str, hidden: bool, by_id: str, tried: int = 0) -> None:
    """Have the platform hide a comment, or show it again; what fails for now is tried again."""
    wait = hide_now(store_id, uuid.UUID(entry_id), hidden=hidden, by_id=by_id, tried=tried)
    if wait is not None:
        job = app.configure_task(
            "conversations.hide_comment", schedule_in={"seconds": max(1, round(wait))}
        )
        job.defer(store_id=store_id, entry_id=entry_id, hidden=hidden, by_id=by_id, tried=tried + 1)
