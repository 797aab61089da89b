"""Whose turn it is: rates shared by all threads, one message at a time to a person, a breaker."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging import breakers, outbox
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.breakers import Breaker
from shopbell.messaging.models import Message
from shopbell.messaging.paces import QUEUEING, Steps, chunk_size, take_turn
from shopbell.messaging.ports import Outcome, OutcomeKind, Written
from shopbell.messaging.sessions import SESSIONS
from shopbell.messaging.windows import open_windows
from tests.connectors.channels.faults import Fault
from tests.connectors.channels.whatsapp_cloud.fake import NUMBER, MetaFake
from tests.connectors.channels.whatsapp_cloud.ground import settings
from tests.messaging.ground import at_once, make_due, queue, send_due, states_of, write_texts
from tests.support.shop import add_smtp, make_store
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake(with_window=False) as fake:
        yield fake
        fake.faults.released.set()


def connect(store: Store, meta: MetaFake, number: str = NUMBER, **changes: Any) -> Connection:
    model = settings(meta.url, phone_number_id=number, **changes)
    given = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value
        for name, value in model
        if name != "earlier_app_secret"
    }
    with store_scope(store.pk):
        return save_connection(
            store=store, family="channel", connector="whatsapp_cloud", slug=f"wa-{number[-4:]}",
            address="+4930555000", settings=given,
        )  # fmt: skip


def answer(inbox: Connection, *people: str, times: int = 1, origin: str = "agent") -> None:
    """Let somebody of the team (`agent`), or the house, answer people who have just written."""
    with store_scope(inbox.store_id):
        now = clock.now()
        open_windows(inbox, [Written(f"in-{phone}", phone, now) for phone in people])
        drafts = []
        for phone in people:
            customer, _ = Customer.objects.get_or_create(phone=phone)
            drafts += [
                Draft(
                    business_key=f"{phone}:{inbox.slug}:{number}:{now.isoformat()}",
                    kind="reply", purpose="support", media=("whatsapp",), customer=customer,
                    to_address=phone, origin=origin,
                    data={"content": {"text": f"Hello {number}"}, "inbox": str(inbox.pk)},
                )
                for number in range(times)
            ]  # fmt: skip
        queue_messages(drafts=drafts)


def people(count: int, start: int = 0) -> list[str]:
    return [f"+49170{start + number:07d}" for number in range(count)]


def test_the_line_is_one_for_all_and_never_faster_than_allowed() -> None:
    # given a number that may send 50 a second, and eight threads that want to
    store = make_store()
    with MetaFake() as meta:
        inbox = connect(store, meta)
    begun = time.monotonic()
    moments: list[float] = []
    guard = threading.Lock()

    def work(number: int) -> None:
        for _ in range(3):
            wait = None
            while wait is None:
                wait = _turn(store, inbox, 50, 5)
                if wait is None:
                    time.sleep(0.1)
            with guard:
                moments.append(time.monotonic() - begun + wait)

    assert not [error for error in at_once(8, work) if error]
    # then 24 chunks of 5 take their 120 places in line, at 45 a second
    moments.sort()
    assert moments[-1] - moments[0] >= 23 * 5 / 45 - 0.2
    for first, tenth in zip(moments, moments[10:], strict=False):
        assert tenth - first > 0.95


def _turn(store: Store, inbox: Connection, rate: int, count: int) -> float | None:
    with store_scope(store.pk):
        return take_turn(store, inbox, rate, count)


def test_a_worker_keeps_to_the_rate_when_its_threads_come_in_a_crowd() -> None:
    # given eight threads that all send at once, whatever was planned
    steps, begun = Steps(), time.monotonic()
    moments: list[float] = []
    guard = threading.Lock()

    def work(number: int) -> None:
        for _ in range(5):
            steps.wait(20, 1)
            with guard:
                moments.append(time.monotonic() - begun)

    assert not [error for error in at_once(8, work) if error]
    # then no more than twenty leave in any second
    moments.sort()
    assert len(moments) == 40
    for first, next_but_twenty in zip(moments, moments[20:], strict=False):
        assert next_but_twenty - first >= 1.0


def test_a_long_line_is_not_waited_in() -> None:
    store = make_store()
    with MetaFake() as meta:
        inbox = connect(store, meta)
    assert _turn(store, inbox, 1, 1) == 0.0
    assert 0.5 < (_turn(store, inbox, 1, 1) or 0) <= 1.0
    assert _turn(store, inbox, 1, 1) is None
    assert _turn(store, inbox, 0, 100) == 0.0  # no limit
    pauses = [QUEUEING.seconds(inbox.pk, 10) for _ in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2.0
    assert QUEUEING.seconds(inbox.pk, 10, urgent=True) < 1.0
    assert (chunk_size(80, 8), chunk_size(0, 8), chunk_size(20, 8), chunk_size(3, 8)) == (
        8,
        8,
        2,
        1,
    )


def test_a_number_keeps_its_rate_and_nothing_is_refused(meta: MetaFake) -> None:
    # given a provider that refuses more than 40 a second, and 100 people to answer
    meta.per_second = 40
    store = make_store()
    inbox = connect(store, meta, max_per_second=40)
    answer(inbox, *people(100))
    begun = time.monotonic()
    at_once(2, lambda number: _keep_sending(store, begun + 15))
    # then all are sent, in no less than their time, and the provider never had to refuse
    assert states_of(store) == {"sent": 100}
    assert meta.taken == 100
    assert not meta.refusals
    assert time.monotonic() - begun > 2.0


def _keep_sending(store: Store, until: float) -> bool:
    while time.monotonic() < until and states_of(store)["sent"] < 100:
        if not outbox.run_outbox():
            time.sleep(0.05)
    return True


def test_the_second_message_to_a_person_waits_and_the_third_behind_it(meta: MetaFake) -> None:
    store = make_store()
    inbox = connect(store, meta)
    answer(inbox, "+491701234567", times=3)
    answer(inbox, "+491707654321")
    send_due()
    with store_scope(store.pk):
        waiting = list(Message.objects.filter(state="queued").order_by("due_at"))
    assert meta.taken == 2  # the first to each of them
    assert [message.reason for message in waiting] == ["turn", "turn"]
    gap = waiting[1].due_at - waiting[0].due_at
    assert timedelta(seconds=5.5) < gap < timedelta(seconds=6.5)
    assert "every 6 seconds" in waiting[0].reason_text
    # and one that comes later queues up behind both
    answer(inbox, "+491701234567")
    send_due()
    with store_scope(store.pk):
        last = Message.objects.filter(state="queued").latest("due_at")
    assert last.due_at - waiting[1].due_at > timedelta(seconds=5)
    # when the time has come, the one in front goes, and the others wait on
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET handed_at = handed_at - interval '7 seconds',"
            " due_at = due_at - interval '7 seconds'"
        )
    send_due()
    assert meta.taken == 3
    assert meta.refusals == []


def test_five_in_a_row_that_get_no_answer_let_the_inbox_rest(
    meta: MetaFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two shops, one of whose providers is broken
    lark, wren = make_store(), make_store(slug="wren")
    write_texts(wren)
    inbox = connect(lark, meta)
    meta.faults.always = Fault.BROKEN
    answer(inbox, *people(40))
    with SmtpSink() as sink:
        add_smtp(wren, sink.port)
        queue(wren, [f"w{number}@shop.example" for number in range(10)])
        send_due()
        # then few messages met the trouble, the others wait, and the other shop noticed nothing
        assert sink.count == 10
    assert states_of(lark)["in_doubt"] <= 8
    assert states_of(lark)["queued"] >= 32
    with store_scope(lark.pk):
        assert Connection.objects.get(pk=inbox.pk).state == "trouble"
        waiting = Message.objects.filter(state="queued").first()
        assert waiting is not None
        assert waiting.reason == "not_tried"
        assert waiting.due_at - clock.now() > timedelta(seconds=20)
    # and while it rests, nothing is tried
    before = meta.faults
    make_due("state = 'queued'")
    send_due()
    assert states_of(lark)["in_doubt"] <= 8
    # when the time is over one message asks; it is well, so all go
    before.always = None
    monkeypatch.setattr(breakers, "TRIPPED_SECONDS", 0.0)
    with store_scope(lark.pk):
        SESSIONS.breaker(Connection.objects.get(pk=inbox.pk))._tripped_until = 0.0
    for _ in range(20):
        make_due("state = 'queued'")
        send_due()
        if not states_of(lark)["queued"]:
            break
    assert states_of(lark)["queued"] == 0
    with store_scope(lark.pk):
        assert Connection.objects.get(pk=inbox.pk).state == "ok"


def test_a_message_refused_for_now_comes_back_when_the_provider_says(meta: MetaFake) -> None:
    store = make_store()
    inbox = connect(store, meta)
    meta.faults.plan(Fault.BUSY)
    answer(inbox, "+491701234567")
    send_due()
    with store_scope(store.pk):
        [waiting] = Message.objects.all()
    assert waiting.state == "queued"
    assert timedelta(seconds=27) < waiting.due_at - clock.now() < timedelta(seconds=33)


def bad(count: int = 1) -> list[Outcome]:
    return [Outcome(OutcomeKind.IN_DOUBT, detail="silence")] * count


GOOD = [Outcome(OutcomeKind.ACCEPTED)]


def test_a_breaker_opens_after_five_in_a_row_or_half_of_twenty() -> None:
    row = Breaker()
    for _ in range(4):
        row.note(bad())
    row.note(GOOD)
    for _ in range(4):
        row.note(bad())
    assert row.allowed(8) == 8
    row.note(bad())
    assert row.tripped
    assert row.allowed(8) == 0
    assert 29 < row.left() <= 30
    half = Breaker()
    for number in range(20):
        half.note(GOOD if number % 2 else bad())
    assert not half.tripped
    half.note(bad())
    assert half.tripped


def test_a_refusal_of_one_message_says_nothing_against_the_provider() -> None:
    breaker = Breaker()
    full = [Outcome(OutcomeKind.TEMPORARY, detail="mailbox full")]
    gone = [Outcome(OutcomeKind.PERMANENT, detail="no such number")]
    for _ in range(30):
        breaker.note(full)
        breaker.note(gone)
        breaker.note([*bad(7), *GOOD])  # one of a batch was answered
    assert not breaker.tripped


def test_an_open_breaker_lets_one_ask_and_waits_as_long_as_the_provider_says() -> None:
    breaker = Breaker()
    busy = [Outcome(OutcomeKind.TEMPORARY, detail="429", retry_after=120.0)]
    for _ in range(5):
        breaker.note(busy)
    assert 119 < breaker.left() <= 120
    breaker._tripped_until = time.monotonic()
    assert breaker.allowed(8) == 1
    assert breaker.allowed(8) == 0  # one at a time
    breaker.note(bad())
    assert breaker.allowed(8) == 0
    breaker._tripped_until = time.monotonic()
    assert breaker.allowed(8) == 1
    breaker.note(GOOD)
    assert breaker.allowed(8) == 8
    assert not breaker.trouble
