"""Writing down who gets a telling: one statement, whatever the size."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.announcements.audience import Affected, people_affected
from shopbell.announcements.models import Recipient, Telling
from shopbell.messaging.states import TOLD, State

# "Got it" errs on the side of correcting: what was handed over may well have arrived.
GOT_IT = (*TOLD, State.HANDED, State.IN_DOUBT)


def gather_recipients(store: Store, telling: Telling) -> int:
    """Write a row for each person of a telling anew; returns how many."""
    Recipient.objects.filter(telling=telling).delete()
    if telling.is_first:
        affected = Affected.of(telling.announcement.affected)
        rows: QuerySet[Any] = people_affected(affected, store.timezone)
        return _write(telling, rows.values_list("customer_id", "pk", "parcel", "numbers"), "")
    return _write(
        telling,
        who_got_the_first(telling).values_list(
            "customer_id", "order_id", "shipment_id", "orders", "message__medium"
        ),
        ", medium",
    )


def who_got_the_first(telling: Telling) -> QuerySet[Recipient]:
    """Return the recipients of the first message who got it (or may have), over any channel."""
    return Recipient.objects.filter(
        telling__announcement=telling.announcement_id,
        telling__number=1,
        message__state__in=GOT_IT,
        customer__isnull=False,
    )


def _write(telling: Telling, rows: Any, more: str) -> int:
    asked, params = rows.query.sql_with_params()
    medium = ", a.medium" if more else ", ''"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO announcements_recipient (id, store_id, telling_id, customer_id, order_id,"
            " shipment_id, orders, medium, state, reason)"
            " SELECT gen_random_uuid(), %s, %s, a.customer_id, a.order_id, a.shipment_id,"
            f" a.orders{medium}, 'pending', ''"
            f" FROM ({asked}) AS a(customer_id, order_id, shipment_id, orders{more})",
            [telling.store_id, telling.pk, *params],
        )
        return int(cursor.rowcount)
