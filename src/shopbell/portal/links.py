"""Addresses of customer pages."""

from django.conf import settings

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.orders.models import Order


def tracking_url(store: Store, order: Order) -> str:
    """Return the tracking page of an order."""
    return f"{settings.BASE_URL}/t/{sign(store, 'track', order.pk)}"
