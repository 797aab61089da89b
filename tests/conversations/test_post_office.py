"""The whole way in real processes: servers, worker, conversation; and what happens in between."""

import smtplib
import time
from collections.abc import Iterator

import pytest

from tests.support.imap_server import ImapServer
from tests.support.mailbox_toml import with_mailboxes
from tests.support.processes import Installation, installation
from tests.support.programs import free_port

DOOR = """
[[store.inbox]]
slug = "door"
channel = "listener"
address = "door@lark.example"
settings = {{ bind = "127.0.0.1", port = {door}, protocol = "lmtp" }}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


@pytest.fixture(scope="module")
def door() -> int:
    return free_port()


@pytest.fixture(scope="module")
def bell(server: ImapServer, door: int) -> Iterator[Installation]:
    with installation("post") as bell:
        store = with_mailboxes(hello=server.port, dead=free_port()) + DOOR.format(door=door)
        printed = bell.apply(store)
        assert "inbox lark/hello (mailbox)" in printed
        again = bell.apply(store)
        assert "lark/door" in again
        bell.start_worker()
        bell.wait_until(lambda: server.logins, seconds=30)
        yield bell


def raw(number: int) -> bytes:
    return (
        f"From: c{number}@mail.example\r\nTo: hello@lark.example\r\nSubject: No {number}\r\n"
        f"Message-ID: <{number}@mail.example>\r\n\r\nQuestion {number}\r\n"
    ).encode()


def entries(bell: Installation, like: str) -> int:
    found = bell.value("SELECT count(*) FROM conversations_entry WHERE text LIKE %s", like)
    return int(found)


def test_a_mail_in_the_mailbox_is_a_conversation_a_moment_later(
    bell: Installation, server: ImapServer
) -> None:
    bell.wait_until(lambda: any("IDLE" in command for command in server.commands))
    server.put(raw(1))
    begun = time.monotonic()
    bell.wait_until(lambda: entries(bell, "Question 1") == 1, seconds=20)
    assert time.monotonic() - begun < 10
    [(state,)] = bell.rows("SELECT state FROM connections_connection WHERE slug = 'hello'")
    assert state == "ok"


def test_a_dead_mailbox_is_told_and_stops_nobody(bell: Installation) -> None:
    def told() -> bool:
        rows = bell.rows("SELECT state, state_detail FROM connections_connection")
        return any(s == "trouble" and "Mail cannot be fetched" in d for s, d in rows)

    bell.wait_until(told, seconds=30)


def test_a_mail_handed_over_is_a_conversation_too(bell: Installation, door: int) -> None:
    def handed() -> bool:
        try:
            with smtplib.LMTP("127.0.0.1", door) as line:
                line.sendmail("x@mail.example", ["door@lark.example"], raw(700))
        except OSError:
            return False
        return True

    bell.wait_until(handed, seconds=20, every=0.5)
    bell.wait_until(lambda: entries(bell, "Question 700") == 1, seconds=20)
    with smtplib.LMTP("127.0.0.1", door) as line:  # also what answers our other addresses
        line.sendmail("x@mail.example", ["hello+abc@lark.example"], raw(701))
    bell.wait_until(lambda: entries(bell, "Question 701") == 1, seconds=20)


def test_a_killed_worker_loses_and_doubles_nothing(bell: Installation, server: ImapServer) -> None:
    for number in range(1000, 1150):
        server.put(raw(number))
    bell.wait_until(lambda: entries(bell, "Question 1%") > 10, seconds=30)
    bell.programs[-1].kill()
    server.remake()
    bell.start_worker()
    bell.wait_until(lambda: entries(bell, "Question 1___") == 150, seconds=90)
    time.sleep(1)
    assert entries(bell, "Question 1___") == 150
    assert not bell.rows("SELECT text FROM conversations_entry GROUP BY text HAVING count(*) > 1")
