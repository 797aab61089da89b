"""Fetching from a mailbox: everything once, in order, and past what cannot be fetched."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.connectors.channels.mailbox import CHANNEL
from shopbell.connectors.channels.mailbox.settings import MailboxSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import FetchBroken, MailBatch, RawMail
from tests.support.channels import make_account
from tests.support.imap_server import ImapServer
from tests.support.smtp_sink import SmtpSink


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer(folders=("INBOX", "Junk")) as server:
        yield server


def account(server: ImapServer, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_security": "none",
        "imap_user": "hello",
        "imap_password": server.password,
        "smtp_host": "127.0.0.1",
        "smtp_port": 1,
        "smtp_security": "none",
        "timeout": 5,
    }
    return make_account("mailbox", MailboxSettings.model_validate(values | changes))


class Reader:
    """Fetches as a watcher does: with the place it was given last, over as many lines as needed."""

    def __init__(self, server: ImapServer, **settings: Any) -> None:
        self.account = account(server, **settings)
        self.place: dict[str, Any] = {}
        self.breaks = 0

    def fetch(self) -> list[RawMail]:
        found: list[RawMail] = []
        while True:
            session = CHANNEL.open_mailbox(self.account)
            try:
                batch = MailBatch((), self.place, more=True)
                while batch.more:
                    batch = session.fetch(self.place)
                    self.place = batch.place
                    found += batch.mails
                return found
            except FetchBroken as error:
                self.breaks += 1
                self.place = error.place
            finally:
                session.close()

    def texts(self) -> list[bytes]:
        return [mail.raw for mail in self.fetch()]


def raw(number: int, size: int = 0) -> bytes:
    return f"From: a@mail.example\r\nSubject: {number}\r\n\r\n{number}".encode() + b"x" * size


def test_only_what_comes_from_now_on_is_fetched(server: ImapServer) -> None:
    server.put(raw(1))
    reader = Reader(server)
    assert reader.texts() == []
    server.put(raw(2))
    server.put(raw(3))
    assert reader.texts() == [raw(2), raw(3)]
    assert reader.texts() == []


def test_so_many_days_back_are_fetched_if_wanted(server: ImapServer) -> None:
    server.put(raw(1), days_ago=30)
    server.put(raw(2), days_ago=2)
    reader = Reader(server, first_sync_days=7)
    assert reader.texts() == [raw(2)]
    server.put(raw(3), days_ago=30)  # an old mail that somebody moved here today
    assert reader.texts() == [raw(3)]


def test_a_thousand_mails_come_in_order_and_in_portions(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    wanted = [raw(number) for number in range(1000)]
    for mail in wanted:
        server.put(mail)
    assert reader.texts() == wanted
    fetches = [command for command in server.commands if "BODY.PEEK[]" in command]
    assert len(fetches) == 20


def test_large_mails_come_a_few_at_a_time(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    for number in range(4):
        server.put(raw(number, size=5_000_000))
    assert len(reader.texts()) == 4
    assert sum("BODY.PEEK[]" in command for command in server.commands) == 4


def test_a_mail_beyond_the_limit_leaves_its_headers_and_a_word(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    server.put(raw(1, size=36 * 1024 * 1024))
    server.put(raw(2))
    large, small = reader.fetch()
    assert large.raw == b"From: a@mail.example\r\nSubject: 1\r\n\r\n"
    assert "larger than 35 MB" in large.trouble
    assert (small.raw, small.trouble) == (raw(2), "")


def test_a_folder_that_was_made_anew_is_read_two_days_back(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    server.put(raw(1), days_ago=9)
    server.put(raw(2))
    assert len(reader.texts()) == 2
    server.remake()
    server.put(raw(3))
    assert reader.texts() == [raw(2), raw(3)]


def test_a_mail_the_server_refuses_stops_nothing(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    server.refused = {server.put(raw(number)) for number in range(5) if number == 2}
    for number in range(5):
        server.put(raw(number))
    found = reader.fetch()
    assert len(found) == 6
    assert [mail.trouble != "" for mail in found].count(True) == 1


def test_a_mail_that_breaks_the_line_is_passed_by_after_three_times(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    uids = [server.put(raw(number)) for number in range(10)]
    server.deadly = {uids[6]}
    found = reader.fetch()
    assert [mail.raw for mail in found if not mail.trouble] == [
        raw(number) for number in range(10) if number != 6
    ]
    [stub] = [mail for mail in found if mail.trouble]
    assert stub.key == f"INBOX:1:{uids[6]}"
    assert reader.breaks <= 5


def test_all_folders_are_read(server: ImapServer) -> None:
    reader = Reader(server, folders=["INBOX", "Junk"])
    reader.fetch()
    server.put(raw(1))
    server.put(raw(2), "Junk")
    assert reader.texts() == [raw(1), raw(2)]


def test_nothing_is_marked_or_moved(server: ImapServer) -> None:
    reader = Reader(server)
    reader.fetch()
    server.put(raw(1))
    reader.fetch()
    names = {command.split()[0] for command in server.commands}
    assert names <= {"CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "LOGOUT", "STATUS"}
    assert not any("BODY[" in command for command in server.commands)


@pytest.mark.parametrize("idle", [True, False])
def test_waiting_ends_with_news_or_when_told(server: ImapServer, idle: bool) -> None:
    server.idle = idle
    session = CHANNEL.open_mailbox(account(server))
    session.fetch({})
    threading.Timer(0.3, server.put, [raw(1)]).start()
    begun = time.monotonic()
    session.wait(3.0, threading.Event())
    assert (time.monotonic() - begun < 2.0) == idle
    stop = threading.Event()
    stop.set()
    begun = time.monotonic()
    session.wait(30.0, stop)
    assert time.monotonic() - begun < 2.0
    assert session.fetch({}).mails == ()
    session.close()


def test_what_came_between_reading_and_waiting_is_not_waited_for(server: ImapServer) -> None:
    session = CHANNEL.open_mailbox(account(server))
    place = session.fetch({}).place
    server.put(raw(1))
    begun = time.monotonic()
    session.wait(5.0, threading.Event())
    assert time.monotonic() - begun < 3.0
    assert len(session.fetch(place).mails) == 1
    session.close()


def test_a_wrong_password_is_final_and_a_dead_server_is_not(server: ImapServer) -> None:
    with pytest.raises(Permanent, match="refuses the login"):
        CHANNEL.open_mailbox(account(server, imap_password="guess"))
    with pytest.raises(Temporary):
        CHANNEL.open_mailbox(account(server, imap_port=1))


def test_a_line_that_breaks_while_waiting_is_temporary(server: ImapServer) -> None:
    session = CHANNEL.open_mailbox(account(server))
    threading.Timer(0.3, server.drop_connections).start()
    begun = time.monotonic()
    with pytest.raises(Temporary):
        session.wait(10.0, threading.Event())
    assert time.monotonic() - begun < 5.0
    session.close()


def test_the_check_tries_both_directions(server: ImapServer) -> None:
    with SmtpSink() as sink:
        health = CHANNEL.check(account(server, smtp_port=sink.port))
        assert health.ok
        assert health.summary.startswith("Both directions work.")
    dead = CHANNEL.check(account(server, smtp_port=1))
    assert (dead.ok, dead.summary.startswith("Outgoing mail:")) == (False, True)
    nowhere = CHANNEL.check(account(server, folders=["INBOX", "Nowhere"]))
    assert (nowhere.ok, nowhere.hint) == (False, "Write the folders as the server calls them.")
    locked = CHANNEL.check(account(server, imap_password="guess"))
    assert "app password" in locked.hint
