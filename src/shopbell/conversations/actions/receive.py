"""Taking in what a customer wrote. Idempotent by message id and by the writer's client id."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.scans import await_scan, first_state
from shopbell.conversations.actions.scheduling import WROTE, hold_scheduled
from shopbell.conversations.actions.timeline import (
    locked,
    log_activity,
    next_number,
    show_last,
    tell_pages,
)
from shopbell.conversations.events import ConversationStarted, CustomerWrote, StatusChanged
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Entry,
    EntryKind,
    Status,
    Thread,
)
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.conversations.search.keeping import keep_entry
from shopbell.conversations.subjects import bare_subject
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.events.actions import emit
from shopbell.events.registry import Fact
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid
from shopbell.kit.media import keep_file
from shopbell.kit.text import one_line, storable
from shopbell.orders.models import Order

_CLOSED = (Status.RESOLVED, Status.SPAM)


@transaction.atomic(savepoint=False)
def receive(*, incoming: Incoming) -> Entry:
    """Write down a customer's message and return its entry; the same one twice is one entry.

    If it fails, the caller's whole transaction does.

    Raises:
        Invalid: there is nothing to find the customer by.
    """
    # One at a time for each writer: ten pictures sent at once are one customer, one conversation.
    lock_in_transaction("desk", current_store_id(), incoming.person.email or incoming.external_key)
    known = _known(incoming)
    if known is not None:
        return known
    customer = _customer(incoming)
    if not customer.is_new:  # nobody else can know one that we have just added
        Customer.objects.select_for_update().only("id").get(pk=customer.pk)
    thread, started = _thread(incoming, customer)
    conversation = thread.conversation if started else locked(thread.conversation)
    entry = _add_entry(incoming, customer, conversation, thread)
    keep_entry(
        conversation,
        entry,
        customer=customer,
        order=conversation.order if started else None,
        files=[file.name for file in incoming.files if not file.inline],
        locale=incoming.inbox.store.locale if incoming.inbox else "",
    )
    if started:
        _begin(conversation, thread, entry)
    else:
        _carry_on(conversation, thread, entry, entry.created_at)
    tell_pages(conversation, thread)
    return entry


def _known(incoming: Incoming) -> Entry | None:
    if incoming.message_id:
        found = Entry.objects.filter(message_id=incoming.message_id[:400]).first()
        if found is not None:
            return found
    if incoming.client_id is None:
        return None
    rows = Entry.objects.filter(client_id=incoming.client_id, kind=EntryKind.INCOMING)
    if incoming.thread is not None:
        return rows.filter(thread=incoming.thread).first()
    return rows.filter(
        thread__external_key=incoming.external_key, thread__medium=incoming.medium
    ).first()


def _customer(incoming: Incoming) -> Customer:
    if incoming.thread is not None and incoming.thread.conversation.customer is not None:
        return incoming.thread.conversation.customer
    if incoming.customer is not None:
        return incoming.customer
    if incoming.answers is not None and incoming.answers.customer is not None:
        return incoming.answers.customer  # we wrote to this very address for this customer
    [customer] = record_people(people=[incoming.person])
    if customer is None:
        raise Invalid("The message names nobody: no address, no phone number, no visitor.")
    return customer


def _thread(incoming: Incoming, customer: Customer) -> tuple[Thread, bool]:
    """Return the thread the message goes into, and whether its conversation is new."""
    thread = incoming.thread
    if thread is None and incoming.external_key:
        thread = (
            Thread.objects.select_related("conversation")
            .filter(medium=incoming.medium, external_key=incoming.external_key)
            .first()
        )
    now = clock.now()
    if thread is not None and _still_the_same(thread.conversation, now):
        return thread, False
    is_first = incoming.fresh or customer.is_new
    conversation = None if is_first else _running(incoming, customer)
    started = conversation is None
    if conversation is None:
        conversation = _new_conversation(incoming, customer, now)
    if thread is None:
        return _new_thread(incoming, conversation), started
    thread.conversation = conversation
    thread.save(update_fields=["conversation"])
    return thread, started


def _still_the_same(conversation: Conversation, now: datetime) -> bool:
    """Return whether a message to this conversation continues it (see `DeskPolicy`)."""
    row = locked(conversation)
    if row.status not in _CLOSED:
        return True
    policy = desk_policy(store_by_id(row.store_id))
    ended = row.resolved_at or row.last_message_at
    return row.status == Status.SPAM or now - ended <= policy.reopens_for


def _running(incoming: Incoming, customer: Customer) -> Conversation | None:
    """Return the customer's running conversation in the same inbox."""
    rows = Conversation.objects.filter(
        customer=customer, inbox=incoming.inbox, merged_into=None
    ).exclude(status__in=_CLOSED)
    return rows.order_by("-last_message_at").first()


