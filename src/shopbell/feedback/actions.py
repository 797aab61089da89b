"""Writes: taking an answer in, and opening a conversation for a bad one."""

import uuid

from django.db import transaction

from shopbell.connections.models import Connection
from shopbell.conversations.actions import receive
from shopbell.conversations.actions.continuing import mail_inbox
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.messages.lines import person_key
from shopbell.conversations.models import Conversation
from shopbell.conversations.ports import Incoming
from shopbell.customers.ports import Person
from shopbell.events.actions import emit
from shopbell.feedback.events import CheckAnswered
from shopbell.feedback.models import Answer, Check
from shopbell.feedback.queries import Standing, asked_at, check_of, first_of, standing_of
from shopbell.feedback.words import Words
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER, Medium
from shopbell.web.live import announce

LONGEST = 5000
TAG = "delivery check"
_TOLD = 300  # of a comment in the event


@transaction.atomic
def answer_check(*, message: Message, answer: str, comment: str = "") -> Check:
    """Keep what somebody answered; the same again changes nothing.

    Raises:
        Invalid: there is no such answer, or the comment is too long.
        Conflict: it is too late.
    """
    said = storable(comment).replace("\r\n", "\n").strip()
    if answer not in Answer:
        raise Invalid("Choose one of the two answers.", fields={"answer": "Choose one."})
    if len(said) > LONGEST:
        raise Invalid("The comment is too long.", fields={"comment": f"At most {LONGEST:,}."})
    first = first_of(message)
    lock_in_transaction("check", message.store_id, first.pk)
    row = check_of(first)
    if row is not None and row.answer == answer and said in ("", row.comment):
        return row
    if standing_of(message, row) != Standing.OPEN:
        raise Conflict("The time to answer is over.", kept="Nothing was changed.")
    if row is None:
        row = _begun(message, first)
    else:
        row.times += 1
    row.answer, row.comment = answer, said
    row.save()
    emit(
        CheckAnswered(
            check_id=row.pk,
            customer_id=row.customer_id,
            order_id=row.order_id,
            good=answer == Answer.GOOD,
            comment=one_line(said, _TOLD),
        )
    )
    announce(row.store_id, "feedback")
    return row


def _begun(message: Message, first: Message) -> Check:
    return Check(
        message=first,
        customer=message.customer,
        order=message.order,
        asked_at=asked_at(message),
        answered_at=clock.now(),
    )


@transaction.atomic
def open_case(*, check: Check) -> Conversation:
    """Make a conversation of a bad answer, once; what was written later goes into the same one."""
    row = _locked(check)
    entry = receive(incoming=_incoming(row))
    if row.conversation_id != entry.conversation_id:
        row.conversation = entry.conversation
        row.save(update_fields=["conversation"])
        announce(row.store_id, "feedback")
    return entry.conversation


@transaction.atomic
def note_better(*, check: Check) -> None:
    """Tell in the conversation of a bad answer that the customer has thought better of it."""
    row = _locked(check)
    if row.conversation is None:
        return
    case = locked(row.conversation)
    said = f": “{one_line(row.comment, 300)}”" if row.comment else ""
    log_activity(case, f"The customer now says that everything is right{said}")
    tell_pages(case)


def _locked(check: Check) -> Check:
    rows = Check.objects.select_for_update(of=("self",)).select_related(
        "conversation", "customer", "order", "message__connection"
    )
    return rows.get(pk=check.pk)


def _incoming(check: Check) -> Incoming:
    """Return the answer as something the customer wrote, where our answer reaches them."""
    message, customer, order = check.message, check.customer, check.order
    words = Words.of(message.locale, customer.locale if customer else "")
    text = check.comment or words.say("bad")
    name = order.number or order.source_id if order else ""
    subject = words.say("subject", order=name) if name else words.say("subject_plain")
    inbox, medium, address, key = _line(check)
    return Incoming(
        medium=medium,
        person=Person(
            source="check",
            email=address if medium == Medium.EMAIL else "",
            phone=address if medium in BY_NUMBER else "",
            locale=message.locale,
        ),
        customer=customer,
        answers=message,
        order=order,
        names_order=True,
        tags=(TAG,),
        fresh=True,
        inbox=inbox,
        external_key=key,
        client_id=uuid.uuid5(check.pk, text),
        subject=subject,
        text=text,
        sender_name=customer.name if customer else message.to_name,
        sender_address=address,
        data={"check": str(check.pk)},
    )


def _line(check: Check) -> tuple[Connection | None, str, str, str]:
    """Return inbox, channel, address and key of the line: by mail if we know where to."""
    message, customer, order = check.message, check.customer, check.order
    if message.medium == Medium.EMAIL:
        address = message.to_address
    else:
        address = (order.email if order else "") or (customer.email if customer else "")
    if address or message.connection is None:
        return mail_inbox(), str(Medium.EMAIL), address, f"check:{check.pk.hex}"
    key = person_key(message.connection, message.to_address)
    return message.connection, message.medium, message.to_address, key
