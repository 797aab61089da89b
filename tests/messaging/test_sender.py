"""The sender against a real mail server that misbehaves: nothing lost, nothing sent twice."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.models import Suppression
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Temporary
from shopbell.messaging import handing, outbox, outcomes
from shopbell.messaging.actions import Draft, queue_messages, resend_message
from shopbell.messaging.breakers import Breaker
from shopbell.messaging.doubts import run_doubts
from shopbell.messaging.models import Message
from tests.messaging.ground import (
    add_sandbox_sms,
    at_once,
    draft,
    make_due,
    only,
    queue,
    rows,
    send_due,
    write_texts,
)
from tests.support.shop import add_smtp, make_store
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.usefixtures("committed_db")


def _store(policies: dict[str, Any] | None = None, **fields: Any) -> Store:
    """A store that knows no quiet hours, so that these pass at night, too."""
    store = make_store(
        policies={"quiet_from": "00:00", "quiet_until": "00:00"} | (policies or {}), **fields
    )
    write_texts(store)
    return store


def _sent(sink: SmtpSink) -> Counter[str]:
    return Counter(address for mail in sink.messages for address in mail.recipients)


def test_each_recipient_of_a_mixed_batch_has_an_outcome_of_its_own() -> None:
    store = _store()
    good = [f"good{n}@shop.example" for n in range(188)]
    groups = {
        name: [f"{name}{n}@shop.example" for n in range(count)]
        for name, count in (("gone", 4), ("busy", 4), ("slow", 2), ("cut", 2))
    }
    with SmtpSink() as sink:
        add_smtp(store, sink.port, data_timeout=0.6, concurrency=4)
        sink.fail("rcpt", reply="550 5.1.1 No such user", to="gone*")
        sink.fail("rcpt", reply="421 4.3.2 Try again later", to="busy*")
        sink.fail("dot", stall=True, to="slow*")
        sink.fail("dot", drop=True, to="cut*")  # it took the mail, and its 250 was lost
        mixed = [*good]
        for place, address in enumerate(address for group in groups.values() for address in group):
            mixed.insert(place * 15, address)
        queue(store, mixed)
        for _ in range(6):  # those behind one that broke the line were not tried
            send_due()
            make_due("reason = 'not_tried'")
        found = rows(store)
        assert {found[address].state for address in good} == {"sent"}
        for address in groups["gone"]:
            assert (found[address].state, found[address].reason) == ("failed", "unknown_address")
        for address in groups["busy"]:
            waiting = found[address]
            assert (waiting.state, waiting.reason, waiting.failures) == ("queued", "retry", 1)
            wait = waiting.due_at - clock.now()
            assert timedelta(seconds=20) < wait <= timedelta(seconds=60)
        for address in [*groups["slow"], *groups["cut"]]:
            assert found[address].state == "in_doubt", address
        # the 421s are tried again, after a pause of their own (see `test_pauses`)
        make_due("reason = 'retry'")
        send_due()
        again = rows(store)["busy0@shop.example"]
        assert again.failures == 2
        assert again.due_at - clock.now() > timedelta(seconds=20)
        sink.heal()
        make_due("reason = 'retry'")
        send_due()
        assert {rows(store)[address].state for address in groups["busy"]} == {"sent"}
        counts = _sent(sink)
    assert {counts[address] for address in (*good, *groups["busy"], *groups["cut"])} == {1}
    assert not any(counts[address] for address in groups["gone"])
    with store_scope(store.pk):
        assert Suppression.objects.filter(reason="hard_bounce").count() == 4


def test_what_is_refused_for_three_days_is_given_up() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        sink.fail("rcpt", reply="450 4.2.0 Greylisted")
        queue(store, ["mara@shop.example"])
        with store_scope(store.pk):
            Message.objects.update(created_at=clock.now() - timedelta(hours=73))
        send_due()
    message = only(store)
    assert (message.state, message.reason) == ("failed", "gave_up")
    assert "three days" in message.reason_text


@pytest.mark.parametrize("step", ["settle_outcomes", "_note_health", "announce"])
@pytest.mark.parametrize("purpose", ["order_updates", "survey"])
def test_a_fault_after_acceptance_sends_nothing_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, step: str, purpose: str
) -> None:
    # given a store whose step after the provider's 250 breaks
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        queue(store, [f"c{n}@shop.example" for n in range(5)], purpose=purpose)
        real = getattr(outcomes, step)

        def broken(*args: Any, **kwargs: Any) -> None:
            if sink.count:
                raise RuntimeError(f"{step} breaks")
            real(*args, **kwargs)

        monkeypatch.setattr(handing if step == "settle_outcomes" else outcomes, step, broken)
        with pytest.raises(RuntimeError):
            send_due()
        monkeypatch.undo()
        # then the worker goes on and does not touch them again
        for _ in range(3):
            send_due()
            make_due()
        assert set(_sent(sink).values()) == {1}
        assert {m.state for m in rows(store).values()} == {"handed"}
        # and when the hand-over counts as dead, they are a doubt and not a failure
        make_due("state = 'handed'")
        run_doubts()
        assert {m.state for m in rows(store).values()} == {"in_doubt"}
        assert set(_sent(sink).values()) == {1}


def test_the_same_messages_queued_and_sent_by_twenty_at_once_leave_once() -> None:
    store = _store()
    addresses = [f"c{n}@shop.example" for n in range(12)]
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        with store_scope(store.pk):
            drafts = [draft(address) for address in addresses]

        def start(number: int) -> int:
            with store_scope(store.pk):
                made = queue_messages(drafts=drafts)
            for _ in range(3):
                outbox.run_outbox()
            return made

        results = at_once(20, start)
        assert not [result for result in results if isinstance(result, Exception)]
        send_due()
        sink.wait_for(12)
        counts = _sent(sink)
    assert counts == dict.fromkeys(addresses, 1)
    assert {m.state for m in rows(store).values()} == {"sent"}


def test_one_business_key_from_five_threads_is_one_message() -> None:
    store = _store()
    with store_scope(store.pk):
        same = draft("mara@shop.example")

    def tell(_: int) -> int:
        with store_scope(store.pk):
            return queue_messages(drafts=[same, same])

    results = at_once(5, tell)
    assert not [result for result in results if isinstance(result, Exception)]
    with store_scope(store.pk):
        assert Message.objects.count() == 1


def test_resending_twice_at_once_makes_one_more_message() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        queue(store, ["mara@shop.example"])
        send_due()
        first = only(store)

        def again(_: int) -> Any:
            with store_scope(store.pk):
                return resend_message(message=first, by="Ann").pk

        results = at_once(4, again)
        send_due()
        assert len({result for result in results if not isinstance(result, Exception)}) >= 1
        with store_scope(store.pk):
            assert Message.objects.filter(origin="resend").count() == 1
        assert sink.count == 2


def _in_doubt(store: Store, sink: SmtpSink, purpose: str) -> Message:
    """Queue one message whose 250 gets lost."""
    sink.fail("dot", drop=True, times=1)
    queue(store, ["mara@shop.example"], purpose=purpose)
    send_due()
    message = only(store)
    assert message.state == "in_doubt"
    return message


def test_a_doubt_about_what_must_arrive_is_settled_by_sending_once_more_the_same_mail() -> None:
    store = _store(policies={"in_doubt_seconds": 60})
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        _in_doubt(store, sink, "order_essentials")
        run_doubts()
        send_due()
        assert sink.count == 1  # a receipt may still come
        make_due("state = 'in_doubt'")
        run_doubts()
        send_due()
        first, second = sink.wait_for(2)
        assert first.parsed["Message-ID"] == second.parsed["Message-ID"]
        message = only(store)
        assert (message.state, message.resends) == ("sent", 1)


def test_a_second_silence_of_the_provider_is_left_to_a_person() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        sink.fail("dot", drop=True)
        queue(store, ["mara@shop.example"], purpose="order_essentials")
        for _ in range(5):
            send_due()
            make_due("state = 'in_doubt' AND closed_at IS NULL")
            run_doubts()
        assert sink.count == 2
    message = only(store)
    assert message.state == "in_doubt"
    assert message.closed_at is not None
    assert "send it again only if you know better" in message.reason_text


def test_however_many_doubts_there_are_none_is_left_that_can_be_sent_again() -> None:
    store = _store()
    queue(store, [f"c{n}@shop.example" for n in range(501)], purpose="order_essentials")
    with store_scope(store.pk):
        Message.objects.update(state="in_doubt", due_at=clock.now() - timedelta(seconds=1))
    seen = []
    for _ in range(2):
        run_doubts()
        seen.append(Counter((m.state, m.closed_at is None) for m in rows(store).values()))
    assert seen == [{("queued", True): 500, ("in_doubt", True): 1}, {("queued", True): 501}]


def test_senders_that_end_again_and_again_leave_it_to_a_person_after_the_third_resend() -> None:
    store = _store()
    queue(store, ["mara@shop.example"], purpose="order_essentials")
    seen = []
    for _ in range(5):
        with store_scope(store.pk):  # as a sender leaves it that is killed while handing over
            Message.objects.filter(state="queued").update(
                state="handed", lease_until=clock.now() - timedelta(seconds=1)
            )
        run_doubts()
        make_due("state = 'in_doubt' AND closed_at IS NULL")
        run_doubts()
        seen.append((only(store).state, only(store).resends))
    assert seen == [("queued", 1), ("queued", 2), ("queued", 3), ("in_doubt", 3), ("in_doubt", 3)]
    assert only(store).closed_at is not None


@pytest.mark.parametrize("purpose", ["survey"])
def test_a_doubt_about_anything_else_is_never_sent_again(purpose: str) -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        _in_doubt(store, sink, purpose)
        for _ in range(3):
            make_due("state = 'in_doubt'")
            run_doubts()
            send_due()
        assert sink.count == 1
    assert only(store).closed_at is not None


@pytest.mark.parametrize(
    ("policies", "minutes"),
    [({}, 10), ({"in_doubt_minutes": 3}, 3), ({"in_doubt_seconds": 30}, 0.5)],
)
def test_a_worker_that_died_leaves_a_doubt_for_as_long_as_the_store_says(
    policies: dict[str, int], minutes: float
) -> None:
    store = _store(policies=policies)
    queue(store, ["mara@shop.example"])
    with store_scope(store.pk):
        Message.objects.update(
            state="handed", lease_until=clock.now() - timedelta(seconds=1), attempts=1
        )
    run_doubts()
    message = only(store)
    assert message.state == "in_doubt"
    wait = (message.due_at - clock.now()).total_seconds()
    assert minutes * 60 - 10 < wait <= minutes * 60


def test_a_worker_that_died_before_the_hand_over_costs_nothing() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        queue(store, ["mara@shop.example"])
        with store_scope(store.pk):
            Message.objects.update(
                state="claimed", attempts=1, lease_until=clock.now() + timedelta(hours=1)
            )
        send_due()
        assert sink.count == 0  # somebody has it
        make_due("state = 'claimed'")
        send_due()
        assert sink.count == 1
    assert only(store).state == "sent"


def test_a_server_that_is_down_stops_nobody_else_and_what_waited_goes_when_it_is_back() -> None:
    lark, wren = _store(), _store(slug="wren")
    with SmtpSink() as down, SmtpSink() as up:
        inbox = add_smtp(lark, down.port)
        add_smtp(wren, up.port)
        down.stop_listening()
        queue(lark, [f"l{n}@shop.example" for n in range(20)])
        queue(wren, [f"w{n}@shop.example" for n in range(20)])
        begun = time.monotonic()
        send_due()
        assert time.monotonic() - begun < 10
        assert up.count == 20
        assert {m.state for m in rows(lark).values()} == {"queued"}
        assert {m.reason for m in rows(lark).values()} == {"not_tried"}
        with store_scope(lark.pk):
            assert Connection.objects.get(pk=inbox.pk).state == "trouble"
        # when it listens again, the first that gets through pulls the others along
        down.start_listening()
        for _ in range(40):
            send_due()
            if down.count == 20:
                break
            time.sleep(0.25)
        assert _sent(down) == {f"l{n}@shop.example": 1 for n in range(20)}
        with store_scope(lark.pk):
            assert Connection.objects.get(pk=inbox.pk).state == "ok"


def test_a_server_that_keeps_silent_holds_up_one_thread_and_not_the_other_inboxes() -> None:
    lark, wren = _store(), _store(slug="wren")
    with SmtpSink() as silent, SmtpSink() as up:
        add_smtp(lark, silent.port, timeout=2.0)
        add_smtp(wren, up.port)
        silent.fail("greeting", stall=True)
        queue(lark, ["first@shop.example"])
        send_due()  # it is known to be in trouble from now on
        time.sleep(0.6)
        make_due()
        queue(lark, [f"l{n}@shop.example" for n in range(5)])

        def work(number: int) -> float:
            time.sleep(number * 0.3)  # the first one is waiting for the silent server
            if number:
                queue(wren, ["w@shop.example"])
            begun = time.monotonic()
            outbox.run_outbox()
            return time.monotonic() - begun

        waited, free = at_once(2, work)
        assert waited > 1.5
        assert free < waited
        assert up.count == 1
        assert {m.state for m in rows(lark).values()} == {"queued"}


def test_a_server_that_keeps_silent_after_the_mail_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handing, "PATIENCE_SECONDS", 0.5)
    lark, wren = _store(), _store(slug="wren")
    with SmtpSink() as silent, SmtpSink() as up:
        add_smtp(lark, silent.port, concurrency=1)  # it would wait for 600 s
        add_smtp(wren, up.port)
        # given a server that takes a whole mail and says nothing
        silent.fail("dot", stall=True)
        queue(lark, [f"l{n}@shop.example" for n in range(12)])
        queue(wren, ["w@shop.example"])
        begun = time.monotonic()
        while outbox.run_outbox():
            assert time.monotonic() - begun < 10
        # then the other inbox went on, and nothing of the silent one is sent a second time
        assert up.count == 1
        assert time.monotonic() - begun < 5
        states = Counter(message.state for message in rows(lark).values())
        assert states == {"handed": 8, "queued": 4}
        # and when the line breaks in the end, each of its mails has an outcome
        silent.drop_connections()
        deadline = time.monotonic() + 5
        while "handed" in {message.state for message in rows(lark).values()}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        states = Counter(message.state for message in rows(lark).values())
        assert states["in_doubt"] == 1  # the one whose end the server has seen
        assert states["queued"] == 11


def test_one_at_a_time_asks_whether_a_server_is_back() -> None:
    breaker = Breaker()
    assert breaker.rest() == 0
    assert breaker.rest() == 0  # nothing is known against it
    breaker.fail(Temporary("silence"))
    time.sleep(0.55)
    assert breaker.rest() == 0
    assert breaker.rest() > 30  # longer than the one who asks may have to wait
    breaker.mend()
    assert breaker.rest() == 0


def test_an_address_that_does_not_exist_is_blocked_and_the_next_channel_is_used() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        add_sandbox_sms(store)
        sink.fail("rcpt", reply="550 5.1.1 No such user")
        with store_scope(store.pk):
            one = draft("gone@shop.example", "+4915112345678", media=("email", "sms"))
            queue_messages(drafts=[one])
        send_due()
        message = only(store)
        assert (message.state, message.medium) == ("sent", "sms")
        assert message.to_address == "+4915112345678"
        assert "So it goes by SMS" in message.reason_text
        # the next message does not even try
        sink.clear()
        with store_scope(store.pk):
            again = Draft(business_key="next", kind=one.kind, purpose=one.purpose,
                          media=("email",), customer=one.customer)  # fmt: skip
            queue_messages(drafts=[again])
        send_due()
        with store_scope(store.pk):
            assert Message.objects.get(business_key="next").state == "suppressed"
        assert not [command for command in sink.commands if command.upper().startswith("RCPT")]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("552 5.2.2 Mailbox full", "mailbox_full"),
        ("550 5.7.1 Blocked by policy", "blocked"),
        ("550 5.7.515 Sender is not authenticated", "authentication"),
    ],
)
def test_a_refusal_that_is_not_about_the_address_does_not_block_it(reply: str, reason: str) -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        sink.fail("rcpt", reply=reply)
        queue(store, ["mara@shop.example"])
        send_due()
    assert (only(store).state, only(store).reason) == ("failed", reason)
    with store_scope(store.pk):
        assert not Suppression.objects.exists()


def test_a_clock_that_jumps_does_not_make_a_lease_run_out() -> None:
    store = _store()
    queue(store, ["mara@shop.example"])
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET state = 'claimed', attempts = 1,"
            " lease_until = clock_timestamp() + interval '60 seconds'"
        )
    # this machine's clock is an hour ahead; the database's counts
    with clock.at(clock.now() + timedelta(hours=1)):
        send_due()
        run_doubts()
    assert only(store).state == "claimed"
    # and an hour behind, what is due is sent all the same
    make_due("state = 'claimed'")
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        with clock.at(clock.now() - timedelta(hours=1)):
            send_due()
        assert sink.count == 1


def test_a_message_is_not_sent_before_its_time() -> None:
    store = _store()
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        queue(store, ["mara@shop.example"], due_at=clock.now() + timedelta(minutes=30))
        with clock.at(clock.now() + timedelta(hours=1)):
            send_due()
        assert sink.count == 0
