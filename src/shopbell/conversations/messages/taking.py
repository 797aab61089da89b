"""Writing messages down: new ones together, what changes earlier ones one by one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from shopbell.accounts.queries import store_by_id
from shopbell.connections.intake import Item, Result
from shopbell.connections.models import Connection, IntakeState
from shopbell.conversations.actions.knowing import know_by_link
from shopbell.conversations.actions.receive import receive_many
from shopbell.conversations.messages.changing import change_entry
from shopbell.conversations.messages.described import data_of, words_of
from shopbell.conversations.messages.fetching import Fetched
from shopbell.conversations.messages.lines import entry_name, line_key, threads_by_key
from shopbell.conversations.messages.praise import PRAISE, is_praise
from shopbell.conversations.messages.writers import answered_message, owner_of_number, person_of
from shopbell.conversations.models import Thread
from shopbell.conversations.ports import Incoming
from shopbell.kit import clock
from shopbell.messaging.inbound.written import loaded
from shopbell.messaging.joining import NATURE, joins, take_joins
from shopbell.messaging.keywords import Obeyed, obey
from shopbell.messaging.optins import take_opt_ins
from shopbell.messaging.ports import CHANNELS, WrittenKind
from shopbell.messaging.windows import open_windows

_NEW = (WrittenKind.MESSAGE, WrittenKind.COMMENT)


def take_written(
    connection: Connection, ready: Sequence[tuple[Item, Fetched]]
) -> dict[int, Result]:
    """Write messages down in their order, in the scope and transaction of the caller.

    Raises:
        Temporary: a file could not be fetched just now.
    """
    for _, found in ready:
        if found.error is not None:
            raise found.error
    results: dict[int, Result] = {}
    for is_new, group in groupby(ready, key=lambda each: each[1].written.kind in _NEW):
        several = list(group)
        if is_new:
            results |= _take_new(connection, several)
        else:
            results |= {item.id: change_entry(connection, each.written) for item, each in several}
    return results


def _take_new(connection: Connection, several: Sequence[tuple[Item, Fetched]]) -> dict[int, Result]:
    medium = str(CHANNELS.get(connection.connector).capabilities.medium)
    for _, found in several:
        know_by_link(connection, found.written)
    keys = [line_key(connection, found.written) for _, found in several]
    threads = threads_by_key(medium, keys)
    incoming = [
        _incoming(connection, medium, item, found, key, threads.get(key))
        for (item, found), key in zip(several, keys, strict=True)
    ]
    store = store_by_id(connection.store_id)
    obeyed = [obey(store, connection, found.written) for _, found in several]
    marked = [_marked(*each) for each in zip(incoming, obeyed, strict=True)]
    words = [found.written for _, found in several]
    receive_many(
        incoming=[
            _joined(one) if not one.nature and joins(connection, said) else one
            for one, said in zip(marked, words, strict=True)
        ]
    )
    take_opt_ins(connection, words)
    take_joins(connection, words)
    open_windows(connection, [each.written for _, each in several if each.written.opens_window])
    return {item.id: Result(IntakeState.DONE) for item, _ in several}


def _marked(incoming: Incoming, obeyed: Obeyed | None) -> Incoming:
    """Mark a message whose word was obeyed; a STOP begins nothing that waits for an answer."""
    if obeyed is None:
        return incoming
    data = {**incoming.data, "wish": str(obeyed.wish)}
    return replace(incoming, data=data, nature=obeyed.nature, settled=bool(obeyed.nature))


def _joined(incoming: Incoming) -> Incoming:
    """Mark a message that only signs somebody up: it is answered by itself."""
    return replace(incoming, nature=NATURE, settled=True)


def _incoming(
    connection: Connection,
    medium: str,
    item: Item,
    found: Fetched,
    key: str,
    thread: Thread | None,
) -> Incoming:
    written, praise = found.written, is_praise(found.written)
    if thread is not None and thread.comment and thread.address != written.sender:
        thread = None  # it is found by its key; somebody else writes below the same comment
    answered = answered_message(connection, written) if thread is None or written.answers else None
    known = thread is not None or (answered is not None and answered.customer is not None)
    return Incoming(
        medium=medium,
        person=person_of(connection, medium, written),
        text=words_of(written),
        inbox=connection,
        external_key=key,
        thread=thread,
        answers=answered if thread is None else None,
        customer=None if known else owner_of_number(medium, written),
        sender_name=written.name or written.username,
        sender_address=written.sender,
        message_id=entry_name(connection, written.provider_id),
        intake_id=item.id,
        happened_at=min(written.at, clock.now()),
        data=data_of(written, answered, found.missing),
        files=found.files,
        nature=PRAISE if praise else "",
        settled=praise,
    )


def leave_unread(connection: Connection, item: Item, note: str) -> None:
    """Keep of a message what can be kept after it failed three times; its words are read."""
    written = loaded(item.body)
    if written.kind not in _NEW:
        return
    missing = tuple(
        {"name": each.name or f"file {number}", "why": note[:300]}
        for number, each in enumerate(written.files, 1)
    )
    _take_new(connection, [(item, Fetched(written, missing=missing))])
