"""Jobs of sign-ups."""

from procrastinate.contrib.django import app

from shopbell.accounts.models import Store
from shopbell.events.tasks import STEP, sweep
from shopbell.kit.db.scope import store_scope
from shopbell.signups.mails import TASK, send_preferences_link
from shopbell.signups.models import Signup


@app.task(name=TASK)
def mail_preferences_link(store_id: int, address: str, language: str) -> None:
    """Mail the page of choices to who has this address, if anybody has."""
    store = Store.objects.get(pk=store_id)
    with store_scope(store.pk):
        send_preferences_link(address=address, language=language)


@app.periodic(cron="43 3 * * *")
@app.task(name="signups.clean_up", queueing_lock="signups_clean_up")
def clean_up(timestamp: int) -> None:
    """Delete what nobody confirmed in thirty days; what was confirmed is part of the proof."""
    table = Signup._meta.db_table
    sweep(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE confirmed_at IS NULL"
        f" AND created_at < now() - interval '30 days' LIMIT {STEP})",
        STEP,
    )
