"""The main job: an order comes in as a signed webhook, and the customer is told by real mail."""

from datetime import timedelta

import pytest

from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.support.shop import add_smtp, ledger, make_bench, order_payload, receive, settle
from tests.support.smtp_sink import SmtpSink


def _now(minutes: int = 0) -> str:
    return (clock.now() + timedelta(minutes=minutes)).isoformat()


@pytest.mark.usefixtures("committed_db")
def test_an_order_placed_in_the_shop_is_confirmed_by_mail() -> None:
    # given a store with a Shopify shop and a mail server
    bench = make_bench()
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        # when the shop posts a new order
        receive(bench, "orders/create", order_payload(created_at=_now(), updated_at=_now()), "e1")
        settle()
        print(ledger(bench.store))
        # then the customer gets exactly one confirmation, in the store's name
        [mail] = sink.wait_for(1)
    assert mail.recipients == ("mara1001@example.com",)
    assert "#1001" in mail.subject
    text = mail.parsed.get_body(("plain",))
    assert text is not None
    assert "Speckled cup" in text.get_content()
    with store_scope(bench.store.pk):
        message = Message.objects.get()
        assert (message.kind, message.state) == ("order_confirmed", "sent")
        assert Order.objects.get().number == "#1001"
