"""What may be written now on each line of a conversation: shown before anybody types in vain."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.models import Store, User
from shopbell.conversations.models import Conversation, Thread
from shopbell.conversations.plain_words import formats
from shopbell.conversations.recipients import capabilities_of
from shopbell.conversations.saved import values_for
from shopbell.kit import clock
from shopbell.messaging.approved import FILE, can_be_filled, gaps_of
from shopbell.messaging.models import ApprovedTemplate
from shopbell.messaging.ports import Capabilities, Medium, TemplateStatus
from shopbell.messaging.titles import medium_name
from shopbell.messaging.windows import Standing, standing, windows_of


@dataclass(frozen=True, slots=True)
class Way:
    """How one line stands. `until`: when what is possible now ends; None: it does not."""

    thread: Thread
    medium: str
    is_public: bool = False
    is_open: bool = True
    is_late: bool = False
    until: datetime | None = None
    templates: bool = False
    max_length: int | None = None
    options: int = 0  # buttons below a text

    @property
    def formats(self) -> bool:
        """Whether bold type, lists and links reach the customer as such."""
        return formats(self.thread)

    @property
    def is_said(self) -> bool:
        """Whether there is anything to say about it."""
        return self.is_public or not self.is_open or self.until is not None


def writable(threads: Sequence[Thread]) -> list[Thread]:
    """Return the lines on which something can be written: calls are made, not written."""
    return [thread for thread in threads if thread.medium != Medium.PHONE]


def ways_of(threads: Sequence[Thread]) -> list[Way]:
    """Return how the lines of one conversation stand, in their order."""
    limited = {
        thread.pk: able
        for thread in threads
        if not formats(thread) and (able := capabilities_of(thread)) is not None
    }
    keys = {
        (thread.inbox_id, thread.address)
        for thread in threads
        if thread.inbox_id and thread.pk in limited and limited[thread.pk].reply_window
    }
    opened = windows_of(keys)
    now = clock.now()
    return [_way(thread, limited.get(thread.pk), opened, now) for thread in threads]


def _way(
    thread: Thread,
    able: Capabilities | None,
    opened: Mapping[tuple[uuid.UUID, str], datetime],
    now: datetime,
) -> Way:
    name = medium_name(thread.answered_by)
    if able is None:
        return Way(thread, name)
    if thread.comment:
        length = able.public_length or able.max_length
        return Way(thread, name, is_public=True, max_length=length)
    at = opened.get((thread.inbox_id, thread.address)) if thread.inbox_id else None
    found: Standing = standing(able, at, now)
    return Way(
        thread,
        name,
        is_open=found.is_open or found.is_late,
        is_late=found.is_late,
        until=found.human_until if found.is_late else found.until if found.is_open else None,
        templates=found.templates,
        max_length=able.max_length,
        options=able.options,
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of an approved template in the picker."""

    name: str  # of its field
    label: str
    value: str


def templates_for(thread: Thread, locale: str) -> list[ApprovedTemplate]:
    """Return the templates that may be sent on a line, those in the customer's language first."""
    rows = ApprovedTemplate.objects.filter(
        connection=thread.inbox_id, status=TemplateStatus.APPROVED, gone_at=None
    )
    start = locale.replace("-", "_").partition("_")[0]
    return sorted(
        (row for row in rows if can_be_filled(row)),
        key=lambda row: (row.language.partition("_")[0] != start, row.name, row.language),
    )


def fields_of(
    template: ApprovedTemplate, conversation: Conversation, store: Store, agent: User
) -> list[Gap]:
    """Return the gaps of a template, filled with what the order and the customer tell.

    A file on top is none of them: it is chosen.
    """
    shape, known = gaps_of(template), values_for(conversation, store, agent)
    told = ("customer.first_name", "order.number", "order.tracking_link", "store.name")
    guesses = [known.get(name, "") for name in told]
    found = [Gap(f"header_{n}", f"Headline, {{{{{n}}}}}", "") for n in shape["header"] if n != FILE]
    found += [
        Gap(f"body_{n}", f"{{{{{n}}}}}", guesses[place] if place < len(guesses) else "")
        for place, n in enumerate(shape["body"])
    ]
    return found + [
        Gap(f"button_{place}", f"End of the link “{text}”", "")
        for place, text in enumerate(shape["buttons"])
    ]
