"""How often one person is written to without having asked: a budget shared by all that sends.

Counted is what was told and what is on its way (it passed the gate once), by whatever engine. Two
workers that judge messages to one person at once wait for one another: `hold_people` locks, until
the end of the transaction that lets the first one pass. What is over budget waits until it fits.
"""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection as database
from django.db.models import Q

from shopbell.accounts.models import Store
from shopbell.consent.models import Frequency, Preference
from shopbell.messaging.models import Message
from shopbell.messaging.policy import EVERY_CHANNEL, Budget, Policy
from shopbell.messaging.regions import rules_for
from shopbell.messaging.states import TOLD, State
from shopbell.messaging.timing import Delay, said, whereabouts_of
from shopbell.messaging.titles import medium_name

REASON = "over_budget"
SOON = timedelta(minutes=10)  # after which what waits for one on its way is judged anew
LONGEST = timedelta(days=31)
WEEKLY = Budget("marketing", EVERY_CHANNEL, 1, 7 * 24)
_FREE = ("test", "staff", "agent")


type Leaving = Callable[[Collection[uuid.UUID]], Sequence[tuple[str, uuid.UUID, str]]]
LEAVING: list[Leaving] = []


def on_the_way(ask: Leaving) -> None:
    """Register who knows of messages that passed the gate and have no row yet.

    It is asked for people and tells (business key, person, channel).
    """
    LEAVING.append(ask)


@dataclass(frozen=True, slots=True)
class Spent:
    """A message that counts. `at`: when it was handed over; None: it is on its way.

    `news` is the same for what tells the same by one channel after the other.
    """

    news: str
    medium: str
    at: datetime | None


@dataclass(slots=True)
class Ledger:
    """What each customer was told lately, and what this batch lets pass."""

    spent: dict[uuid.UUID, list[Spent]] = field(default_factory=lambda: defaultdict(list))
    seldom: Collection[uuid.UUID] = ()  # who wants offers and news at most once a week

    def note(self, message: Message, medium: str, policy: Policy) -> None:
        """Count a message that passes now."""
        if message.customer_id and _is_limited(message, policy):
            news = _news(message.business_key or str(message.pk))
            others = [s for s in self.spent[message.customer_id] if s.news != news]
            self.spent[message.customer_id] = [*others, Spent(news, medium, None)]

    def settle(self, person: uuid.UUID, at: datetime) -> None:
        """Take what is on its way to somebody for sent at a moment: for looks ahead and back."""
        self.spent[person] = [replace(s, at=s.at or at) for s in self.spent[person]]


def hold_people(store: Store, messages: Sequence[Message], policy: Policy) -> None:
    """Wait for other workers that judge messages with a budget to the same people."""
    people = {m.customer_id for m in messages if m.customer_id and _is_limited(m, policy)}
    if not people:
        return
    keys = sorted(_lock_key(store.pk, person) for person in people)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest(%s::bigint[]) AS k"
            " ORDER BY k OFFSET 0) AS sorted",
            [keys],
        )


def _news(business_key: str) -> str:
    """Return what the keys of one message on several channels have in common (`fallback.py`)."""
    return business_key.partition(">")[0]


