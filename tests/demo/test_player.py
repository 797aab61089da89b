"""Playing the demo store: through a real web process, over restarts, one worker at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.models import ConsentEvent
from shopbell.customers.models import Customer
from shopbell.demo.actions import hear_answer, make_wish
from shopbell.demo.catalogue import PRODUCTS
from shopbell.demo.forms import CheckoutForm
from shopbell.demo.models import Simulation, Wish, WishState
from shopbell.demo.paces import OPENING, PACES
from shopbell.demo.people import CUSTOMERS
from shopbell.demo.player import Player
from shopbell.demo.seeding import seed
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.orders.models import Order, Product
from tests.support.shop import settle
from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("committed_db")
VISITOR = {
    "name": "Wren Visitor",
    "email": "wren@visitor.example",
    "phone": "+49 176 04069099",
    "whatsapp": "on",
    "language": "en",
    "units-honey": "2",
}


@pytest.fixture
def store() -> Store:
    return seed()


@pytest.fixture
def make_player(web: WebProcess) -> Iterator[Callable[[], Player]]:
    made: list[Player] = []

    def make() -> Player:
        made.append(Player(door=lambda: f"http://127.0.0.1:{web.port}"))
        return made[-1]

    yield make
    for player in made:
        release(player)


def release(player: Player) -> None:
    """End a player as a worker does: save, then drop the session with its lock."""
    player.end()
    connection.close()


def state_of(store: Store) -> Simulation:
    with store_scope(store.pk):
        return Simulation.objects.get()


def wish_of(store: Store, player: Player, verb: str, **data: object) -> Wish:
    wish = make_wish(store=store, verb=verb, **data)
    player.tick()
    with store_scope(store.pk):
        wish.refresh_from_db()
    return wish


def test_the_shop_opens_through_the_front_door_and_orders_arrive(
    store: Store, make_player: Callable[[], Player]
) -> None:
    # given a worker that plays
    player = make_player()
    player.tick()
    # when some seconds of the opening have passed
    start = clock.now()
    for second in range(1, 5):
        with clock.at(start + timedelta(seconds=second)):
            player.tick()
    player.end()
    settle()
    # then what the shop knows arrived as webhooks, and customers were told
    with store_scope(store.pk):
        assert Product.objects.count() == len(PRODUCTS)
        assert Customer.objects.count() == len(CUSTOMERS)
        orders = Order.objects.filter(is_stub=False).count()
        told = Message.objects.filter(kind="order_confirmed", state=State.SENT).count()
        assert orders >= 5
        assert told >= orders * 0.7  # some are cancelled, or their mailbox is full
        assert Connection.objects.filter(last_heard_at=None, connector="shopify").count() == 0
    assert state_of(store).speed == OPENING.speed


def test_pause_pace_and_orders_outlive_the_worker(
    store: Store, make_player: Callable[[], Player]
) -> None:
    # given a demo that was slowed down, has an order, and was paused
    first = make_player()
    first.tick()
    assert wish_of(store, first, "pace", pace="day").state == WishState.DONE
    form = CheckoutForm(VISITOR)
    assert form.is_valid(), form.errors
    placed = wish_of(store, first, "place", customer=form.customer().as_dict(), lines={"honey": 2})
    assert wish_of(store, first, "pause").state == WishState.DONE
    before = state_of(store)
    assert (before.playing, before.speed) == (False, PACES["day"].speed)
    # when the worker ends and another one starts
    release(first)
    second = make_player()
    start = clock.now()
    for seconds in (1, 30, 60):
        with clock.at(start + timedelta(seconds=seconds)):
            second.tick()
    # then it is still paused, at the same simulated moment, and knows the order
    after = state_of(store)
    assert (after.playing, after.simulated_at) == (False, before.simulated_at)
    done = wish_of(store, second, "cancel", order=int(placed.answer["order"]))
    assert done.state == WishState.DONE, done.answer
    assert wish_of(store, second, "play").state == WishState.DONE
    assert state_of(store).playing


def test_an_order_of_a_visitor_becomes_a_mail_and_a_permission(
    store: Store, make_player: Callable[[], Player]
) -> None:
    player = make_player()
    player.tick()
    form = CheckoutForm(VISITOR)
    assert form.is_valid(), form.errors
    wish = wish_of(store, player, "place", customer=form.customer().as_dict(), lines={"honey": 2})
    settle()
    with store_scope(store.pk):
        order = Order.objects.get(source_id=wish.answer["order"])
        assert (order.number, order.email) == (wish.answer["number"], "wren@visitor.example")
        mail = Message.objects.get(order=order, kind="order_confirmed")
        assert (mail.state, mail.medium) == (State.SENT, "email")
        given = ConsentEvent.objects.get(customer=order.customer, channel="whatsapp")
        assert (given.purpose, given.action, given.source) == (
            "order_updates",
            "granted",
            "checkout",
        )


def test_phones_report_what_arrived_and_some_read_it(
    store: Store, make_player: Callable[[], Player]
) -> None:
    # given confirmations that were sent
    player = make_player()
    player.tick()
    start = clock.now()
    for second in (1, 2, 3):
        with clock.at(start + timedelta(seconds=second)):
            player.tick()
    wish_of(store, player, "pause")
    settle()
    # when a minute passes
    for second in (6, 9, 60, 63):
        with clock.at(start + timedelta(seconds=second)):
            player.tick()
        settle()
    # then all were delivered, and a link was followed in some
    with store_scope(store.pk):
        states = set(Message.objects.filter(medium="email").values_list("state", flat=True))
        assert State.SENT not in states
        assert State.DELIVERED in states
        assert Message.objects.exclude(clicked_at=None).count() >= 1


def test_what_is_too_late_is_refused_with_the_reason(
    store: Store, make_player: Callable[[], Player]
) -> None:
    player = make_player()
    player.tick()
    wish = wish_of(store, player, "lose", order=1)
    assert wish.state == WishState.REFUSED
    with pytest.raises(Conflict, match="does not know this order"):
        hear_answer(wish)


def test_a_wish_nobody_can_read_does_not_stop_the_shop(
    store: Store, make_player: Callable[[], Player]
) -> None:
    player = make_player()
    player.tick()
    assert wish_of(store, player, "place", customer={}, lines="honey").state == WishState.REFUSED
    assert wish_of(store, player, "dance").state == WishState.REFUSED
    assert wish_of(store, player, "pause").state == WishState.DONE


def test_only_one_worker_plays(store: Store, make_player: Callable[[], Player]) -> None:
    # given one player in this session, another one in a session of its own
    make_player().tick()
    other = make_player()

    def try_to_play() -> None:
        other.tick()
        connection.close()

    thread = threading.Thread(target=try_to_play)
    thread.start()
    thread.join()
    # then the other one did not touch a thing
    assert other._stage is None
    assert not other._holds_lock()
    assert state_of(store).opening


def test_a_lively_pace_ends_by_itself(store: Store, make_player: Callable[[], Player]) -> None:
    player = make_player()
    player.tick()
    wish_of(store, player, "pace", pace="week")
    wish_of(store, player, "pause")
    wish_of(store, player, "play")
    wish = wish_of(store, player, "pace", pace="hour")
    assert wish.state == WishState.DONE
    ends = state_of(store).paced_until
    assert ends is not None
    with clock.at(ends + timedelta(seconds=1)):
        player.tick()
    player.end()
    assert (state_of(store).speed, state_of(store).paced_until) == (1.0, None)


def test_nothing_happens_while_the_door_is_shut(store: Store) -> None:
    player = Player(door=lambda: "http://127.0.0.1:1")
    began = time.monotonic()
    player.tick()
    assert time.monotonic() - began < 3
    with store_scope(store.pk):
        assert not Simulation.objects.exists()
    release(player)


def test_without_a_demo_store_the_pump_rests() -> None:
    assert PUMPS["demo"].run() == 0
