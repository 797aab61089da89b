"""Chat answers that nobody has seen go by mail in time. The sweep is one look at a small index."""

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.continuing import continue_by_mail
from shopbell.conversations.models import Thread
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped

BATCH = 100


def run_continuations() -> int:
    """Look after what is due; returns how many threads that were."""
    with unscoped("which chats have unseen answers that go by mail now"):
        due = Thread.objects.filter(mail_due_at__lte=clock.now()).order_by("mail_due_at")
        rows = list(due.values_list("store_id", "id")[:BATCH])
    for store_id, thread_id in rows:
        with store_scope(store_id):
            continue_by_mail(store=store_by_id(store_id), thread_id=thread_id)
    return len(rows)


register(Pump(name="continuations", run=run_continuations, interval=5.0))
