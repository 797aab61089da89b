"""Back in stock: who asked first is told first, against what is really there, and once."""

from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentEvent
from shopbell.events.pump import PUMPS
from shopbell.interests.models import Arrival, Waiting
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.ports import LineFacts
from tests.interests.ground import call, set_stock, states, wait
from tests.journeys.ground import Shop, work

PEOPLE = [f"{name}@example.com" for name in ("ada", "bea", "cleo", "dora", "emmy")]


def back(shop: Shop, stock: int, **changes: int) -> None:
    """Let the shop tell that it is back, and the worker work."""
    set_stock(shop.store, stock, **changes)
    work()
    PUMPS["waiting"].run()
    work()


def told(shop: Shop) -> list[tuple[str, str, str]]:
    with store_scope(shop.store.pk):
        rows = Message.objects.filter(kind="back_in_stock").order_by("created_at", "id")
        return [(row.to_address or str(row.customer), row.state, row.reason) for row in rows]


def queue_up(shop: Shop, *people: str) -> None:
    product = set_stock(shop.store, 0)
    for email in people:
        wait(shop.store, product, email)
    shop.switch_on("back_in_stock")


def test_two_are_told_for_each_piece_and_the_next_ones_hours_later(shop: Shop) -> None:
    queue_up(shop, *PEOPLE)
    # when two are back
    back(shop, 2)
    # then the first four are told, by what is true now
    assert [each[:2] for each in told(shop)] == [(email, "sent") for email in PEOPLE[:4]]
    with store_scope(shop.store.pk):
        mail = Message.objects.filter(kind="back_in_stock")[0]
        arrival = Arrival.objects.get()
        assert 3.9 < (arrival.due_at - clock.now()).total_seconds() / 3600 <= 4
    assert "Stoneware mug (Sage)" in mail.subject
    assert "€18.50" in mail.text
    assert "There are 2." in mail.text
    # and nobody twice: not when the stock changes, not when the worker looks again
    back(shop, 1)
    PUMPS["waiting"].run()
    assert len(told(shop)) == 4
    # hours later one is left, so the last one is told, and then it is over
    call(shop.store)
    assert [each[0] for each in told(shop)] == PEOPLE
    call(shop.store)
    with store_scope(shop.store.pk):
        assert Arrival.objects.get().is_over
    assert len(told(shop)) == 5


def test_who_would_find_an_empty_shelf_keeps_their_place(shop: Shop) -> None:
    queue_up(shop, *PEOPLE[:2])
    # given it is back, and sold out again before the mails leave
    set_stock(shop.store, 1)
    PUMPS["events"].run()
    PUMPS["waiting"].run()
    set_stock(shop.store, 0)
    work()
    assert [each[1:] for each in told(shop)] == [("skipped", "sold_out_again")] * 2
    # when it is back once more
    back(shop, 1)
    assert [each[1] for each in told(shop)] == ["skipped", "skipped", "sent", "sent"]
    assert set(states(shop.store).values()) == {"called"}


def test_who_has_bought_it_or_left_is_not_told(shop: Shop) -> None:
    queue_up(shop, *PEOPLE[:3])
    # given one buys it elsewhere in the shop, another mug than hers does not count
    sage = LineFacts("1", "Mug", 1, product_id="mug", variant_id="sage")
    white = LineFacts("1", "Mug", 1, product_id="mug", variant_id="white")
    shop.order(PEOPLE[0], "#1", lines=(sage,))
    shop.order(PEOPLE[1], "#2", lines=(white,))
    work()
    # and one takes the permission back
    with store_scope(shop.store.pk):
        customer = Waiting.objects.get(customer__email=PEOPLE[2]).customer
        record_consent(
            customer=customer,
            purpose="back_in_stock",
            channel="email",
            action="withdrawn",
            source="a test",
        )
    work()
    assert states(shop.store) == {
        PEOPLE[0]: "bought",
        PEOPLE[1]: "waiting",
        PEOPLE[2]: "left",
    }
    back(shop, 5)
    assert [each[0] for each in told(shop)] == [PEOPLE[1]]
    # when she buys it then, the journey has reached its goal
    shop.order(PEOPLE[1], "#3", lines=(sage,))
    work()
    assert (shop.run().state, shop.run().reason) == ("goal", "They wait no longer.")


def test_nobody_is_called_while_nobody_would_be_told(shop: Shop) -> None:
    product = set_stock(shop.store, 0)
    wait(shop.store, product, PEOPLE[0])
    back(shop, 5)
    assert states(shop.store) == {PEOPLE[0]: "waiting"}
    # when the journey is switched on while it is still there
    shop.switch_on("back_in_stock")
    call(shop.store)
    assert [each[1] for each in told(shop)] == ["sent"]


def test_it_is_not_marketing_and_needs_no_permission_for_that(shop: Shop) -> None:
    queue_up(shop, PEOPLE[0])
    back(shop, 1)
    with store_scope(shop.store.pk):
        assert not ConsentEvent.objects.filter(purpose="marketing").exists()
        mail = Message.objects.get(kind="back_in_stock")
    assert (mail.purpose, mail.state) == ("back_in_stock", "sent")
