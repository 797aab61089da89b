"""What the send gate would have said then to messages that were never queued.

Its own rules, with the state of then where the state of then is known: permission, topics, blocks,
the hour, what else somebody was told, open conversations. Everything else is as it is today, and
the page says so. A newcomer's mistake: judging out of order. What one message uses up of the
budget, the next one lacks.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.queries import Choice, address_hash, whole_purposes
from shopbell.conversations.models import Conversation, Status
from shopbell.customers.models import Customer
from shopbell.journeys.engine import draft_of
from shopbell.journeys.models import EnrolmentState
from shopbell.journeys.replaying import Sent
from shopbell.kit import clock
from shopbell.messaging.actions import unsent
from shopbell.messaging.budget import Ledger, Spent, load_ledger
from shopbell.messaging.gate import (
    Answer,
    Facts,
    Verdict,
    address_of,
    judge_way,
    load_facts,
    media_of,
)
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.states import OPEN_CASE
from shopbell.orders.models import Cart, Order

_CAN_WAIT = ("marketing", "survey")  # what waits while a conversation is open
TURNS = 5  # how often something waits and is judged anew


@dataclass(frozen=True, slots=True)
class Judged:
    """What would have become of a message: `leaves` if it would have left, and when."""

    sent: Sent
    verdict: Verdict
    leaves: datetime | None


class PastGate:
    """The gate of then; batches in the order of time. Call it in the store's scope."""

    def __init__(self, store: Store, *, since: datetime, left_out: Callable[[str], bool]) -> None:
        self._store, self._since, self._left_out = store, since, left_out
        self._spent: dict[uuid.UUID, list[Spent]] = {}

    def judge(self, sends: Sequence[Sent]) -> list[Judged]:
        """Return what would have become of each."""
        probes = _probes(sends)
        facts = load_facts(self._store, probes)
        then = _Then.of(self._store, probes)
        self._read_ledger(probes, facts)
        return [
            self._one(item, probe, facts, then) for item, probe in zip(sends, probes, strict=True)
        ]

    def _read_ledger(self, probes: Sequence[Message], facts: Facts) -> None:
        fresh = [probe for probe in probes if probe.customer_id not in self._spent]
        found = load_ledger(fresh, facts.policy, self._since).spent
        for probe in fresh:
            assert probe.customer_id is not None
            self._spent[probe.customer_id] = [
                spent
                for spent in found.get(probe.customer_id, ())
                if spent.at is not None and not self._left_out(spent.news)
            ]

    def _one(self, item: Sent, probe: Message, facts: Facts, then: "_Then") -> Judged:
        at, verdict = item.at, Verdict(Answer.HOLD)
        for _ in range(TURNS):
            ended = item.row.ended_at
            left = item.row.state in (EnrolmentState.GOAL, EnrolmentState.LEFT)
            if at > item.at and left and ended is not None and ended <= at:
                return Judged(item, Verdict(Answer.SKIP, "left_journey", item.row.reason), None)
            verdict = self._at(at, probe, facts, then)
            if verdict.answer != Answer.WAIT or verdict.until is None:
                break
            at = verdict.until
        return Judged(item, verdict, at if verdict.answer == Answer.SEND else None)

    def _at(self, at: datetime, probe: Message, facts: Facts, then: "_Then") -> Verdict:
        person = probe.customer_id
        assert person is not None
        facts.now = at
        facts.choices, facts.blocks = then.choices(person, at), then.blocks(at)
        facts.consents = whole_purposes(facts.choices)
        known = self._spent[person]
        before = [spent for spent in known if spent.at is not None and spent.at <= at]
        facts.told = Ledger(defaultdict(list, {person: before}), facts.told.seldom)
        number = then.open_case(person, at) if probe.purpose in _CAN_WAIT else None
        if number is not None:
            text = f"It would have waited: conversation #{number} was open."
            return Verdict(Answer.HOLD, OPEN_CASE, text)
        verdict = judge_way(probe, facts)
        if verdict.answer == Answer.SEND:
            facts.told.settle(person, at)
            known += facts.told.spent[person][len(before) :]
        return verdict


def _probes(sends: Sequence[Sent]) -> list[Message]:
    """Return the messages, not saved, with what they are about."""
    rows = [item.row for item in sends]
    people = Customer.objects.in_bulk({row.customer_id for row in rows})
    orders = Order.objects.defer("payload").in_bulk({row.order_id for row in rows if row.order_id})
    carts = Cart.objects.in_bulk({row.cart_id for row in rows if row.cart_id})
    found = []
    for item in sends:
        item.row.customer = people[item.row.customer_id]
        item.row.order = orders.get(item.row.order_id) if item.row.order_id else None
        item.row.cart = carts.get(item.row.cart_id) if item.row.cart_id else None
        with clock.at(item.at):
            found.append(unsent(draft_of(item.row, item.send)))
    return found


class _Then:
    """What was agreed to, blocked and open at a moment of the past."""

    def __init__(self) -> None:
        self._said: dict[uuid.UUID, list[ConsentEvent]] = defaultdict(list)
        self._blocks: list[Suppression] = []
        self._cases: dict[uuid.UUID, list[tuple[int, datetime, datetime | None]]] = defaultdict(
            list
        )

    @classmethod
    def of(cls, store: Store, probes: Sequence[Message]) -> "_Then":
        """Read what there is about the people of some messages."""
        found, people = cls(), {probe.customer_id for probe in probes if probe.customer_id}
        rows = ConsentEvent.objects.filter(customer_id__in=people).defer("wording", "proof")
        for row in rows.order_by("occurred_at", "id"):
            found._said[row.customer_id].append(row)
        hashes = {
            address_hash(store, medium, address)
            for probe in probes
            for medium in media_of(probe)
            if (address := address_of(probe, Medium(medium)))
        }
        found._blocks = list(Suppression.objects.filter(address_hash__in=hashes))
        cases = Conversation.objects.filter(customer_id__in=people, merged_into=None)
        cases = cases.exclude(status=Status.SPAM)
        for person, number, begun, resolved in cases.values_list(
            "customer_id", "number", "created_at", "resolved_at"
        ):
            found._cases[person].append((number, begun, resolved))
        return found

    def choices(self, person: uuid.UUID, at: datetime) -> dict[Choice, ConsentEvent]:
        """Return what had been said about permissions, the newest of each."""
        return {
            (person, row.purpose, row.channel, row.topic): row
            for row in self._said[person]
            if row.occurred_at <= at
        }

    def blocks(self, at: datetime) -> dict[str, list[Suppression]]:
        """Return the blocks that held."""
        found: dict[str, list[Suppression]] = defaultdict(list)
        for row in self._blocks:
            if row.created_at <= at and (row.lifted_at is None or row.lifted_at > at):
                found[row.address_hash].append(row)
        return found

    def open_case(self, person: uuid.UUID, at: datetime) -> int | None:
        """Return the number of a conversation that was open."""
        for number, begun, resolved in self._cases.get(person, ()):
            if begun <= at and (resolved is None or resolved > at):
                return number
        return None
