"""Addresses of customer pages that stand in messages: tracking, click, preferences, open pixel.

A newcomer's mistake: showing a click address or the pixel to staff. It counts as the customer
reading; staff get `tracking_url`, and mails through `for_staff`.
"""

from django.conf import settings

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.messaging.models import Message
from shopbell.orders.models import Order


def tracking_url(store: Store, order: Order) -> str:
    """Return the tracking page of an order."""
    return f"{settings.BASE_URL}/t/{sign(store, 'track', order.pk)}"


def click_url(store: Store, message: Message) -> str:
    """Return the counted link of a message to its order's tracking page."""
    return f"{settings.BASE_URL}/c/{sign(store, 'click', message.pk)}"


def pixel(store: Store, message: Message) -> str:
    """Return the one-pixel picture by which a mail's opening is noticed."""
    url = f"{settings.BASE_URL}/o/{sign(store, 'open', message.pk)}"
    return f'<img src="{url}" width="1" height="1" alt="">'


def preferences_url(store: Store, message: Message) -> str:
    """Return the page on which the receiver of a message chooses what comes."""
    return f"{settings.BASE_URL}/u/{sign(store, 'preferences', message.pk)}"


def for_staff(store: Store, message: Message) -> str:
    """Return the mail's HTML so that looking at it does not count as the customer reading it."""
    html = message.html.replace(pixel(store, message), "")
    if message.order is None:
        return html
    return html.replace(click_url(store, message), tracking_url(store, message.order))
