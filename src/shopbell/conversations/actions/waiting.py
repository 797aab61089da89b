"""Letting go what waited for a matter to be settled: the gate judges it anew.

A newcomer's mistake: sending it. Another conversation may have begun, and it may come too late.
"""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import open_conversations
from shopbell.kit import clock
from shopbell.messaging.actions import release
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN_CASE, State


@transaction.atomic
def release_waiting(*, settled: Collection[uuid.UUID] | None = None) -> int:
    """Let go the offers and surveys of customers without an open conversation; returns how many.

    What has become too late goes too, so that the gate says so. `settled` narrows it to the
    customers of these conversations.
    """
    rows = Message.objects.filter(state=State.HELD, reason=OPEN_CASE)
    if settled is not None:
        talks = Conversation.objects.filter(pk__in=settled).exclude(customer=None)
        rows = rows.filter(customer__in=list(talks.values_list("customer_id", flat=True)))
    still_open = Exists(open_conversations().filter(customer=OuterRef("customer")).order_by())
    return release(rows=rows.filter(~Q(still_open) | Q(not_after__lt=clock.now())))
