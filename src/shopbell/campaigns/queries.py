"""Reads about campaigns."""

import uuid

from django.db.models import QuerySet

from shopbell.campaigns.models import Campaign, Place, Recipient, Stage
from shopbell.kit.errors import NotFound


def campaigns() -> QuerySet[Campaign]:
    """Return the campaigns of the store in scope, newest first."""
    return Campaign.objects.order_by("-created_at", "-id")


def campaign_by_id(key: uuid.UUID) -> Campaign:
    """Return one campaign.

    Raises:
        NotFound: there is none.
    """
    row = Campaign.objects.select_related("author", "approved_by").filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such campaign.", remedy="Go back to the list.")
    return row


def waiting_campaigns() -> QuerySet[Campaign]:
    """Return what waits for a second person."""
    return Campaign.objects.filter(stage=Stage.WAITING)


def recipients(
    campaign: Campaign, *, state: str = "", reason: str = "", variant: str = ""
) -> QuerySet[Recipient]:
    """Return the rows behind a number."""
    rows = Recipient.objects.filter(campaign_id=campaign.pk)
    if state in Place:
        rows = rows.filter(state=state)
    if reason:
        rows = rows.filter(reason=reason)
    if variant:
        rows = rows.filter(variant=variant)
    return rows
