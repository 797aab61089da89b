"""The same mailbox against somebody else's IMAP server, since our own shares our assumptions."""

import imaplib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.connectors.channels.mailbox import CHANNEL
from shopbell.connectors.channels.mailbox.settings import MailboxSettings
from tests.support.channels import make_account
from tests.support.programs import free_port

# pymap holds its own connections only weakly: its garbage collector may end one in mid-command.
PROGRAM = "import gc; gc.disable(); from pymap.main import main; main()"
RAW = b"From: mia@mail.example\r\nSubject: Hello %d\r\n\r\nHello\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        "dict",
    ]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
                break
            except OSError:
                assert time.monotonic() < until
                assert server.poll() is None
                time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()


def put(port: int, *numbers: int) -> None:
    with imaplib.IMAP4("127.0.0.1", port) as line:
        line.login("demouser", "demopass")
        for number in numbers:
            line.append("INBOX", "", "", RAW % number)


def unseen(port: int) -> list[bytes]:
    with imaplib.IMAP4("127.0.0.1", port) as line:
        line.login("demouser", "demopass")
        line.select("INBOX", readonly=True)
        return list(line.search(None, "UNSEEN")[1])


def test_what_comes_is_fetched_once_and_stays_unseen(port: int) -> None:
    put(port, 1)
    values: dict[str, Any] = {
        "imap_host": "127.0.0.1",
        "imap_port": port,
        "imap_security": "none",
        "imap_user": "demouser",
        "imap_password": "demopass",
        "smtp_host": "127.0.0.1",
    }
    session = CHANNEL.open_mailbox(
        make_account("mailbox", MailboxSettings.model_validate(values | {"timeout": 5}))
    )
    writer = threading.Timer(0.5, put, [port, 2, 3])
    try:
        place = session.fetch({}).place
        writer.start()
        begun = time.monotonic()
        session.wait(10, threading.Event())
        assert not session.idles or time.monotonic() - begun < 8
        writer.join(20)  # both are there, however slow this machine is just now
        batch = session.fetch(place)
        assert [mail.raw for mail in batch.mails] == [RAW % 2, RAW % 3]
        assert session.fetch(batch.place).mails == ()
    finally:
        session.close()
        writer.join(20)
    assert unseen(port) == [b"1 2 3"]
