"""Writes: what customers ask for about their data, by the page without a login."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.conversations.actions import receive
from shopbell.conversations.actions.continuing import mail_inbox
from shopbell.conversations.models import Conversation, Status
from shopbell.conversations.ports import Incoming
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.strangers import MOST_A_DAY, ONE_IN
from shopbell.privacy.catalogue import DATA, PURPOSE
from shopbell.privacy.links import GOOD_FOR, data_url

ANSWERED_IN = timedelta(days=30)  # the month that the law (GDPR, Article 12) gives
ERASURE, COPY = "erasure", "data request"  # tags, by which agents find them
MEDIUM = "form"


@transaction.atomic
def mail_data(*, store: Store, customer: Customer, language: str) -> None:
    """Mail the link to their data to a customer: once in ten minutes, five times a day."""
    now = clock.now()
    before = Message.objects.filter(customer=customer, kind=DATA, created_at__gt=now - GOOD_FOR)
    if before.count() >= MOST_A_DAY:
        return
    span = int(now.timestamp() // ONE_IN.total_seconds())
    queue_messages(
        drafts=[
            Draft(
                business_key=f"{DATA}:{customer.pk}:{span}",
                kind=DATA,
                purpose=PURPOSE,
                media=("email",),
                customer=customer,
                locale=language,
                not_after=now + GOOD_FOR,
                data={"context": {"privacy": {"link": data_url(store, customer)}}},
            )
        ]
    )


@transaction.atomic
def ask_staff(
    *, customer: Customer, about: str, subject: str, words: str, message: Message
) -> Conversation:
    """Open a conversation in which a customer asks for erasure, or a copy of their data.

    Asked again while it is open, it is the same one.
    """
    lock_in_transaction("privacy", customer.store_id, f"{about} {customer.pk}")
    rows = Conversation.objects.filter(customer=customer, tags__contains=[about])
    known = rows.exclude(status__in=(Status.RESOLVED, Status.SPAM)).first()
    if known is not None:
        return known
    mark = uuid.uuid4()
    entry = receive(
        incoming=Incoming(
            medium=MEDIUM,
            person=Person(source="privacy", browser=f"privacy-{mark.hex}"),
            customer=customer,
            names_order=True,
            tags=(about,),
            fresh=True,
            inbox=mail_inbox(),
            external_key=mark.hex,
            client_id=mark,
            subject=subject,
            text=words,
            sender_name=customer.name,
            sender_address=customer.email,
            data={"privacy": about, "asked_by": f"link in a message by {message.medium}"},
        )
    )
    return entry.conversation


def answered_by(conversation: Conversation) -> datetime:
    """Return by when somebody answers what was asked."""
    return conversation.created_at + ANSWERED_IN
