"""Jobs of sign-ups."""

from procrastinate.contrib.django import app

from shopbell.accounts.models import Store
from shopbell.kit.db.scope import store_scope
from shopbell.signups.mails import TASK, send_preferences_link


@app.task(name=TASK)
def mail_preferences_link(store_id: int, address: str, language: str) -> None:
    """Mail the page of choices to who has this address, if anybody has."""
    store = Store.objects.get(pk=store_id)
    with store_scope(store.pk):
        send_preferences_link(address=address, language=language)
