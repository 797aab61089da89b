"""What is promised when processes die and the database goes away: 2xx means stored, always."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections

from tests.edge.shops import Shop, stored
from tests.support import postgres
from tests.support.bell import signed
from tests.support.web import WebProcess, web_process


@pytest.fixture
def own_web(committed_db: None) -> Iterator[WebProcess]:
    """A process this test may kill."""
    with web_process("tests.support.bell") as process:
        yield process


class Senders:
    """Clients that send webhooks without pause and remember which were thanked for."""

    def __init__(self, web: WebProcess, shop: Shop, count: int) -> None:
        self.thanked: set[str] = set()
        self.statuses: set[int] = set()
        self._web, self._shop = web, shop
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def _send(self, sender: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            name = f"{sender}-{number}"
            try:
                answer = self._shop.post(self._web, b"{}", name)
            except OSError:
                continue
            except Exception:  # half an answer is no answer
                continue
            self.statuses.add(answer.status)
            if answer.status == 200:
                self.thanked.add(name)

    def wait_for(self, count: int) -> None:
        """Return when so many have been thanked for."""
        deadline = time.monotonic() + 60
        while len(self.thanked) < count:
            assert time.monotonic() < deadline, f"only {len(self.thanked)} came through"
            time.sleep(0.01)

    def stop(self) -> None:
        """End the clients."""
        self._stop.set()
        for thread in self._threads:
            thread.join(20)


def test_after_kill_9_every_webhook_thanked_for_is_there(own_web: WebProcess, lark: Shop) -> None:
    senders = Senders(own_web, lark, 8)
    try:
        senders.wait_for(60)
        own_web.kill()
        own_web.restart()
        senders.wait_for(len(senders.thanked) + 30)
    finally:
        senders.stop()
    assert senders.thanked <= {row.provider_id for row in stored()}
    assert senders.statuses == {200}


def test_while_the_database_is_away_nothing_is_thanked_for_and_then_it_heals(
    web: WebProcess, lark: Shop
) -> None:
    assert lark.post(web, b"{}", "before").status == 200
    with no_database():
        begun = time.monotonic()
        answer = lark.post(web, b"{}", "during")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        event = web.ask(
            "POST",
            "/api/v1/events",
            b'{"id":"e","type":"t"}',
            {"authorization": f"Bearer {lark.key}"},
        )
        assert event.status == 503
        ready = web.ask("GET", "/readyz")
        assert ready.status == 503
        assert ready.json["checks"]["database"] is False
        assert time.monotonic() - begun < 6
        assert web.ask("GET", "/healthz").status == 200
    deadline = time.monotonic() + 10
    while lark.post(web, b"{}", "after").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [row.provider_id for row in stored()] == ["before", "after"]


class no_database:
    """Refuse all connections to this test's database and end those there are."""

    def __init__(self) -> None:
        self._name = connections["default"].settings_dict["NAME"]

    def __enter__(self) -> None:
        connections["default"].close()
        with postgres.superuser("postgres") as root:
            root.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        self._end_connections()

    def __exit__(self, *_: object) -> None:
        with postgres.superuser("postgres") as root:
            root.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")

    def _end_connections(self) -> None:
        with postgres.superuser("postgres") as root:
            root.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [self._name],
            )


def test_connections_cut_in_the_middle_cost_no_webhook(web: WebProcess, lark: Shop) -> None:
    name = connections["default"].settings_dict["NAME"]
    senders = Senders(web, lark, 6)
    try:
        for goal in (30, 60, 90):
            senders.wait_for(goal)
            with postgres.superuser("postgres") as root:
                root.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND application_name LIKE 'shopbell-%%'",
                    [name],
                )
        senders.wait_for(120)
    finally:
        senders.stop()
    assert senders.thanked <= {row.provider_id for row in stored()}


def test_a_database_that_hangs_is_answered_in_time(web: WebProcess, lark: Shop) -> None:
    assert lark.post(web, b"{}", "before").status == 200
    name = connections["default"].settings_dict["NAME"]
    with postgres.superuser(name) as root, root.transaction():
        root.execute("LOCK TABLE connections_intake IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        assert lark.post(web, b"{}", "during").status == 503
        assert time.monotonic() - begun < 6
    assert lark.post(web, b"{}", "after").status == 200
    assert {row.provider_id for row in stored()} == {"before", "after"}


def test_two_processes_store_the_same_webhooks_once(
    own_web: WebProcess, web: WebProcess, lark: Shop
) -> None:
    answers: list[str] = []
    lock = threading.Lock()

    def send(process: WebProcess) -> None:
        for number in range(60):
            answer = lark.post(process, b"{}", f"n{number}")
            with lock:
                answers.append(answer.json["status"])

    threads = [threading.Thread(target=send, args=(p,)) for p in (own_web, web) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers.count("accepted") == 60
    assert answers.count("duplicate") == 300
    assert len(stored()) == 60


def test_what_was_accepted_at_the_stop_signal_is_answered(own_web: WebProcess, lark: Shop) -> None:
    senders = Senders(own_web, lark, 4)
    try:
        senders.wait_for(20)
        assert own_web.stop() < 5
    finally:
        senders._stop.set()
        own_web._listener.close()
        senders.stop()
    assert own_web.process.returncode == 0
    assert senders.statuses == {200}
    assert senders.thanked <= {row.provider_id for row in stored()}


def test_waking_is_one_notice_after_the_rows_are_there(web: WebProcess, lark: Shop) -> None:
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(postgres.database_url(name), autocommit=True) as listener:
        listener.execute("LISTEN shopbell_wake")
        assert lark.post(web, b"{}", "e").status == 200
        heard = next(iter(listener.notifies(timeout=5, stop_after=1)))
    assert heard.payload == "intake"
    with psycopg.connect(postgres.database_url(name), autocommit=True) as listener:
        listener.execute("LISTEN shopbell_wake")
        headers = signed(lark.secret, b"{}", "e")
        assert web.ask("POST", lark.path, b"{}", headers).json["status"] == "duplicate"
        assert list(listener.notifies(timeout=0.2)) == []


def test_the_process_ends_when_it_is_told_to_while_idle(own_web: WebProcess) -> None:
    os.kill(own_web.process.pid, signal.SIGINT)
    assert own_web.process.wait(5) == 0
