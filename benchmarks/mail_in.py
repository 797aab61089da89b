"""From a local IMAP server to conversations: how soon one mail is there, how many in a row.

A real worker watches the mailbox with IDLE. The clock runs from the moment the mails lie in the
mailbox until the last one is an entry of a conversation.
"""

import time
from datetime import UTC, datetime
from typing import Any

from tests.support import postgres
from tests.support.imap_server import ImapServer, Stored
from tests.support.mailbox_toml import with_mailboxes
from tests.support.processes import Installation, installation

MAILS, WRITERS = 1000, 600
_MAIL = """From: Customer <c{writer}@mail.example>
To: hello@lark.example
Subject: Question {number}
Message-ID: <{number}@mail.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Where is my order {number}?

On Monday Lark wrote:
> Thank you for your order.
--b
Content-Type: text/html; charset=utf-8

<p>Where is my order {number}?</p><blockquote>Thank you for your order.</blockquote>
--b--
"""


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    postgres.ensure_server()
    try:
        with ImapServer() as server, installation("benchmail") as bell:
            bell.apply(with_mailboxes(hello=server.port))
            bell.start_worker()
            bell.wait_until(lambda: any("IDLE" in command for command in server.commands))
            time.sleep(2)  # the worker compiles its texts first
            single = _one(server, bell)
            stored, taken = _many(server, bell)
    finally:
        postgres.shutdown()
    return {
        "title": "Mail to conversation",
        "columns": ["what", "figure"],
        "rows": [
            ["one mail in a watched mailbox → conversation", f"{single:.1f} s"],
            [f"{MAILS} mails fetched and stored", f"{stored:,.0f}/s"],
            [f"{MAILS} mails of {WRITERS} customers → conversations", f"{taken:,.0f}/s"],
        ],
        "goals": [["mail to conversation, one worker", "≥ 100/s", f"{taken:,.0f}/s", taken >= 100]],
        "note": "IMAP server, worker, reading children and PostgreSQL share two cores.",
    }


def _one(server: ImapServer, bell: Installation) -> float:
    begun = time.monotonic()
    server.put(_mail(0))
    _wait(bell, "conversations_entry", 1)
    return time.monotonic() - begun


def _many(server: ImapServer, bell: Installation) -> tuple[float, float]:
    box = server.boxes["INBOX"]
    first = box.following
    arrived = datetime.now(UTC)
    box.mails += [Stored(first + n, _mail(n + 1), arrived) for n in range(MAILS)]
    box.following += MAILS
    begun = time.monotonic()
    with server.news:
        server.news.notify_all()
    _wait(bell, "connections_intake", MAILS + 1)
    stored = MAILS / (time.monotonic() - begun)
    _wait(bell, "conversations_entry", MAILS + 1)
    return stored, MAILS / (time.monotonic() - begun)


def _mail(number: int) -> bytes:
    text = _MAIL.format(number=number, writer=number % WRITERS)
    return text.replace("\n", "\r\n").encode()


def _wait(bell: Installation, table: str, count: int) -> None:
    statement = f"SELECT count(*) FROM {table}"
    bell.wait_until(lambda: bell.value(statement) >= count, seconds=300, every=0.2)
