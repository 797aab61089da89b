"""Reads about announcements."""

import uuid

from django.db.models import Prefetch, QuerySet

from shopbell.announcements.models import Announcement, Recipient, Stage, State, Telling
from shopbell.kit.errors import NotFound
from shopbell.orders.models import Shipment


def announcements() -> QuerySet[Announcement]:
    """Return the announcements of the store in scope with their tellings, newest first."""
    tellings = Prefetch("tellings", Telling.objects.order_by("number"))
    return Announcement.objects.prefetch_related(tellings).order_by("-created_at", "-id")


def announcement_by_id(key: uuid.UUID) -> Announcement:
    """Return one announcement.

    Raises:
        NotFound: there is none.
    """
    row = announcements().select_related("saved_reply").filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such announcement.", remedy="Go back to the list.")
    return row


def telling_of(announcement: Announcement, number: int) -> Telling:
    """Return one message of an announcement (its announcement preloaded).

    Raises:
        NotFound: there is none.
    """
    rows = Telling.objects.select_related("announcement", "author", "approved_by")
    row = rows.filter(announcement=announcement, number=number).first()
    if row is None:
        raise NotFound("There is no such message.", remedy="Go back to the announcement.")
    return row


def waiting_tellings() -> QuerySet[Telling]:
    """Return what waits for a second person."""
    return Telling.objects.filter(stage=Stage.WAITING)


def name_of_telling(telling: uuid.UUID) -> str:
    """Return what an announcement is called, empty if there is none."""
    row = Telling.objects.select_related("announcement").filter(pk=telling).first()
    return row.announcement.name if row else ""


def running_for(customer_id: uuid.UUID) -> list[Recipient]:
    """Return how a customer stands in the announcements that run now, newest telling first."""
    rows = Recipient.objects.select_related(
        "telling__announcement__saved_reply", "message", "order"
    ).defer("order__payload", "message__html")
    mine = rows.filter(customer=customer_id, telling__announcement__state=State.RUNNING)
    return list(mine.order_by("-telling__started_at", "-telling__number"))


def carriers_in_use() -> list[str]:
    """Return the carriers of the newest parcels, by name."""
    newest = Shipment.objects.exclude(carrier="").order_by("-created_at")[:5000]
    found = Shipment.objects.filter(pk__in=newest.values("pk")).order_by("carrier")
    return list(found.values_list("carrier", flat=True).distinct()[:60])
