"""Mails made to harm: they cost themselves, never the process that asked or the next mail."""

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbell.kit.mail.reading import Mail, MailReaders, Unreadable, limits, read_mail

HEAD = b"From: a@b.example\r\nTo: c@d.example\r\n"
GOOD = HEAD + b"Subject: good\r\n\r\nHello\r\n"


def nested(depth: int) -> bytes:
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b0"\r\n\r\n'
    for at in range(depth):
        raw += b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (at, at + 1)
    return raw + b"--b%d\r\n\r\nhello" % depth


def of_type(kind: str, body: bytes) -> bytes:
    return HEAD + f"Content-Type: {kind}\r\n\r\n".encode() + body


# The inputs that took Python's own parser seconds, gigabytes or an exception, times ten.
HOSTILE = {
    "encoded words": b"Subject: " + b" ".join([b"=?utf-8?q?abc?="] * 160_000) + b"\r\n\r\nx",
    "addresses": b"To: "
    + b", ".join(b"a%d@b.example" % at for at in range(400_000))
    + b"\r\n\r\nx",
    "parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\n" * 1_000_000,
    "parameters": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b"; p%d=1" % at for at in range(80_000))
    + b"\r\n\r\nx",
    "depth": nested(10_000),
    "depth of mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "brackets": b"To: " + b"(" * 20_000 + b"\r\n\r\nx",
    "unknown charset": of_type("text/plain; charset=klingon", b"\xe4"),
    "elements": of_type("text/html", b"<div>" * 200_000),
    "tables": of_type("text/html", b"<table><tr><td>x</td></tr></table>" * 30_000),
    "cells": of_type("text/html", b"<table><tr>" + b"<td>x</td>" * 100_000),
    "tags": of_type("text/html", b"<" * 1_000_000),
    "comments": of_type("text/html", b"<!--" * 250_000),
    "boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bx" * 8_000_000,
    "quotes": HEAD + b"\r\n" + b"> x\n" * 3_000_000,
    "one header": b"X-A: " + b"a" * 30_000_000,
    "headers": b"a: b\r\n" * 1_000_000 + b"\r\nx",
    "folds": b"Subject: x" + b"\r\n " * 1_000_000 + b"\r\n\r\nx",
    "flowed": of_type("text/plain; format=flowed", b"a \r\n" * 1_000_000),
    "uuencoded": HEAD
    + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n"
    + b"#AAAA\r\n" * 3_000_000,
    "soft line ends": HEAD
    + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    + b"=\r\n" * 5_000_000,
    "NULs": b"\0" * 1_000_000,
    "events": of_type("text/calendar", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 100_000),
    "dashes in a bounce": b"From: MAILER-DAEMON@x.example\r\n\r\n"
    + b"-" * 120_000
    + b"\n"
    + b" " * 100_000,
    "recipients in a bounce": b"From: MAILER-DAEMON@x.example\r\n\r\n"
    + b"Final-Recipient: rfc822; a@b.example\r\n" * 90_000,
    "noise": bytes(range(256)) * 10_000,
}


@pytest.fixture(scope="module")
def readers() -> Iterator[MailReaders]:
    with MailReaders() as pool:
        yield pool


def memory() -> int:
    """The resident memory of this process in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_within_the_limits(readers: MailReaders, name: str) -> None:
    readers.read(GOOD)
    before, since = memory(), time.monotonic()

    answer = readers.read(HOSTILE[name])

    assert isinstance(answer, Mail)
    assert time.monotonic() - since < 10
    assert memory() - before < 50
    assert readers.read(GOOD) == read_mail(GOOD)


def test_limits_are_told_in_sentences(readers: MailReaders) -> None:
    for name, sentence in [
        ("addresses", "more than 500 addresses"),
        ("parts", "more than 200 parts"),
        ("depth", "nested more than 20 deep"),
        ("headers", "more than 500 headers"),
        ("one header", "longer than 16 KB"),
    ]:
        answer = readers.read(HOSTILE[name])
        assert isinstance(answer, Mail)
        assert [problem for problem in answer.problems if sentence in problem], name


def test_limits_hold(readers: MailReaders) -> None:
    wide = readers.read(HOSTILE["addresses"])
    many = readers.read(HOSTILE["parts"])
    assert isinstance(wide, Mail)
    assert isinstance(many, Mail)
    assert len(wide.to) <= limits.ADDRESSES
    assert len(wide.headers_text) <= limits.SHOWN_HEADERS
    assert len(many.parts) <= limits.PARTS


def test_a_mail_of_almost_35_mb_is_read(readers: MailReaders) -> None:
    content = os.urandom(25_000_000)
    file = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n" + file
    raw += base64.encodebytes(content) + b"--b--\r\n"

    answer = readers.read(raw)

    assert isinstance(answer, Mail)
    assert answer.text == "hi"
    assert answer.parts[0].content == content


def test_a_larger_mail_is_refused_without_being_read(readers: MailReaders) -> None:
    answer = readers.read(b"a" * (limits.RAW_BYTES + 1))
    assert isinstance(answer, Unreadable)
    assert answer.kind == "too_large"
    assert "35 MB" in answer.sentence


def test_a_child_that_dies_is_replaced(readers: MailReaders) -> None:
    readers.read(GOOD)
    (pid,) = readers.pids()
    os.kill(pid, 9)
    time.sleep(0.2)
    assert isinstance(readers.read(GOOD), Mail)
    assert readers.pids() != [pid]


def test_a_child_that_is_killed_at_work_costs_that_mail_only() -> None:
    with MailReaders(seconds=0.0) as hasty:  # every mail is late
        answer = hasty.read(HOSTILE["boundaries"])
        assert isinstance(answer, Unreadable)
        assert answer.kind == "timeout"
        assert "kept" in answer.sentence
        assert hasty.pids() == []


def test_a_child_without_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "starved"))
    with MailReaders() as starved:
        answer = starved.read(HOSTILE["boundaries"])
        assert isinstance(answer, Unreadable)
        assert answer.kind == "memory"
        assert isinstance(starved.read(GOOD), Mail)


def test_children_know_no_secrets(readers: MailReaders) -> None:
    readers.read(GOOD)
    (pid,) = readers.pids()
    environment = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
    assert "DATABASE" not in environment
    assert "SECRET" not in environment


def test_two_hundred_mails_with_hostile_ones_among_them_lose_nothing(readers: MailReaders) -> None:
    since = time.monotonic()
    bad = list(HOSTILE.values())
    good = 0
    for number in range(200):
        if number % 10 == 0:
            readers.read(bad[number // 10 % len(bad)])
        else:
            good += readers.read(GOOD) == read_mail(GOOD)
    assert good == 180
    assert time.monotonic() - since < 60
