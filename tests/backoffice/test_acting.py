"""What staff do on the pages: send again, stop, judge anew, settle problems. And who may not."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.connections.models import Intake, IntakeState
from shopbell.events import registry
from shopbell.events.models import Delivery, Event
from shopbell.events.pump import run_events
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import PrivacyRequest
from tests.backoffice.market import Market, text_of
from tests.support.shop import make_store, settle


def test_sending_again_makes_a_second_message(market: Market) -> None:
    # given
    market.order(1001)
    [first] = market.messages()

    # when
    answer = market.person().post(f"/s/lark/messages/{first.pk}/resend/", follow=True)
    settle()

    # then
    assert b"It is on its way again." in answer.content
    [old, fresh] = market.messages()
    assert (old.pk, old.state) == (first.pk, "sent")
    assert (fresh.state, fresh.origin, fresh.resend_of_id) == ("sent", "resend", first.pk)
    page = text_of(market.person(), f"/s/lark/messages/{first.pk}/")
    assert "Sent again by Owner." in page
    assert str(fresh.pk) in page


def test_a_message_on_its_way_is_neither_sent_again_nor_twice(market: Market) -> None:
    # given a message that waits
    market.order(1001)
    [message] = market.messages()
    _put_back(market, message, due=timedelta(hours=1))
    client = market.person()

    # then
    page = text_of(client, f"/s/lark/messages/{message.pk}/")
    assert "Send again" not in page
    answer = client.post(f"/s/lark/messages/{message.pk}/resend/")
    assert answer.status_code == 409
    assert len(market.messages()) == 1


def test_a_waiting_message_can_be_stopped(market: Market) -> None:
    # given
    market.order(1001)
    [message] = market.messages()
    _put_back(market, message, due=timedelta(hours=1))
    client = market.person()
    assert ">Stop</button>" in text_of(client, f"/s/lark/messages/{message.pk}/")

    # when
    client.post(f"/s/lark/messages/{message.pk}/stop/")

    # then
    [stopped] = market.messages()
    assert (stopped.state, stopped.reason_text) == ("skipped", "Stopped by Owner.")
    assert client.post(f"/s/lark/messages/{message.pk}/stop/").status_code == 409


def test_held_messages_are_judged_anew(market: Market) -> None:
    # given
    market.order(1001)
    [message] = market.messages()
    _put_back(market, message, state="held", reason="render", reason_text="A word is missing.")
    client = market.person()
    assert "Judge held anew" in text_of(client, "/s/lark/messages/")

    # when
    client.post("/s/lark/messages/release/")
    settle()

    # then
    [judged] = market.messages()
    assert judged.state == "sent"
    assert "Judge held anew" not in text_of(client, "/s/lark/messages/")


def _put_back(
    market: Market, message: Message, due: timedelta = timedelta(), **changes: Any
) -> None:
    values = {"state": "queued", "sent_at": None, "closed_at": None, **changes}
    with store_scope(market.bench.store.pk):
        Message.objects.filter(pk=message.pk).update(due_at=clock.now() + due, **values)


# ---- problems ---------------------------------------------------------------------------------


def park(market: Market, body: bytes = b"{not json <b>") -> Intake:
    """Let in what nobody can read; it is parked when it is processed."""
    with store_scope(market.bench.store.pk):
        item = Intake.objects.create(
            connection=market.bench.shop,
            source="shopify/main",
            provider_id="odd",
            topic="orders/create",
            body=body,
        )
    for _ in range(4):
        settle()
        with store_scope(market.bench.store.pk):
            Intake.objects.filter(pk=item.pk, state="pending").update(due_at=clock.now())
            item.refresh_from_db()
    assert item.state == IntakeState.QUARANTINED
    return item


def test_what_was_not_understood_is_shown_with_its_raw_text(market: Market) -> None:
    item = park(market)
    client = market.person()
    page = text_of(client, "/s/lark/problems/")
    assert "Not understood" in page
    assert f"/s/lark/problems/raw/{item.pk}/" in page
    raw = text_of(client, f"/s/lark/problems/raw/{item.pk}/")
    assert "{not json &lt;b&gt;" in raw
    assert "<b>" not in raw


def test_a_parked_request_is_tried_again(market: Market) -> None:
    # given something that can be read by now
    item = park(market)
    with store_scope(market.bench.store.pk):
        Intake.objects.filter(pk=item.pk).update(body=json.dumps({"id": 1}).encode())
    client = market.person()

    # when
    client.post(f"/s/lark/problems/raw/{item.pk}/settle/", {"do": "retry"})
    settle()

    # then
    with store_scope(market.bench.store.pk):
        item.refresh_from_db()
    assert item.state in (IntakeState.DONE, IntakeState.UNUSED)


def test_a_parked_request_is_put_aside_once(market: Market) -> None:
    item = park(market)
    client = market.person()
    address = f"/s/lark/problems/raw/{item.pk}/settle/"
    assert client.post(address, {"do": "drop"}).status_code == 302
    with store_scope(market.bench.store.pk):
        item.refresh_from_db()
    assert item.state == IntakeState.DROPPED
    assert client.post(address, {"do": "drop"}).status_code == 404
    assert "Nothing waits for you" in text_of(client, "/s/lark/problems/")


class Flaky:
    """A listener to placed orders that fails until it is mended."""

    key = "tests.backoffice.flaky"

    def __init__(self) -> None:
        self.mended = False
        self.seen = 0

    def __call__(self, batch: Sequence[registry.Recorded[Any]]) -> None:
        if not self.mended:
            raise RuntimeError("the disk is full")
        self.seen += len(batch)


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    listener = Flaky()
    registry.LISTENERS[Flaky.key] = registry.Listener(Flaky.key, "order.placed", listener)
    yield listener
    del registry.LISTENERS[Flaky.key]


def run_due_events(market: Market) -> None:
    with store_scope(market.bench.store.pk):
        Delivery.objects.update(due_at=clock.now() - timedelta(seconds=1))
    run_events()


def break_off(market: Market) -> Delivery:
    """Let an order come in whose listener fails three times."""
    market.order(1001)
    for _ in range(3):
        run_due_events(market)
    with store_scope(market.bench.store.pk):
        return Delivery.objects.get(quarantined=True)


def test_a_handler_that_broke_off_runs_again(market: Market, flaky: Flaky) -> None:
    # given
    delivery = break_off(market)
    client = market.person()
    page = text_of(client, "/s/lark/problems/")
    assert "Broken off" in page
    assert "the disk is full" in page

    # when
    flaky.mended = True
    client.post(f"/s/lark/problems/handler/{delivery.pk}/", {"do": "retry"})
    run_due_events(market)

    # then
    assert flaky.seen == 1
    assert "Nothing waits for you" in text_of(client, "/s/lark/problems/")


@pytest.mark.usefixtures("flaky")
def test_a_handler_that_broke_off_is_put_aside_and_the_event_kept(market: Market) -> None:
    delivery = break_off(market)
    client = market.person()
    client.post(f"/s/lark/problems/handler/{delivery.pk}/", {"do": "drop"})
    with store_scope(market.bench.store.pk):
        assert not Delivery.objects.exists()
        assert Event.objects.filter(pk=delivery.event_id).exists()


def test_a_privacy_request_is_shown_with_its_deadline_and_noted_as_done(market: Market) -> None:
    # given
    market.order(1001)
    market.post(
        "customers/data_request",
        {
            "shop_domain": "lark.myshopify.com",
            "customer": {"id": 7_001_001, "email": "mara1001@example.com"},
            "data_request": {"id": 99},
        },
    )
    client = market.person()
    page = text_of(client, "/s/lark/problems/")
    assert "Requests about privacy" in page
    assert "mara1001@example.com" in page
    with store_scope(market.bench.store.pk):
        request = PrivacyRequest.objects.get()

    # when
    client.post(f"/s/lark/problems/privacy/{request.pk}/")

    # then
    with store_scope(market.bench.store.pk):
        request.refresh_from_db()
    assert request.done_at is not None
    assert client.post(f"/s/lark/problems/privacy/{request.pk}/").status_code == 404


# ---- who may ----------------------------------------------------------------------------------


def addresses(market: Market) -> tuple[list[str], list[str]]:
    """Return pages to look at and addresses to post to."""
    order = market.order(1001)
    [message] = market.messages()
    pages = [
        "/s/lark/", "/s/lark/orders/", f"/s/lark/orders/{order.pk}/",
        f"/s/lark/orders/{order.pk}/payload/", "/s/lark/customers/",
        f"/s/lark/customers/{order.customer_id}/", "/s/lark/messages/",
        f"/s/lark/messages/{message.pk}/", f"/s/lark/messages/{message.pk}/body/",
        "/s/lark/problems/", "/s/lark/search?q=1001",
    ]  # fmt: skip
    posts = [
        f"/s/lark/messages/{message.pk}/resend/", f"/s/lark/messages/{message.pk}/stop/",
        "/s/lark/messages/release/",
    ]  # fmt: skip
    return pages, posts


def test_a_light_agent_looks_and_does_not_touch(market: Market) -> None:
    pages, posts = addresses(market)
    client = market.person("light")
    for page in pages:
        assert "Send again" not in text_of(client, page)
    for address in posts:
        assert client.post(address).status_code == 403, address
    assert len(market.messages()) == 1


def test_an_agent_sends_again_but_does_not_settle_problems(market: Market) -> None:
    item = park(market)
    addresses(market)
    [message] = market.messages()
    client = market.person("agent")
    assert client.post(f"/s/lark/messages/{message.pk}/resend/").status_code == 302
    assert "Put aside" not in text_of(client, "/s/lark/problems/")
    assert client.get(f"/s/lark/problems/raw/{item.pk}/").status_code == 403
    assert client.post(f"/s/lark/problems/raw/{item.pk}/settle/").status_code == 403


def test_staff_of_another_store_find_nothing(market: Market) -> None:
    # given
    pages, posts = addresses(market)
    wren = make_store("wren")
    stranger = add_staff(store=wren, email="eve@wren.example", name="Eve", role="owner")
    client = Client()
    client.force_login(stranger.user)

    # then neither there nor through the own store
    for page in pages:
        assert client.get(page).status_code == 404, page
        own = page.replace("/s/lark/", "/s/wren/")
        if own.count("/") > 4:
            assert client.get(own).status_code == 404, own
    for address in posts:
        assert client.post(address).status_code == 404, address
    assert client.get("/s/wren/search?q=1001").json() == {"results": []}


def test_nobody_without_a_name_sees_anything(market: Market) -> None:
    pages, _ = addresses(market)
    for page in pages:
        answer = Client().get(page)
        assert answer.status_code == 302
        assert "/account/login/" in answer.headers["Location"]


@pytest.mark.parametrize("where", ["orders", "customers", "messages"])
def test_what_is_not_there_is_said_so(market: Market, where: str) -> None:
    missing = "01a00000-0000-7000-8000-000000000000"
    page = text_of(market.person(), f"/s/lark/{where}/{missing}/", status=404)
    assert "There is no such" in page


def test_looking_never_changes_anything(market: Market) -> None:
    _, posts = addresses(market)
    for address in posts:
        assert market.person().get(address).status_code == 405, address


def test_messages_that_need_a_person_stand_among_the_problems(market: Market) -> None:
    # given
    client = market.person()
    assert "Nothing waits for you" in text_of(client, "/s/lark/problems/")

    # when
    market.order(1002, email="bounce@example.com", customer=None)

    # then
    [message] = market.messages()
    page = text_of(client, "/s/lark/problems/")
    assert "Nothing waits for you" not in page
    assert f"/s/lark/messages/{message.pk}/" in page
    assert "?show=person" in page
    assert "toast" not in page.partition("<main")[2].partition("</main>")[0]
