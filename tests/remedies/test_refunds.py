"""Refunds end to end at a real (loopback) Shopify: asked, done once, told once."""

from collections.abc import Iterator

import pytest

from shopbell.kit.errors import Conflict, Invalid
from shopbell.remedies.models import State
from tests.remedies.ground import Counter, open_counter


@pytest.fixture
def counter(committed_db: None) -> Iterator[Counter]:
    with open_counter() as opened:
        yield opened


def test_a_refund_within_the_limit_is_done_and_told_once(counter: Counter) -> None:
    # when an agent gives a part back
    remedy = counter.ask(amount=1250, items={"91001": 1}, note="handle broken")
    assert remedy.state == State.QUEUED
    counter.work()

    # then the shop has done it, once, under our key
    remedy = counter.again(remedy)
    assert remedy.state == State.DONE, remedy.problem
    [refund] = counter.admin.refunds
    assert refund["transactions"][0]["amount"] == "12.50"
    assert refund["refundLineItems"][0]["quantity"] == 1
    assert "handle broken" in refund["note"]
    assert counter.order().refunded == 1250

    # and the customer reads it where they wrote, once
    [told] = counter.said("reply")
    assert "€12.50" in told
    assert "#1001" in told
    counter.work()
    assert len(counter.said("reply")) == 1
    assert any("Refund of €12.50 for #1001 done" in line for line in counter.said("activity"))


def test_more_than_was_paid_is_refused_before_the_shop_is_asked(counter: Counter) -> None:
    counter.ask(amount=3000)
    with pytest.raises(Invalid, match=r"At most €19\.90"):
        counter.ask(amount=1991)
    counter.ask(amount=1990)
    with pytest.raises(Conflict):
        counter.ask(amount=1)
