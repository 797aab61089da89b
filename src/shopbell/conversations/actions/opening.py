"""Opening a matter about a customer who has not written: for staff, with what is to be done.

A newcomer's mistake: writing it down as something the customer said. It is a note.
"""

import uuid

from django.db import transaction

from shopbell.conversations.actions.calling import offer_mail
from shopbell.conversations.actions.notes import add_note
from shopbell.conversations.actions.timeline import log_activity, next_number, tell_pages
from shopbell.conversations.events import ConversationStarted
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import Medium
from shopbell.orders.models import Order


@transaction.atomic
def open_for_staff(
    *,
    customer: Customer,
    subject: str,
    text: str,
    because: str,
    client_id: uuid.UUID,
    order: Order | None = None,
    tags: tuple[str, ...] = (),
) -> Conversation:
    """Open a conversation with a note; the same `client_id` twice is one conversation.

    Raises:
        Invalid: there is no text.
    """
    known = Conversation.objects.filter(entries__client_id=client_id, customer=customer).first()
    if known is not None:
        return known
    now = clock.now()
    row = Conversation.objects.create(
        number=next_number(),
        subject=one_line(subject or text, 300),
        medium=Medium.EMAIL,
        inbox=inboxes().get(Medium.EMAIL),
        customer=customer,
        order=order,
        locale=customer.locale,
        tags=list(tags),
        last_message_at=now,
        created_at=now,
    )
    log_activity(row, because)
    add_note(conversation=row, author=None, text=text, client_id=client_id)
    offer_mail(conversation=row, address=customer.email)
    emit(ConversationStarted(conversation_id=row.pk, medium=row.medium))
    tell_pages(row)
    return row
