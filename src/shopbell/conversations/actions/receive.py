"""Taking in what a customer wrote. Idempotent by message id and by the writer's client id."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from shopbell.conversations.actions.placing import Letter, find_places
from shopbell.conversations.actions.scans import await_scan, first_state
from shopbell.conversations.actions.scheduling import WROTE, hold_scheduled
from shopbell.conversations.actions.sheets import Sheet
from shopbell.conversations.actions.timeline import log_activity, show_last, tell_pages
from shopbell.conversations.events import ConversationStarted, CustomerWrote, StatusChanged
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Entry,
    EntryKind,
    Status,
    Thread,
)
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.conversations.search.keeping import said_by
from shopbell.conversations.subjects import bare_subject
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.events.actions import emit, gathered
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_all_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.reading.contents import file_name
from shopbell.kit.media import keep_file
from shopbell.kit.text import one_line, storable
from shopbell.orders.models import Order


@transaction.atomic(savepoint=False)
def receive(*, incoming: Incoming) -> Entry:
    """Write down a customer's message and return its entry; the same one twice is one entry.

    If it fails, the caller's whole transaction does.

    Raises:
        Invalid: there is nothing to find the customer by.
    """
    [entry] = receive_many(incoming=[incoming])
    return entry


@transaction.atomic(savepoint=False)
def receive_many(*, incoming: Sequence[Incoming]) -> list[Entry]:
    """Write down messages in their order as `receive` does each, many in a few statements.

    If one fails, the caller's whole transaction does.

    Raises:
        Invalid: there is nothing to find a customer by.
    """
    unnamed = [each.external_key for each in incoming if not each.person.email]
    lock_writers([each.person for each in incoming], keys=unnamed)
    entries: list[Entry] = []
    with gathered():
        while len(entries) < len(incoming):
            entries += _receive_together(_first_apart(incoming[len(entries) :]))
    return entries


def lock_writers(people: Iterable[Person], *, keys: Iterable[str] = ()) -> None:
    """Let others wait who have messages of the same writers, until the commit."""
    # One at a time for each writer: ten pictures sent at once are one customer, one conversation.
    names = {*keys, *(person.email for person in people)} - {""}
    if names:
        lock_all_in_transaction([("desk", current_store_id(), name) for name in names])


def _first_apart(waiting: Sequence[Incoming]) -> Sequence[Incoming]:
    """Return the first messages that, as far as can be seen, have nothing to do with each other."""
    seen: set[object] = set()
    for number, each in enumerate(waiting):
        thread = each.thread.pk if each.thread else None
        named = (each.message_id[:400], each.client_id, each.external_key, each.person.email)
        marks: set[object] = {mark for mark in (thread, *named) if mark}
        if seen & marks:
            return waiting[:number]
        seen |= marks
    return waiting


def _receive_together(several: Sequence[Incoming]) -> list[Entry]:
    """Write down the first of `several` that belong apart; returns their entries."""
    known = _known(several)
    news = [each for each, entry in zip(several, known, strict=True) if entry is None]
    letters = find_places(
        [Letter(each, who) for each, who in zip(news, _customers(news), strict=True)]
    )
    own = (each for each in letters if each.conversation and not each.incoming.nature)
    hold_scheduled([each.conversation for each in own if each.conversation], WROTE)
    sheet, left, entries = Sheet(), iter(letters), []
    for entry in known:
        letter = None if entry else next(left, None)
        if entry is None and letter is None:
            break  # it belongs to one before it
        entries.append(entry or _write_down(letter, sheet))  # type: ignore[arg-type]
    sheet.write()
    return entries


def _known(several: Sequence[Incoming]) -> list[Entry | None]:
    names = [each.message_id[:400] for each in several if each.message_id]
    rows = Entry.objects.filter(message_id__in=names) if names else ()
    found = {row.message_id: row for row in rows}
    return [found.get(each.message_id[:400]) or _sent_before(each) for each in several]


def _sent_before(incoming: Incoming) -> Entry | None:
    if incoming.client_id is None:
        return None
    rows = Entry.objects.filter(client_id=incoming.client_id, kind=EntryKind.INCOMING)
    if incoming.thread is not None:
        return rows.filter(thread=incoming.thread).first()
    return rows.filter(
        thread__external_key=incoming.external_key, thread__medium=incoming.medium
    ).first()


def _customers(several: Sequence[Incoming]) -> list[Customer]:
    """Return who wrote each message: who was proved, else whom the message names."""
    proved = [_proved(each) for each in several]
    named = [each.person for each, who in zip(several, proved, strict=True) if who is None]
    found = iter(record_people(people=named) if named else ())
    customers = [who or next(found) for who in proved]
    if None in customers:
        raise Invalid("The message names nobody: no address, no phone number, no visitor.")
    return [who for who in customers if who is not None]


def _proved(incoming: Incoming) -> Customer | None:
    if incoming.thread is not None and incoming.thread.conversation.customer is not None:
        return incoming.thread.conversation.customer
    if incoming.customer is not None:
        return incoming.customer
    # We wrote to this very address for this customer.
    return incoming.answers.customer if incoming.answers is not None else None


def _write_down(letter: Letter, sheet: Sheet) -> Entry:
    """Put one message onto the sheet."""
    incoming, customer = letter.incoming, letter.customer
    started = letter.conversation is None
    conversation = letter.conversation or _new_conversation(incoming, customer, clock.now())
    thread = letter.thread
    if thread is None:
        thread = _new_thread(incoming, conversation)
        sheet.threads.append(thread)
    elif letter.moves:
        thread.conversation = conversation
        thread.save(update_fields=["conversation"])
    entry = _new_entry(incoming, customer, conversation, thread)
    sheet.entries.append(entry)
    add_files(entry, incoming.files)
    sheet.words.append(
        said_by(
            conversation,
            entry,
            customer=customer,
            order=conversation.order if started else None,
            files=[file.name for file in incoming.files if not file.inline],
            locale=incoming.inbox.store.locale if incoming.inbox else "",
        )
    )
    show_last(conversation, entry)
    if started:
        sheet.started.append(conversation)
        _begin(conversation, thread, entry, settled=incoming.settled)
    else:
        sheet.continued.append(conversation)
        _carry_on(conversation, thread, entry)
    tell_pages(conversation, thread)
    return entry


def _new_conversation(incoming: Incoming, customer: Customer, now: datetime) -> Conversation:
    """Return a conversation that the sheet saves and numbers."""
    answered = incoming.answers
    subject = bare_subject(incoming.subject) or one_line(incoming.text, 80)
    return Conversation(
        store_id=current_store_id(),
        number=0,
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
    return Thread(
        conversation=conversation,
        inbox=incoming.inbox,
        medium=incoming.medium,
        external_key=incoming.external_key[:200],
        address=incoming.sender_address[:320] or incoming.person.email,
        subject=one_line(incoming.subject, 300),
        created_at=clock.now(),
    )


def _new_entry(
    incoming: Incoming, customer: Customer, conversation: Conversation, thread: Thread
) -> Entry:
    now = clock.now()
    return Entry(
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


def add_files(entry: Entry, files: Sequence[IncomingFile]) -> None:
    """Keep files and attach them to an entry; where there is a virus scanner it sees them first."""
    if not files:
        return
    rows = Attachment.objects.bulk_create(
        Attachment(
            store_id=current_store_id(),
            entry=entry,
            name=file_name(file.name),
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


def _begin(conversation: Conversation, thread: Thread, entry: Entry, *, settled: bool) -> None:
    if not entry.nature:
        conversation.waiting_since = entry.created_at
    if settled:  # a word that was obeyed: nobody is called
        conversation.status, conversation.resolved_at = Status.RESOLVED, entry.created_at
        emit(_wrote(conversation, thread, entry))
        return
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


def _carry_on(conversation: Conversation, thread: Thread, entry: Entry) -> None:
    """Update the conversation: a person's words open it again, a machine's do not."""
    conversation.medium = thread.medium
    before = conversation.status
    if not entry.nature and before != Status.SPAM:
        conversation.waiting_since = conversation.waiting_since or entry.created_at
        if before != Status.OPEN:
            conversation.status = Status.OPEN
            conversation.resolved_at = conversation.snoozed_until = None
    if conversation.status != before:
        how = "Reopened" if before == Status.RESOLVED else "Back"
        log_activity(conversation, f"{how}: the customer wrote")
        after = conversation.status
        emit(StatusChanged(conversation_id=conversation.pk, before=before, after=after))
    emit(_wrote(conversation, thread, entry))
