"""Which phone is at a number, and whether a call reaches it."""

from django.db.models import Q

from shopbell.messaging.ports import Medium
from shopbell.sandbox.models import Handset


def hears_calls(number: str) -> bool:
    """Whether a call of the shop makes the phone at this number ring."""
    rows = Handset.objects.filter(Q(number=number) | Q(customer__phone=number))
    return all(phone.hears(Medium.PHONE) for phone in rows)
