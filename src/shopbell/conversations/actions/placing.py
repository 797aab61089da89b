"""Where messages go: the thread and conversation each continues, looked up and locked together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.timeline import all_locked, locked
from shopbell.conversations.models import Conversation, Status, Thread
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.ports import Incoming
from shopbell.customers.models import Customer
from shopbell.kit import clock

_CLOSED = (Status.RESOLVED, Status.SPAM)


@dataclass(slots=True)
class Letter:
    """A message with its writer, and where it goes.

    `conversation` is locked; without one a new one begins. With `moves` the thread goes into it.
    """

    incoming: Incoming
    customer: Customer
    thread: Thread | None = None
    conversation: Conversation | None = None
    moves: bool = False

    @property
    def is_first(self) -> bool:
        """Whether it begins a conversation whatever else is open."""
        return self.incoming.fresh or self.customer.is_new


def find_places(letters: Sequence[Letter]) -> list[Letter]:
    """Find out where messages go. Returns those before the first that meets another of them."""
    _lock_customers(letters)
    for letter in letters:
        letter.thread = letter.incoming.thread or _thread_by_key(letter.incoming)
    running = _running_of([each for each in letters if each.thread is None and not each.is_first])
    keys = {each.thread.conversation_id for each in letters if each.thread is not None}
    rows = all_locked(keys | set(running.values()))
    now = clock.now()
    found: list[Letter] = []
    seen: set[uuid.UUID] = set()
    for letter in letters:
        _place(letter, rows, running, now)
        met = {letter.customer.pk} | ({letter.conversation.pk} if letter.conversation else set())
        if seen & met:
            break
        seen |= met
        found.append(letter)
    return found


def _lock_customers(letters: Sequence[Letter]) -> None:
    # Nobody else can know one that we have just added.
    known = {letter.customer.pk for letter in letters if not letter.customer.is_new}
    if known:
        rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=known).order_by("id")
        if len(rows.values_list("id")) < len(known):
            raise Customer.DoesNotExist("A customer was erased meanwhile.")


def _thread_by_key(incoming: Incoming) -> Thread | None:
    if not incoming.external_key:
        return None
    rows = Thread.objects.select_related("conversation")
    return rows.filter(medium=incoming.medium, external_key=incoming.external_key).first()


type _Running = dict[tuple[uuid.UUID, uuid.UUID | None], uuid.UUID]


def _running_of(letters: Sequence[Letter]) -> _Running:
    """Return the customers' running conversations by customer and inbox, the latest of each."""
    if not letters:
        return {}
    rows = Conversation.objects.filter(
        customer__in={letter.customer.pk for letter in letters}, merged_into=None
    ).exclude(status__in=_CLOSED)
    found: _Running = {}
    for key, customer, inbox in rows.order_by("-last_message_at").values_list(
        "id", "customer_id", "inbox_id"
    ):
        if customer is not None:
            found.setdefault((customer, inbox), key)
    wanted = {_place_of(letter) for letter in letters}
    return {place: key for place, key in found.items() if place in wanted}


def _place_of(letter: Letter) -> tuple[uuid.UUID, uuid.UUID | None]:
    inbox = letter.incoming.inbox
    return letter.customer.pk, inbox.pk if inbox else None


def _place(
    letter: Letter, rows: dict[uuid.UUID, Conversation], running: _Running, now: datetime
) -> None:
    thread = letter.thread
    if thread is None:
        key = None if letter.is_first else running.get(_place_of(letter))
        letter.conversation = rows[key] if key else None
        return
    row = rows[thread.conversation_id]
    if letter.incoming.settled or _still_the_same(row, now):
        letter.conversation = row
        return
    letter.moves = True
    other = None if letter.is_first else _running_of([letter]).get(_place_of(letter))
    letter.conversation = locked(Conversation(pk=other)) if other else None


def _still_the_same(row: Conversation, now: datetime) -> bool:
    """Return whether a message to this conversation continues it (see `DeskPolicy`)."""
    if row.status not in _CLOSED:
        return True
    policy = desk_policy(store_by_id(row.store_id))
    ended = row.resolved_at or row.last_message_at
    return row.status == Status.SPAM or now - ended <= policy.reopens_for
