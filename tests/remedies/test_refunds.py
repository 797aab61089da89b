"""Refunds end to end at a real (loopback) Shopify: asked, done once, told once."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from shopbell.accounts.actions import change_store
from shopbell.connections.ports import Account
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.conversations.models import Conversation
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Forbidden, Invalid
from shopbell.orders.ports import SHOPS, Errand, Outcome
from shopbell.remedies.actions import settle_remedy
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


def test_an_answer_that_is_lost_is_found_at_the_shop_and_never_repeated(counter: Counter) -> None:
    # given a shop that refunds, but whose answer is lost on the way
    counter.admin.lose_next = "Refund"
    remedy = counter.ask(amount=1000)
    counter.work()
    assert counter.again(remedy).state == State.IN_DOUBT
    assert counter.said("reply") == []

    # when the worker looks a little later
    counter.again(remedy, due_at=clock.now())
    counter.work()

    # then it finds the refund and repeats nothing
    assert counter.again(remedy).state == State.DONE
    assert counter.admin.asked.count("Refund") == 1
    assert len(counter.admin.refunds) == len(counter.said("reply")) == 1
    assert counter.order().refunded == 1000


@pytest.mark.parametrize("before", [True, False])
def test_a_worker_that_dies_at_the_shop_leaves_a_doubt_that_is_read_and_settled(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    # given a worker that is killed just before, or just after the shop has done it
    remedy = counter.ask(amount=1000)
    shop, real = SHOPS.get("shopify"), Shopify.perform

    def killed(self: Shopify, account: Account, errand: Errand) -> Outcome:
        if not before:
            real(self, account, errand)
        raise SystemExit

    monkeypatch.setattr(type(shop), "perform", killed)
    with pytest.raises(SystemExit):
        PUMPS["remedies"].run()
    monkeypatch.undo()
    assert counter.again(remedy).state == State.HANDED

    # when another one takes over after the lease, a minute later
    past = clock.now() - timedelta(minutes=2)
    counter.again(remedy, lease_until=past, handed_at=past)
    counter.work()

    # then there is one refund, whichever it was
    assert counter.again(remedy).state == State.DONE
    assert len(counter.admin.refunds) == len(counter.said("reply")) == 1


def test_what_is_not_found_at_once_is_not_sent_again_at_once(counter: Counter) -> None:
    remedy = counter.ask(amount=1000)
    counter.again(remedy, state=State.HANDED, handed_at=clock.now())
    counter.work()
    assert counter.again(remedy).state == State.IN_DOUBT
    assert counter.admin.refunds == []
    counter.again(remedy, due_at=clock.now(), handed_at=clock.now() - timedelta(minutes=2))
    counter.work()
    assert counter.again(remedy).state == State.DONE


def test_a_doubt_older_than_the_key_is_for_a_person(counter: Counter) -> None:
    # given something handed over yesterday of which the shop knows nothing
    remedy = counter.ask(amount=1000)
    old = clock.now() - timedelta(days=1)
    for _ in range(8):
        counter.again(remedy, state=State.HANDED, handed_at=old, due_at=old, lease_until=None)
        PUMPS["remedies"].run()

    # then nothing is sent, and a supervisor says what became of it
    remedy = counter.again(remedy)
    assert (remedy.state, remedy.due_at, counter.admin.refunds) == (State.IN_DOUBT, None, [])
    with store_scope(counter.store.pk), pytest.raises(Forbidden):
        settle_remedy(remedy=remedy, by=counter.agent, done=True)
    with store_scope(counter.store.pk):
        settle_remedy(remedy=remedy, by=counter.supervisor, done=False)
    assert counter.again(remedy).state == State.FAILED
    counter.ask(amount=4990)  # its money is free again


def test_a_shop_that_is_away_is_asked_again_later(counter: Counter) -> None:
    counter.admin.away = True
    remedy = counter.ask(amount=1000)
    counter.work()
    assert counter.again(remedy).state == State.QUEUED
    counter.admin.away = False
    counter.again(remedy, due_at=clock.now())
    counter.work()
    assert counter.again(remedy).state == State.DONE


def test_what_the_shop_refuses_was_not_done_and_nobody_is_told(counter: Counter) -> None:
    counter.admin.refuse = "The payment can no longer be refunded."
    remedy = counter.ask(amount=1000)
    counter.work()
    remedy = counter.again(remedy)
    assert remedy.state == State.FAILED
    assert "can no longer be refunded" in remedy.problem
    assert counter.said("reply") == []
    assert any("not done" in line for line in counter.said("activity"))


def test_the_shops_webhook_and_our_own_knowledge_are_one_refund(counter: Counter) -> None:
    remedy = counter.ask(amount=1000)
    counter.work()
    [made] = counter.admin.refunds
    number = int(made["id"].rsplit("/", 1)[1])
    amount = {"kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"}
    counter.market.post("refunds/create", {
        "id": number, "order_id": 5_000_001_001, "created_at": clock.now().isoformat(),
        "transactions": [amount], "refund_line_items": [],
    })  # fmt: skip
    assert counter.order().refunded == 1000
    assert counter.again(remedy).reference == str(number)
    assert [m.state for m in counter.market.messages(kind="refunded")] == ["skipped"]


def test_the_confirmation_is_no_answer(counter: Counter) -> None:
    counter.ask(amount=1000)
    counter.work()
    with store_scope(counter.store.pk):
        case = Conversation.objects.get(pk=counter.case.pk)
    assert (case.status, case.first_reply_at, case.owner) == ("open", None, None)
    assert case.waiting_since is not None


def test_a_switched_off_confirmation_leaves_the_notification(counter: Counter) -> None:
    store = counter.store
    change_store(store=store, policies={"remedies": {"texts": {"refund": ""}}})
    counter.ask(amount=1000)
    counter.work()
    assert counter.said("reply") == []
    assert [m.state for m in counter.market.messages(kind="refunded")] == ["sent"]


def test_a_form_sent_twice_is_one_refund(counter: Counter) -> None:
    mark = uuid.uuid4()
    first, second = (counter.ask(amount=1000, client_id=mark) for _ in range(2))
    assert first.pk == second.pk
    counter.work()
    assert len(counter.admin.refunds) == 1


def test_two_agents_at_once_never_give_back_more_than_was_paid(counter: Counter) -> None:
    def ask(_: int) -> int:
        try:
            counter.ask(amount=3000, by=counter.supervisor)
        except (Invalid, Conflict):
            return 0
        finally:
            connection.close()
        return 3000

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(4))) == 3000
