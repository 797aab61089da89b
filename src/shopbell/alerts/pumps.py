"""Importing this room makes the worker push and mail what nobody has read."""

from shopbell.accounts.queries import store_by_id
from shopbell.alerts.mails import mail_due_alerts
from shopbell.alerts.models import Alert
from shopbell.alerts.pushes import push_due_alerts
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped


def run_alerts() -> int:
    """Mail what is due, store by store; returns how many alerts."""
    with unscoped("which stores have alerts that are due by mail"):
        due = Alert.objects.filter(mail_due_at__lte=clock.now()).order_by()
        stores = list(due.values_list("store_id", flat=True).distinct()[:100])
    done = 0
    for store_id in stores:
        with store_scope(store_id):
            done += mail_due_alerts(store=store_by_id(store_id))
    return done


def run_pushes() -> int:
    """Push what is due, store by store; returns how many alerts."""
    with unscoped("which stores have alerts that are due on devices"):
        due = Alert.objects.filter(push_due_at__lte=clock.now()).order_by()
        stores = list(due.values_list("store_id", flat=True).distinct()[:100])
    return sum(push_due_alerts(store_id) for store_id in stores)


register(Pump(name="alerts", run=run_alerts, interval=10.0))
register(Pump(name="pushes", run=run_pushes, interval=2.0))
