"""R-34: a mailbox with bad mails. Each is shown as what it is; the others do not wait for it."""

import os
import time
from collections.abc import Iterator

import pytest
from django.db import connections

from shopbell.accounts.models import Store
from shopbell.connections.intake import retry_item
from shopbell.connections.models import Connection, Intake
from shopbell.conversations.models import Attachment, Entry
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.kit.media import file_bytes
from shopbell.messaging.inbound.office import PostOffice
from shopbell.messaging.inbound.storing import TROUBLE, store_batch
from shopbell.messaging.ports import MailBatch, RawMail
from tests.conversations.post import add_mailbox, deliver, mail, work
from tests.support.imap_server import ImapServer
from tests.support.shop import make_store

HEAD = b"From: eve@elsewhere.example\r\nSubject: Bad %d\r\nMIME-Version: 1.0\r\n"


def nest(depth: int) -> bytes:
    parts = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    ]
    return b"".join(parts) + b"\r\ndeep\r\n"


HOSTILE = (
    b"",
    b"\0" * 5000,
    os.urandom(20_000),
    b"no headers at all",
    HEAD % 1 + nest(5000),
    HEAD % 2 + b"X-A: " + b"a" * 2_000_000 + b"\r\n\r\nlong header\r\n",
    HEAD % 3 + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nmany headers\r\n",
    HEAD % 4 + b"To: " + b"((((((((" * 50_000 + b"\r\n\r\nbrackets\r\n",
    HEAD % 5 + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    HEAD % 6 + b"Content-Type: text/plain; charset=x-none\r\n\r\n\xff\xfe words",
    HEAD % 7 + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 100_000,
    HEAD % 8 + b"Subject: =?utf-8?b?" + b"A" * 100_000 + b"?=\r\n\r\nencoded word\r\n",
    HEAD % 9 + b"References: " + b"<a@b> " * 50_000 + b"\r\n\r\nreferences\r\n",
    HEAD % 10 + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 50_000,
    HEAD % 11 + b"\r\n" + b"> " * 500_000,
    HEAD % 12 + b"Date: Fri, 99 Foo 99999 99:99:99 +9999\r\n\r\ndate\r\n",
    b"From: \xff\xff\xff\r\nSubject: =?bad?q?\xc3?=\r\n\r\n\x80\x81",
)


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


def entries(store: Store) -> list[Entry]:
    with store_scope(store.pk):
        return list(Entry.objects.filter(kind="incoming").order_by("created_at", "id"))


def test_180_of_200_mails_are_read_and_20_are_shown_within_a_minute(
    store: Store, server: ImapServer
) -> None:
    # given a watched mailbox
    inbox = add_mailbox(store, imap=server.port)
    office = PostOffice()
    office.tend()
    wait_for(lambda: any("SEARCH" in command for command in server.commands), 10)
    # when 180 good mails come between 20 bad ones, three of which cannot even be fetched
    begun = time.monotonic()
    bad = [*HOSTILE, b"refused", b"deadly", HEAD % 13 + b"\r\n" + b"x" * (36 * 1024 * 1024)]
    for number in range(200):
        raw = bad[number // 10] if number % 10 == 5 else mail(f"Good {number}", sender=who(number))
        uid = server.put(raw)
        server.refused |= {uid} if raw == b"refused" else set()
        server.deadly |= {uid} if raw == b"deadly" else set()
    # then there are 200 entries, in time
    wait_for(lambda: work_and_count(store) >= 200, 60)
    office.close()
    print(f"200 mails, 20 of them bad: {time.monotonic() - begun:.1f} s")
    found = entries(store)
    assert len(found) == 200
    good = [entry for entry in found if entry.text.startswith("Good ")]
    assert len(good) == 180
    stubs = [entry for entry in found if entry.data.get("unreadable")]
    assert len(stubs) >= 3
    with store_scope(store.pk):
        states = set(Intake.objects.values_list("state", flat=True))
        parked = Intake.objects.filter(state="quarantined").count()
        assert Intake.objects.filter(connection=inbox, attempts__gt=3).count() == 0
    assert states == {"done", "quarantined"}
    assert parked == len(stubs)


def test_the_original_of_an_unreadable_mail_is_at_hand_and_it_can_be_read_later(
    store: Store,
) -> None:
    inbox = add_mailbox(store)
    raw = mail("What I wanted to say", subject="Important", message_id="<a@mail.example>")
    with store_scope(store.pk):
        inbox.refresh_from_db()
    store_batch(inbox, MailBatch((RawMail(raw, "INBOX:1:1", "It was damaged."),), {}))
    work()
    [stub] = entries(store)
    assert (stub.text, stub.subject, stub.sender_address) == (
        "It was damaged.",
        "Important",
        "mara@mail.example",
    )
    with store_scope(store.pk):
        assert file_bytes(Attachment.objects.get().key) == raw
        item = Intake.objects.get()
        assert item.state == "quarantined"
        assert bytes(item.body).startswith(TROUBLE)
        # when the reader has learned it (here: the mark is gone), a person lets it be read again
        Intake.objects.update(body=raw)
        item.refresh_from_db()
        retry_item(item=item)
    work()
    [entry] = entries(store)
    assert (entry.pk, entry.text, "unreadable" in entry.data) == (
        stub.pk,
        "What I wanted to say",
        False,
    )


def test_a_mail_of_the_outside_cannot_pretend_our_note(store: Store) -> None:
    inbox: Connection = add_mailbox(store)
    deliver(inbox, TROUBLE + b"pay here\r\n" + mail("Words"))
    [entry] = entries(store)
    assert "unreadable" not in entry.data


def who(number: int) -> str:
    return f"c{number}@mail.example"


def work_and_count(store: Store) -> int:
    PUMPS["mail"].run()
    return len(entries(store))


def wait_for(condition: object, seconds: float) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
    connections["default"].close_if_unusable_or_obsolete()
