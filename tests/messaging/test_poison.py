"""Bad things among good ones: each is parked with a sentence, and the good ones do not notice."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.intake import drop_item, retry_item
from shopbell.connections.models import Intake
from shopbell.events.models import Delivery, Event
from shopbell.events.pump import PUMPS, drop_delivery, retry_delivery
from shopbell.events.registry import LISTENERS, Listener, Recorded
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.actions import queue_messages, release_held
from shopbell.messaging.models import Message
from shopbell.messaging.templates import save_template
from shopbell.notifications.actions import save_rule
from shopbell.orders.models import Order
from tests.messaging.ground import draft, only, queue, rows, send_due, write_texts
from tests.support.shop import (
    Bench,
    add_smtp,
    make_bench,
    make_store,
    order_payload,
    receive,
    settle,
)
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.usefixtures("committed_db")

GOOD = 60
POISON = [
    b"not json at all",
    b"[1, 2, 3]",
    b"null",
    b"[" * 50_000,
    b'{"id": {"id": []}, "line_items": 7, "customer": "x", "created_at": {}}',
    b'{"id": 1, "line_items": [null, 3, {"id": [1]}], "total_price": "\\ud800NaN"}',
    b'{"id": 99999999999999999999999999, "name": "\\u0000", "total_price": "1e999"}',
]


def _make_due(table: str) -> None:
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET due_at = clock_timestamp() - interval '1 second',"
            " lease_until = NULL"
        )


def _intake(bench: Bench, body: bytes, number: int) -> None:
    with store_scope(bench.store.pk):
        Intake.objects.create(
            source="shopify/main",
            provider_id=f"poison-{number}",
            connection=bench.shop,
            topic="orders/create",
            body=body,
        )


def test_poison_among_webhooks_is_parked_and_the_orders_come_in() -> None:
    bench = make_bench()
    for number in range(GOOD):
        receive(bench, "orders/create", order_payload(2000 + number), f"good-{number}")
        if number < len(POISON):
            _intake(bench, POISON[number], number)
    for _ in range(5):
        PUMPS["intake"].run()
        _make_due("connections_intake")
    with store_scope(bench.store.pk):
        assert Order.objects.filter(number__startswith="#20", is_stub=False).count() == GOOD
        poison = Intake.objects.filter(provider_id__startswith="poison")
        assert not poison.filter(state="pending").exists()
        parked = poison.filter(state="quarantined")
        assert parked.count() >= 4
        assert all(item.note and item.attempts <= 3 for item in parked)
        assert not Intake.objects.filter(provider_id__startswith="good").exclude(state="done")
        # a person may try again or drop it
        again, dropped = parked[0], parked[1]
        retry_item(item=again)
        drop_item(item=dropped)
    PUMPS["intake"].run()
    with store_scope(bench.store.pk):
        again.refresh_from_db()
        dropped.refresh_from_db()
    assert (again.state, again.attempts, dropped.state) == ("quarantined", 1, "dropped")


def test_an_event_no_handler_can_stand_is_parked_and_the_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench()
    seen: list[str] = []

    def picky(batch: Any) -> None:
        for item in batch:
            assert isinstance(item, Recorded)
            order = Order.objects.get(pk=item.fact.order_id)
            if order.number == "#3003":
                raise RecursionError("too deep")
            seen.append(order.number)

    listener = Listener("notifications.picky:order.placed", "order.placed", picky)
    monkeypatch.setitem(LISTENERS, listener.key, listener)
    for number in range(8):
        receive(bench, "orders/create", order_payload(3000 + number), f"e{number}")
    PUMPS["intake"].run()
    for _ in range(5):
        PUMPS["events"].run()
        _make_due("events_delivery")
    with store_scope(bench.store.pk):
        [parked] = Delivery.objects.all()
        assert parked.quarantined
        assert parked.attempts == 3
        assert "RecursionError: too deep" in parked.note
        # its effects were rolled back each time, and the others happened
        assert set(seen) == {f"#300{n}" for n in range(8) if n != 3}
        assert Message.objects.filter(kind="order_confirmed").count() == 8
        retry_delivery(delivery=parked)
    PUMPS["events"].run()
    with store_scope(bench.store.pk):
        drop_delivery(delivery=Delivery.objects.get())
        assert not Delivery.objects.exists()
        assert Event.objects.filter(name="order.placed").count() == 8


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("1970-01-01T00:00:00Z", "expired"),  # old news is no news
        ("2050-12-31T23:59:59+14:00", "sent"),  # and news from the future is told now
        ("", "sent"),
        (None, "sent"),
    ],
)
def test_a_foolish_date_in_a_payload_does_no_harm(moment: str | None, state: str) -> None:
    bench = make_bench()
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        receive(bench, "orders/create", order_payload(created_at=moment, updated_at=moment), "odd")
        settle()
        with store_scope(bench.store.pk):
            received = Intake.objects.get().received_at
            confirmed = Message.objects.get(kind="order_confirmed")
        assert confirmed.state == state
        for found in (received, confirmed.created_at):
            assert abs(found - clock.now()) < timedelta(minutes=2)
        assert sink.count == (state == "sent")


def test_a_delay_counts_from_now_when_the_news_is_from_the_future() -> None:
    bench = make_bench()
    with store_scope(bench.store.pk):
        save_rule(kind="order_confirmed", delay_minutes=30)
    future = "2050-12-31T23:59:59Z"
    receive(bench, "orders/create", order_payload(created_at=future, updated_at=future), "odd")
    PUMPS["intake"].run()
    PUMPS["events"].run()
    message = only(bench.store)
    assert timedelta(minutes=28) < message.due_at - clock.now() <= timedelta(minutes=30)
    assert message.not_after is not None
    assert message.not_after - clock.now() < timedelta(days=2)


def _mixed(store: Store, **bad: Any) -> None:
    """Queue nine messages; those with a first name are good, the one without is `bad`."""
    with store_scope(store.pk):
        made = [draft(f"c{n}@shop.example", **(bad if n == 4 else {})) for n in range(9)]
        queue_messages(drafts=made)


def test_a_text_that_would_print_nothing_is_held_for_a_person() -> None:
    store = make_store()
    write_texts(store, body="Dear {{ data.name }}")
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        with store_scope(store.pk):
            made = [
                draft(f"c{n}@shop.example", data={"context": {"data": {"name": name}}})
                for n, name in enumerate(("Ann", "", "Bo"))
            ]
            queue_messages(drafts=made)
        send_due()
        assert sink.count == 2
        held = rows(store)["c1@shop.example"]
        assert (held.state, held.reason) == ("held", "missing_variable")
        assert "data.name" in held.reason_text
        # once the text has a default, releasing is enough
        write_texts(store, body="Dear {{ data.name | default: 'you' }}")
        with store_scope(store.pk):
            assert release_held(reason="missing_variable") == 1
        send_due()
        assert sink.count == 3
        assert "Dear you" in sink.to("c1@shop.example")[0].body()


def test_a_text_that_loops_for_ever_holds_its_own_messages_only() -> None:
    store = make_store()
    write_texts(store)
    loop = "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}"
    with store_scope(store.pk):
        save_template(
            kind="endless", medium="email", locale="en", subject="Round",
            body=f"<mj-text>{loop}</mj-text>",
        )  # fmt: skip
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        _mixed(store, kind="endless")
        send_due()
        assert sink.count == 8
    held = rows(store)["c4@shop.example"]
    assert (held.state, held.reason) == ("held", "template_broken")
    assert "more loops or more text" in held.reason_text


def test_a_message_without_any_text_is_held() -> None:
    store = make_store()
    write_texts(store)
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        _mixed(store, kind="nobody_wrote_it")
        send_due()
        assert sink.count == 8
    assert rows(store)["c4@shop.example"].reason == "no_template"


def test_a_text_too_long_for_its_channel_is_held() -> None:
    from tests.messaging.ground import add_sandbox_sms

    store = make_store()
    write_texts(store, body="word " * 400, media=["sms"])
    add_sandbox_sms(store)
    with store_scope(store.pk):
        queue_messages(drafts=[draft(phone="+4915112345678", media=("sms",))])
    send_due()
    assert only(store).reason == "too_long"


def test_a_store_in_trouble_does_not_hold_up_another() -> None:
    lark, wren = make_store(), make_store("wren")
    write_texts(lark)
    write_texts(wren)
    with store_scope(lark.pk):
        # an inbox whose stored settings no connector accepts any more
        inbox = add_smtp(lark, 2525)
        inbox.settings = {"port": "none"}
        inbox.save()
    with SmtpSink() as sink:
        add_smtp(wren, sink.port)
        queue(lark, ["a@shop.example"])
        queue(wren, ["b@shop.example"])
        send_due()
        assert [mail.recipients for mail in sink.messages] == [("b@shop.example",)]
    waiting = only(lark)
    assert (waiting.state, waiting.reason) == ("queued", "not_tried")
    assert "do not fit" in waiting.reason_text


def test_only_the_outbox_hands_anything_to_a_channel() -> None:
    source = Path(__file__).parents[2] / "src" / "shopbell"
    sends = re.compile(r"\b(?:session|line|channel)\w*\.send\(|SESSIONS\.lines\(")
    found = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if sends.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"messaging/handing.py", "messaging/sessions.py"}


def test_an_order_dated_2050_still_listens_to_what_comes_after() -> None:
    bench = make_bench()
    future = "2050-12-31T23:59:59Z"
    receive(bench, "orders/create", order_payload(created_at=future, updated_at=future), "odd")
    PUMPS["intake"].run()
    now = clock.now().isoformat()
    receive(bench, "orders/cancelled", order_payload(updated_at=now, cancelled_at=now), "later")
    PUMPS["intake"].run()
    with store_scope(bench.store.pk):
        assert Order.objects.get().status == "cancelled"
