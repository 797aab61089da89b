"""Orders: partial words, stubs, edits, payments, history, and to whom they belong."""

from datetime import timedelta

import pytest

from shopbell.customers.models import Customer, Identity
from shopbell.events.models import Event
from shopbell.orders.models import Line, Order, Refund, Return, Shipment
from shopbell.orders.ports import (
    CustomerFacts,
    LineFacts,
    OrderFacts,
    OrderStatus,
    PaymentStatus,
    RefundFacts,
    ReturnFacts,
    ReturnStatus,
    ShipmentStatus,
)
from tests.orders.ground import (
    MORNING,
    at,
    carrier_tells,
    news,
    order_facts,
    parcel_facts,
    scan,
    tell,
    the_order,
)

pytestmark = pytest.mark.usefixtures("bench")


def test_what_the_source_does_not_say_stays_as_it_is() -> None:
    tell(order_facts(0, total=4990, note="ring twice", tags=("gift",)))
    tell(OrderFacts(source_id="5001", payment=PaymentStatus.PAID, updated_at=at(5)))
    order = the_order()
    assert (order.payment, order.total, order.email) == ("paid", 4990, "mara@example.com")
    assert (order.note, order.tags, order.lines.count()) == ("ring twice", ["gift"], 1)
    assert not order.is_stub


def test_an_older_word_changes_nothing_and_says_nothing() -> None:
    tell(order_facts(10, payment=PaymentStatus.PAID, total=5000))
    before = news()
    tell(order_facts(5, total=1, lines=(), status=OrderStatus.CANCELLED))
    order = the_order()
    assert (order.total, order.status, order.lines.count()) == (5000, "open", 1)
    assert news() == before


def test_a_first_word_that_is_older_than_the_stub_does_not_undo_it() -> None:
    tell(OrderFacts(source_id="5001", payment=PaymentStatus.FAILED, updated_at=at(5)))
    tell(order_facts(0))
    assert the_order().payment == "failed"
    assert news()["order.payment_failed"] == 1
    tell(order_facts(9, payment=PaymentStatus.PAID))
    assert the_order().payment == "paid"


def test_a_stub_says_nothing_until_the_order_is_known() -> None:
    tell(
        RefundFacts("r1", "5001", 1000, "EUR", at(20)),
        ReturnFacts("t1", "5001", ReturnStatus.REGISTERED, updated_at=at(20)),
    )
    assert the_order().is_stub
    assert not news()
    tell(order_facts())
    assert news() == {"order.placed": 1, "refund.issued": 1, "return.registered": 1}
    assert the_order().refunded == 1000
    tell(order_facts(1), RefundFacts("r1", "5001", 1000, "EUR", at(20)))
    assert (Refund.objects.count(), Return.objects.count(), the_order().refunded) == (1, 1, 1000)
    assert news()["refund.issued"] == 1


def test_a_deleted_order_stays_closed_though_its_creation_arrives_later() -> None:
    tell(OrderFacts(source_id="5001", status=OrderStatus.CLOSED))
    tell(order_facts())
    assert the_order().status == "closed"


def test_an_edit_is_told_once_by_however_many_ways_it_comes() -> None:
    two = (*(order_facts().lines or ()), LineFacts("2", "Tea towel", 1, 900, 900))
    tell(order_facts())
    tell(order_facts(20, lines=two))
    tell(OrderFacts(source_id="5001", edited_at=at(20.1)))
    tell(order_facts(21, lines=two), order_facts(20, lines=two))
    assert news()["order.edited"] == 1
    assert Line.objects.count() == 2
    tell(OrderFacts(source_id="5001", edited_at=at(90)))
    assert news()["order.edited"] == 2


def test_a_changed_price_or_picture_is_no_edit() -> None:
    tell(order_facts())
    tell(order_facts(20, lines=(LineFacts("1", "Speckled cup, new name", 2, 2245, 4000),)))
    assert news()["order.edited"] == 0
    assert Line.objects.get().title == "Speckled cup, new name"


def test_lines_with_one_id_are_one_line() -> None:
    tell(order_facts(lines=(LineFacts("1", "Cup", 1), LineFacts("1", "Cup", 2))))
    assert [line.quantity for line in Line.objects.all()] == [2]


@pytest.mark.parametrize("payment", [PaymentStatus.FAILED, PaymentStatus.VOIDED])
def test_a_failed_payment_of_a_cancelled_order_is_no_news(payment: PaymentStatus) -> None:
    tell(order_facts())
    tell(order_facts(5, status=OrderStatus.CANCELLED, payment=payment))
    assert news() == {"order.placed": 1, "order.cancelled": 1}
    assert the_order().cancelled_at == at(5)


def test_a_refund_does_not_look_like_a_payment() -> None:
    tell(order_facts(0, payment=PaymentStatus.PAID))
    tell(order_facts(5, payment=PaymentStatus.PARTIALLY_REFUNDED))
    tell(order_facts(6, payment=PaymentStatus.PAID))
    assert news()["order.paid"] == 1


