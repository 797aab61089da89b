"""Webhooks and events that break, recurse or kill the worker (R-33): parked, and nobody suffers.

Leases of a killed worker are ended by hand here; in life they run out after half a minute.
"""

import time
from collections.abc import Callable

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.intake import retry_item
from shopbell.connections.models import Connection, Intake
from shopbell.events.models import Delivery
from shopbell.events.pump import DEADLY
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.orders.models import Order
from tests.chaos.ground import count, end_leases
from tests.chaos.test_killed_workers import wait_for
from tests.support.nest import Nest

GOOD = 150
DEADLY_NUMBER = 6660  # as in `poison.py`, which only the workers import


@pytest.fixture
def post(store: Store) -> Callable[..., None]:
    with store_scope(store.pk):
        shop = Connection.objects.create(family="shop", connector="poison", slug="main")

    def write(*bodies: str) -> None:
        with store_scope(store.pk):
            Intake.objects.bulk_create(
                Intake(
                    store_id=store.pk,
                    connection=shop,
                    source="poison/main",
                    provider_id=body,
                    topic="orders/create",
                    body=body.encode(),
                )
                for body in bodies
            )

    return write


def test_poison_is_parked_and_its_neighbours_are_served(
    store: Store, post: Callable[..., None], nest: Nest
) -> None:
    # given bad webhooks among good ones
    bodies = [str(number) for number in range(GOOD)]
    bodies[40:40] = ["break-1", "sink-1", "refuse-1"]
    bodies[140:140] = ["break-2", "refuse-2"]
    post(*bodies)

    # when
    nest.hatch()
    wait_for(lambda: count(Intake, state="done") == GOOD, nest)
    for _ in range(4):
        end_leases("connections_intake")
        time.sleep(0.3)
    wait_for(lambda: count(Intake, state="pending") == 0, nest)

    # then
    parked = _parked()
    assert parked.pop("sink-1").startswith("RecursionError")
    assert parked == {
        "break-1": "RuntimeError: it broke",
        "break-2": "RuntimeError: it broke",
        "refuse-1": "This is no order.",
        "refuse-2": "This is no order.",
    }
    assert _attempts("break-1") == 3
    assert count(Order) == GOOD


def test_a_webhook_that_kills_the_worker_is_parked_the_third_time(
    store: Store, post: Callable[..., None], nest: Nest
) -> None:
    # given a deadly webhook in the middle of good ones
    bodies = [str(number) for number in range(60)]
    bodies[30:30] = ["die"]
    post(*bodies)

    # when the supervisor keeps starting workers
    for _ in range(3):
        assert nest.wait(nest.hatch()) == -9
        end_leases("connections_intake", all_dead=True)
    nest.hatch()
    wait_for(lambda: count(Intake, state="pending") == 0, nest)

    # then only the deadly one is parked, and the good ones are all done
    assert _parked() == {"die": DEADLY}
    assert count(Order) == 60

    # and a person may try it again, to the same end
    with store_scope(store.pk):
        retry_item(item=Intake.objects.get(state="quarantined"))
    assert count(Intake, state="pending") == 1


def test_an_event_that_kills_the_worker_is_parked_too(
    store: Store, post: Callable[..., None], nest: Nest
) -> None:
    post(*[str(number) for number in range(DEADLY_NUMBER - 10, DEADLY_NUMBER + 10)])
    for _ in range(3):
        assert nest.wait(nest.hatch()) == -9
        end_leases("events_delivery", all_dead=True)
        end_leases("connections_intake", all_dead=True)
    nest.hatch()
    wait_for(lambda: count(Delivery, quarantined=False) == 0, nest)
    with unscoped("test"):
        [parked] = Delivery.objects.select_related("event")
        assert (parked.note, parked.handler) == (DEADLY, "tests.die_of_it:order.placed")


def test_a_slow_webhook_is_not_parked_for_standing_beside_a_deadly_event(
    store: Store, post: Callable[..., None], nest: Nest
) -> None:
    # given both were under way when a worker died
    post(str(DEADLY_NUMBER))
    assert nest.wait(nest.hatch()) == -9
    post("slow-7")
    with unscoped("test"):
        Intake.objects.filter(provider_id="slow-7").update(attempts=1)

    # when workers start and die until the event is parked
    for _ in range(2):
        end_leases("events_delivery", all_dead=True)
        end_leases("connections_intake", all_dead=True)
        assert nest.wait(nest.hatch()) == -9
    end_leases("events_delivery", all_dead=True)
    end_leases("connections_intake", all_dead=True)
    nest.hatch()
    wait_for(
        lambda: count(Delivery, quarantined=False) == count(Intake, state="pending") == 0, nest
    )

    # then
    assert _parked() == {}
    assert count(Order, source_id="7") == 1
    assert count(Delivery, note=DEADLY) == 1


def _parked() -> dict[str, str]:
    with unscoped("test"):
        rows = Intake.objects.filter(state="quarantined")
        return {row.provider_id: row.note for row in rows}


def _attempts(provider_id: str) -> int:
    with unscoped("test"):
        return Intake.objects.get(provider_id=provider_id).attempts
