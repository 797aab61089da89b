"""Workers that are killed while they move people on: each takes each step once, none is lost."""

import random
import time
from collections import Counter

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.journeys import actions
from shopbell.journeys.models import Enrolment, Journey, JourneyState, Passage
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.chaos.ground import count, end_leases
from tests.chaos.test_killed_workers import wait_for
from tests.support.nest import Nest

MANY, KILLS = 6_000, 4
STEPS = [
    {"id": "wait", "do": "wait", "days": 1},
    {"id": "send", "do": "send", "text": "welcome_order", "purpose": "order_updates"},
    {"id": "rest", "do": "wait", "days": 9},
]


def enrol(store: Store) -> None:
    """Let many people have waited long enough, in a store that sends nothing for now."""
    with store_scope(store.pk):
        Store.objects.filter(pk=store.pk).update(sends_paused=True)
        row = Journey.objects.create(key="chaos", name="Chaos", state=JourneyState.LIVE)
        definition = {"trigger": "order.placed", "steps": STEPS}
        version = actions.save_version(journey=row, definition=definition, by=None)
        people = [Customer.fresh(email=f"c{number}@example.com") for number in range(MANY)]
        Customer.objects.bulk_create(people)
        Enrolment.objects.bulk_create(
            [
                Enrolment.fresh(
                    journey_id=row.pk, version_id=version.pk, customer_id=one.pk,
                    key=str(one.pk), step="wait", waits=True,
                )
                for one in people
            ]
        )  # fmt: skip


def test_each_takes_each_step_once_though_workers_are_killed(store: Store, nest: Nest) -> None:
    # given thousands of people whose wait is over
    enrol(store)
    chance = random.Random(20261123)

    # when the worker is killed again and again on the way
    for number in range(1, KILLS + 1):
        pid = nest.hatch()
        wait_for(lambda wanted=number * 1_000: _moved() >= wanted, nest)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.2))
        nest.kill(pid)
        end_leases("journeys_enrolment", "step = 'wait'")
    nest.hatch()
    wait_for(lambda: _moved() == MANY, nest, seconds=120)

    # then each has one message and one line for each step, and stands at the next one
    assert count(Message, kind="welcome_order") == MANY
    with store_scope(store.pk):
        taken = Counter(Passage.objects.values_list("enrolment_id", "step"))
        assert Enrolment.objects.filter(state="active", waits=True, step="rest").count() == MANY
    assert set(taken.values()) == {1}
    assert Counter(step for _, step in taken) == {"send": MANY, "rest": MANY}


def _moved() -> int:
    return count(Enrolment, step="rest")