def _new_conversation(incoming: Incoming, customer: Customer, now: datetime) -> Conversation:
    """Return a conversation that `_begin` saves, when it is known what it begins with."""
    answered = incoming.answers
    subject = bare_subject(incoming.subject) or one_line(incoming.text, 80)
    return Conversation(
        store_id=current_store_id(),
        number=next_number(),
        subject=one_line(subject, 300),
        medium=incoming.medium,
        inbox=incoming.inbox,
        customer=customer,
        order=_order(incoming, customer),
        locale=(answered.locale if answered else "") or customer.locale,
        tags=list(incoming.tags),
        message_count=0,
        last_message_at=now,
        created_at=now,
    )


def _order(incoming: Incoming, customer: Customer) -> Order | None:
    if incoming.names_order:
        return incoming.order
    if incoming.answers is not None:
        return incoming.answers.order
    return None if customer.is_new else _likely_order(customer)


def _likely_order(customer: Customer) -> Order | None:
    """Return the order a customer most likely writes about: the latest one."""
    return customer.orders.order_by("-placed_at").first()


def _new_thread(incoming: Incoming, conversation: Conversation) -> Thread:
    return Thread.objects.create(
        conversation=conversation,
        inbox=incoming.inbox,
        medium=incoming.medium,
        external_key=incoming.external_key[:200],
        address=incoming.sender_address[:320] or incoming.person.email,
        subject=one_line(incoming.subject, 300),
        created_at=clock.now(),
    )


def _add_entry(
    incoming: Incoming, customer: Customer, conversation: Conversation, thread: Thread
) -> Entry:
    now = clock.now()
    entry = Entry.objects.create(
        conversation=conversation,
        thread=thread,
        kind=EntryKind.INCOMING,
        customer=customer,
        sender_name=one_line(incoming.sender_name or customer.name, 200),
        sender_address=incoming.sender_address[:320],
        copies=list(incoming.copies)[:50],
        subject=one_line(incoming.subject, 300),
        text=storable(incoming.text),
        quoted=storable(incoming.quoted),
        html=storable(incoming.html),
        nature=incoming.nature,
        message_id=incoming.message_id[:400],
        client_id=incoming.client_id,
        intake_id=incoming.intake_id,
        data=incoming.data,
        happened_at=incoming.happened_at or now,
        created_at=now,
    )
    add_files(entry, incoming.files)
    return entry


def add_files(entry: Entry, files: Sequence[IncomingFile]) -> None:
    """Keep files and attach them to an entry; where there is a virus scanner it sees them first."""
    rows = Attachment.objects.bulk_create(
        Attachment(
            store_id=current_store_id(),
            entry=entry,
            name=file.name[:200],
            content_type=file.content_type[:120],
            size=len(file.content),
            key=keep_file(file.content),
            content_id=file.content_id[:200],
            inline=file.inline,
            scanned=first_state(),
            created_at=entry.created_at,
        )
        for file in files
    )
    await_scan(rows)


def _begin(conversation: Conversation, thread: Thread, entry: Entry) -> None:
    show_last(conversation, entry)
    if not entry.nature:
        conversation.waiting_since = entry.created_at
    conversation.save(force_insert=True)
    emit(
        ConversationStarted(conversation_id=conversation.pk, medium=thread.medium),
        _wrote(conversation, thread, entry),
    )


def _wrote(conversation: Conversation, thread: Thread, entry: Entry) -> CustomerWrote:
    return CustomerWrote(
        conversation_id=conversation.pk,
        entry_id=entry.pk,
        medium=thread.medium,
        nature=entry.nature,
    )


def _carry_on(conversation: Conversation, thread: Thread, entry: Entry, now: datetime) -> None:
    """Update the conversation: a person's words open it again, a machine's do not."""
    show_last(conversation, entry)
    conversation.medium = thread.medium
    before = conversation.status
    if not entry.nature:
        hold_scheduled(conversation, WROTE)
    if not entry.nature and before != Status.SPAM:
        conversation.waiting_since = conversation.waiting_since or now
        if before != Status.OPEN:
            conversation.status = Status.OPEN
            conversation.resolved_at = conversation.snoozed_until = None
    conversation.save()
    facts: list[Fact] = [_wrote(conversation, thread, entry)]
    if conversation.status != before:
        how = "Reopened" if before == Status.RESOLVED else "Back"
        log_activity(conversation, f"{how}: the customer wrote")
        after = conversation.status
        facts.insert(0, StatusChanged(conversation_id=conversation.pk, before=before, after=after))
    emit(*facts)