def test_several_words_about_one_order_in_one_batch_are_taken_in_their_order() -> None:
    tell(
        order_facts(0),
        order_facts(5, payment=PaymentStatus.PAID),
        order_facts(9, status=OrderStatus.CANCELLED, payment=PaymentStatus.VOIDED),
    )
    assert (the_order().status, the_order().payment) == ("cancelled", "voided")
    assert news() == {"order.placed": 1, "order.paid": 1, "order.cancelled": 1}


def test_history_is_written_and_nothing_of_it_is_news() -> None:
    parcel = parcel_facts(30, status=ShipmentStatus.DELIVERED)
    old = order_facts(
        60,
        payment=PaymentStatus.PAID,
        shipments=(parcel,),
        refunds=(RefundFacts("r1", "5001", 100, "EUR", at(50)),),
    )
    tell(old, historic=True)
    silent = ("connection.saved", "customer.changed")  # for figures, not for people
    assert not Event.objects.exclude(name__in=silent)
    assert (Order.objects.count(), Shipment.objects.get().status) == (1, "delivered")
    # and the same again by webhook is no news either
    tell(old)
    assert not Event.objects.exclude(name__in=silent)
    # but what changes from now on is
    tell(order_facts(90, status=OrderStatus.CANCELLED, payment=PaymentStatus.PAID))
    assert news() == {"order.cancelled": 1}


def test_history_that_fills_a_stub_says_nothing_of_it_now_or_later() -> None:
    tell(parcel_facts())
    carrier_tells(scan(ShipmentStatus.IN_TRANSIT, 40, expected_until=MORNING + timedelta(days=1)))
    tell(order_facts(50), historic=True)
    tell(order_facts(51), parcel_facts(52))
    assert news()["order.placed"] == news()["shipment.dispatched"] == 0


def test_returns_go_forward_only() -> None:
    def told(status: ReturnStatus, minutes: float) -> ReturnFacts:
        return ReturnFacts("t1", "5001", status, updated_at=at(minutes))

    tell(order_facts())
    tell(told(ReturnStatus.REGISTERED, 10))
    tell(told(ReturnStatus.IN_TRANSIT, 20), told(ReturnStatus.REGISTERED, 10))
    tell(told(ReturnStatus.RECEIVED, 30))
    tell(told(ReturnStatus.CLOSED, 40), told(ReturnStatus.RECEIVED, 30))
    assert Return.objects.get().status == "closed"
    assert (news()["return.registered"], news()["return.received"]) == (1, 1)


# --- whose order it is


def _order_of(number: int, **person: str) -> OrderFacts:
    return order_facts(source_id=str(number), customer=CustomerFacts(**person))  # type: ignore[arg-type]


def test_the_shops_own_id_links_orders_though_the_address_changed() -> None:
    tell(_order_of(1, source_id="7", email="old@example.com"))
    tell(_order_of(2, source_id="7", email="new@example.com"))
    customer = Customer.objects.get()
    assert customer.email == "new@example.com"
    assert customer.orders.count() == 2
    assert Order.objects.get(source_id="1").email == "old@example.com"


def test_an_address_links_a_guest_to_the_customer_whatever_its_case() -> None:
    tell(_order_of(1, source_id="7", email="Mara@Example.com"))
    tell(_order_of(2, email=" mara@example.COM "))
    assert Customer.objects.get().orders.count() == 2


def test_a_phone_number_links_nobody_who_has_an_address() -> None:
    tell(_order_of(1, email="a@example.com", phone="+4930123456"))
    tell(_order_of(2, email="b@example.com", phone="+4930123456"))
    tell(_order_of(3, phone="+4930123456"))
    tell(_order_of(4, phone="+49 30 123456"))
    assert [c.orders.count() for c in Customer.objects.order_by("id")] == [1, 1, 2]
    assert Identity.objects.filter(kind="phone").count() == 1


def test_two_people_of_one_batch_with_one_address_are_one() -> None:
    tell(*[_order_of(n, email="same@example.com") for n in range(5)])
    assert Customer.objects.get().orders.count() == 5


def test_an_order_without_any_person_is_kept() -> None:
    tell(order_facts(customer=None))
    assert the_order().customer is None
    assert news()["order.placed"] == 1


def test_an_older_profile_does_not_replace_a_newer_one() -> None:
    newer = CustomerFacts(source_id="7", email="m@example.com", first_name="Mara", updated_at=at(9))
    older = CustomerFacts(
        source_id="7", email="m@example.com", first_name="Maria", last_name="K", updated_at=at(1)
    )
    tell(newer)
    tell(older)
    customer = Customer.objects.get()
    assert (customer.first_name, customer.last_name) == ("Mara", "K")
