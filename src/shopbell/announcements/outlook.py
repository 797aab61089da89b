"""What the gate would say to each of them now: how many by which channel, how many not and why.

Nothing is stored and nothing is sent. The same function judges that judges real messages.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from shopbell.accounts.models import Store
from shopbell.announcements.actions.gathering import who_got_the_first
from shopbell.announcements.audience import Affected, people_affected
from shopbell.announcements.final import media_by_recipient
from shopbell.announcements.models import Recipient, Telling
from shopbell.announcements.reasons import reason_words
from shopbell.announcements.sending import draft_for
from shopbell.messaging.actions import unsent
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.titles import medium_title
from shopbell.orders.models import Order

MOST = 5_000  # more are counted, but judged only when they are sent
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of a telling. `judged` is smaller than `people` for very many."""

    people: int
    judged: int
    by_medium: list[tuple[str, int]] = field(default_factory=list)
    later: list[tuple[str, int]] = field(default_factory=list)  # it waits, with the reason
    not_told: list[tuple[str, int]] = field(default_factory=list)
    template_medium: str = ""  # where an approved template goes in place of the words
    by_template: int = 0

    @property
    def told(self) -> int:
        """How many would be told at once."""
        return sum(number for _, number in self.by_medium)

    def media_of(self, telling: Telling) -> list[tuple[str, str]]:
        """Return the channels of a telling with their names, the most used first."""
        used = [medium for medium, _ in self.by_medium]
        media = dict.fromkeys([*used, *telling.media])
        return [(each, medium_title(each)) for each in media]

    @property
    def rest(self) -> int:
        """How many are judged only when it is their turn."""
        return self.people - self.judged

    @property
    def left_out(self) -> int:
        """How many would not be told."""
        return sum(number for _, number in self.not_told)


def outlook(store: Store, telling: Telling) -> Outlook:
    """Judge everybody who would get it, up to `MOST` people."""
    everybody = recipients_to_be(store, telling)
    media: Counter[str] = Counter()
    later: Counter[str] = Counter()
    no: Counter[str] = Counter()
    templates: Counter[str] = Counter()
    judged = 0
    for some in _chunks(islice(everybody, MOST)):
        messages = [unsent(draft_for(telling, row)) for row in some]
        for verdict in decide(store, messages):
            judged += 1
            _count(verdict, media, later, no, templates)
    people = judged + sum(1 for _ in everybody)
    counts = (media.most_common(), later.most_common(), no.most_common())
    [(medium, number)] = templates.most_common(1) or [("", 0)]
    return Outlook(people, judged, *counts, template_medium=medium, by_template=number)


def _count(
    verdict: Verdict,
    media: Counter[str],
    later: Counter[str],
    no: Counter[str],
    templates: Counter[str],
) -> None:
    if verdict.answer == Answer.SEND and verdict.route is not None:
        media[str(verdict.route.medium)] += 1
        if verdict.route.way.template is not None:
            templates[str(verdict.route.medium)] += 1
    elif verdict.answer in (Answer.WAIT, Answer.HOLD):
        later[reason_words(verdict.reason)] += 1
    else:
        no[reason_words(verdict.reason)] += 1


def recipients_to_be(store: Store, telling: Telling) -> Iterator[Recipient]:
    """Yield who would get a telling that is still a draft, not stored."""
    if not telling.is_first:
        rows = who_got_the_first(telling).select_related("customer", "order", "shipment", "telling")
        media: dict[uuid.UUID, str] = {}
        for row in rows.defer("order__payload", "shipment__payload").iterator():
            media = media or media_by_recipient(row.telling_id)
            row.medium = media[row.pk]
            yield row
        return
    affected = Affected.of(telling.announcement.affected)
    found = people_affected(affected, store.timezone).select_related("customer")
    for order in found.defer("payload").iterator():
        yield as_recipient(telling, order)


def as_recipient(telling: Telling, order: Order) -> Recipient:
    """Return the recipient an affected order stands for, not stored."""
    return Recipient(
        telling=telling,
        customer=order.customer,
        order=order,
        orders=order.numbers,  # type: ignore[attr-defined]
        shipment_id=order.parcel,  # type: ignore[attr-defined]
    )


def _chunks(rows: Iterable[Recipient]) -> Iterator[Sequence[Recipient]]:
    rows = iter(rows)
    while some := list(islice(rows, _AT_ONCE)):
        yield some