def _lock_key(store_id: int, person: uuid.UUID) -> int:
    digest = hashlib.blake2b(f"budget:{store_id}:{person}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def seldom_of(wishes: Mapping[uuid.UUID, Preference]) -> set[uuid.UUID]:
    """Return who wants offers and news at most once a week."""
    return {who for who, wish in wishes.items() if wish.frequency == Frequency.WEEKLY}


def load_ledger(
    messages: Sequence[Message],
    policy: Policy,
    now: datetime,
    seldom: Collection[uuid.UUID] = (),
) -> Ledger:
    """Read what counts for the people of a batch, in one query; none if nothing has a budget."""
    ledger = Ledger(seldom=seldom)
    people = {m.customer_id for m in messages if m.customer_id and _is_limited(m, policy)}
    if not people:
        return ledger
    told = Q(state__in=[*TOLD, State.HANDED, State.IN_DOUBT], handed_at__gt=now - LONGEST)
    # What has a Message-ID was rendered, so it passed the gate.
    leaving = Q(state__in=[State.QUEUED, State.CLAIMED]) & ~Q(message_id="")
    rows = Message.objects.filter(told | leaving, customer_id__in=people)
    rows = rows.filter(purpose__in=_limited(policy)).exclude(origin__in=_FREE)
    for row in rows.values_list("business_key", "customer_id", "medium", "handed_at", "state"):
        key, person, medium, handed_at, state = row
        at = None if state in (State.QUEUED, State.CLAIMED) else handed_at
        ledger.spent[person].append(Spent(_news(key), medium, at))
    for key, person, medium in (each for ask in LEAVING for each in ask(people)):
        if all(spent.news != key for spent in ledger.spent[person]):
            ledger.spent[person].append(Spent(key, medium, None))
    return ledger


def over_budget(
    message: Message, medium: str, *, ledger: Ledger, store: Store, policy: Policy, now: datetime
) -> Delay | None:
    """Return why a message has to wait because its reader was told enough; None: it fits."""
    if not message.customer_id or not _is_limited(message, policy):
        return None
    news = _news(message.business_key or str(message.pk))
    spent = [s for s in ledger.spent.get(message.customer_id, ()) if s.news != news]
    if not spent:
        return None
    delays = [
        _delay(limit, whose, spent, now) for limit, whose in _limits(message, medium, store, policy)
    ]
    if message.purpose == "marketing" and message.customer_id in ledger.seldom:
        delays.append(_delay(WEEKLY, "the customer's own wish", spent, now))
    waits = [delay for delay in delays if delay is not None]
    return max(waits, key=lambda delay: delay.until or now) if waits else None


def _limits(
    message: Message, medium: str, store: Store, policy: Policy
) -> list[tuple[Budget, str]]:
    """Return the limits for a message, each with whose it is."""
    own = [
        (budget, "your limit")
        for budget in policy.budgets
        if budget.purpose == message.purpose and budget.channel in (medium, EVERY_CHANNEL)
    ]
    laws = rules_for(whereabouts_of(message, store).regions, medium, message.purpose)
    return own + [
        (
            Budget(message.purpose, medium, rule.most.count, rule.most.hours),
            f"the rules of {rule.place}",
        )
        for rule in laws
        if rule.most is not None
    ]


def _delay(limit: Budget, whose: str, spent: Sequence[Spent], now: datetime) -> Delay | None:
    window = timedelta(hours=limit.hours)
    counted = [s for s in spent if limit.channel in (s.medium, EVERY_CHANNEL)]
    leaving = [s for s in counted if s.at is None]
    times = sorted(
        (s.at for s in counted if s.at is not None and s.at > now - window), reverse=True
    )
    if len(leaving) + len(times) < limit.count:
        return None
    by = "" if limit.channel == EVERY_CHANNEL else f" by {medium_name(limit.channel)}"
    rule = f"by {whose} at most {limit.count}{by} in {_span(limit.hours)}"
    if len(leaving) >= limit.count:
        text = f"Another message{by} to this customer is on its way; {rule}."
        return Delay(REASON, text, now + SOON)
    until = times[limit.count - len(leaving) - 1] + window
    text = f"The customer has been told enough: {rule}. It waits until {said(until, now)} UTC."
    return Delay(REASON, text, until)


def _span(hours: int) -> str:
    if hours % 24 or hours == 24:
        return f"{hours} hours"
    return f"{hours // 24} days"


def _limited(policy: Policy) -> set[str]:
    return {budget.purpose for budget in policy.budgets} | {"marketing", "survey"}


def _is_limited(message: Message, policy: Policy) -> bool:
    return message.purpose in _limited(policy) and message.origin not in _FREE
