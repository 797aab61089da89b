"""Pictures from elsewhere are kept for some days only."""

from procrastinate.contrib.django import app

from shopbell.conversations.models import RemotePicture
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
