"""Writing down who gets a telling: one statement, whatever the size."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.announcements.audience import Affected, people_affected
from shopbell.announcements.final import media_by_recipient, recipients_in
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
        return _write(telling, rows.values_list("customer_id", "pk", "parcel", "numbers"))
    return _write_as_before(telling)


def who_got_the_first(telling: Telling) -> QuerySet[Recipient]:
    """Return the recipients of the first message who got it (or may have), over any channel."""
    first = Telling.objects.get(announcement=telling.announcement_id, number=1)
    got = recipients_in(first.pk, [str(state) for state in GOT_IT])
    return Recipient.objects.filter(telling=first, pk__in=got, customer__isnull=False)


def _write_as_before(telling: Telling) -> int:
    """Write the same people as those who got the first message, each with its channel."""
    media = media_by_recipient(
        Telling.objects.get(announcement=telling.announcement_id, number=1).pk
    )
    rows = [
        Recipient(
            telling=telling,
            customer_id=row.customer_id,
            order_id=row.order_id,
            shipment_id=row.shipment_id,
            orders=row.orders,
            medium=media[row.pk],
        )
        for row in who_got_the_first(telling)
    ]
    Recipient.objects.bulk_create(rows)
    return len(rows)


def _write(telling: Telling, rows: Any) -> int:
    asked, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO announcements_recipient (id, store_id, telling_id, customer_id, order_id,"
            " shipment_id, orders, medium, state, reason)"
            " SELECT gen_random_uuid(), %s, %s, a.customer_id, a.order_id, a.shipment_id,"
            " a.orders, '', 'pending', ''"
            f" FROM ({asked}) AS a(customer_id, order_id, shipment_id, orders)",
            [telling.store_id, telling.pk, *params],
        )
        return int(cursor.rowcount)
