"""Mail handed over on a port of our own: only ours, whole, and acknowledged when it is stored."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from shopbell.connectors.channels.listener import CHANNEL
from shopbell.connectors.channels.listener.server import ListeningDoor
from shopbell.connectors.channels.listener.settings import ListenerSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import HandedMail
from tests.support.channels import make_account
from tests.support.programs import free_port

RAW = b"From: mia@mail.example\r\nSubject: Hello\r\n\r\nHello\r\n.\r\nthe end\r\n"


class Post:
    """What was taken."""

    def __init__(self) -> None:
        self.mails: list[HandedMail] = []
        self.broken = False

    def take(self, mail: HandedMail) -> None:
        if self.broken:
            raise OSError("the database is away")
        self.mails.append(mail)


@pytest.fixture
def post() -> Post:
    return Post()


@contextmanager
def listening(post: Post, protocol: str = "lmtp", **settings: Any) -> Iterator[ListeningDoor]:
    values = {"port": free_port(), "protocol": protocol, **settings}
    account = make_account("listener", ListenerSettings.model_validate(values))
    door = CHANNEL.listen(account, lambda address: address.endswith("@lark.example"), post.take)
    with closing(door):
        yield door


def talk(door: ListeningDoor, *lines: bytes) -> bytes:
    """Say lines to the listener and return all its answers."""
    with socket.create_connection(("127.0.0.1", door.port), 5) as line:
        line.sendall(b"".join(text + b"\r\n" for text in (*lines, b"QUIT")))
        heard = b""
        while piece := line.recv(65536):
            heard += piece
        return heard


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_a_mail_is_taken_with_its_envelope(post: Post, protocol: str) -> None:
    kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    with listening(post, protocol) as door, kind("127.0.0.1", door.port) as line:
        line.sendmail("mia@mail.example", ["hello+tok@lark.example"], RAW)
    [mail] = post.mails
    assert mail.recipients == ("hello+tok@lark.example",)
    head, _, rest = mail.raw.partition(b"From: mia")
    assert head.startswith(
        b"Return-Path: <mia@mail.example>\r\nDelivered-To: hello+tok@lark.example\r\nReceived: "
    )
    assert b"From: mia" + rest == RAW


def test_nobody_elses_mail_is_taken(post: Post) -> None:
    with listening(post) as door, smtplib.LMTP("127.0.0.1", door.port) as line:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("mia@mail.example", ["someone@elsewhere.example"], RAW)
        refused = line.sendmail(
            "mia@mail.example", ["hello@lark.example", "x@elsewhere.example"], RAW
        )
        assert refused["x@elsewhere.example"][0] == 550
    assert [mail.recipients for mail in post.mails] == [("hello@lark.example",)]


def test_lmtp_answers_for_each_recipient(post: Post) -> None:
    with listening(post) as door:
        heard = talk(
            door,
            b"LHLO a",
            b"MAIL FROM:<>",
            b"RCPT TO:<a@lark.example>",
            b"RCPT TO:<b@lark.example>",
            b"DATA\r\nSubject: x\r\n\r\nx\r\n.",
        )
    assert heard.count(b"250 2.0.0 Stored") == 2


def test_what_cannot_be_stored_now_is_not_acknowledged(post: Post) -> None:
    post.broken = True
    with listening(post) as door, smtplib.LMTP("127.0.0.1", door.port) as line:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            line.sendmail("mia@mail.example", ["hello@lark.example"], RAW)
        assert caught.value.smtp_code == 451
        post.broken = False
        line.sendmail("mia@mail.example", ["hello@lark.example"], RAW)
    assert len(post.mails) == 1


def test_the_same_mail_handed_over_again_has_the_same_identity(post: Post) -> None:
    with listening(post) as door:
        for _ in range(2):
            with smtplib.LMTP("127.0.0.1", door.port) as line:
                line.sendmail("mia@mail.example", ["hello@lark.example"], RAW)
    first, second = post.mails
    assert first.identity == second.identity


def test_no_second_mail_is_smuggled_in(post: Post) -> None:
    with listening(post, "smtp") as door:
        heard = talk(
            door,
            b"EHLO a",
            b"MAIL FROM:<a@mail.example>",
            b"RCPT TO:<a@lark.example>",
            b"DATA\r\nSubject: x\r\n\r\nx\n.\nMAIL FROM:<b@mail.example>\r\n.",
        )
    assert b"550 5.6.0" in heard
    assert post.mails == []


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_nine_ends_that_are_none_smuggle_nothing(post: Post, protocol: str) -> None:
    """S-16: what another server may take for an end of mail, we refuse or keep in the mail."""
    ends = (
        b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n",
        b"\r\n.\0\r\n", b"\r\r\n.\n",
    )  # fmt: skip
    hello = b"LHLO a" if protocol == "lmtp" else b"EHLO a"
    spy = b"MAIL FROM:<spy@mail.example>\r\nRCPT TO:<a@lark.example>\r\nDATA\r\nSubject: y\r\n\r\ny"
    with listening(post, protocol) as door:
        for end in ends:
            talk(
                door,
                hello,
                b"MAIL FROM:<a@mail.example>",
                b"RCPT TO:<a@lark.example>",
                b"DATA\r\nSubject: x\r\n\r\nx" + end + spy + b"\r\n.",
            )
    assert len(post.mails) == 2  # those with a NUL, whole
    assert {mail.sender for mail in post.mails} == {"a@mail.example"}
    assert all(b"spy@mail.example" in mail.raw for mail in post.mails)


def test_a_mail_that_is_too_large_is_refused(post: Post) -> None:
    large = RAW + b"x" * 990 + b"\r\n"
    large += (b"y" * 990 + b"\r\n") * 37_500
    with listening(post) as door, smtplib.LMTP("127.0.0.1", door.port) as line:
        line.ehlo_or_helo_if_needed()
        line.mail("mia@mail.example")
        line.rcpt("hello@lark.example")
        assert line.data(large)[0] == 552
    assert post.mails == []


def test_a_long_line_is_no_reason_to_lose_a_mail(post: Post) -> None:
    with listening(post) as door, smtplib.LMTP("127.0.0.1", door.port) as line:
        line.sendmail("mia@mail.example", ["hello@lark.example"], RAW + b"z" * 50_000 + b"\r\n")
    assert len(post.mails) == 1


def test_a_place_that_is_taken_is_told(post: Post) -> None:
    with (
        listening(post) as door,
        pytest.raises(Temporary, match="taken by another program"),
        listening(post, port=door.port),
    ):
        pass


def test_an_inbox_without_a_server_says_that_it_only_takes_mail() -> None:
    account = make_account("listener", ListenerSettings())
    assert not CHANNEL.capabilities.can_send({"smtp_host": ""})
    assert CHANNEL.capabilities.can_send({"smtp_host": "mail.example"})
    assert CHANNEL.check(account).ok
    with pytest.raises(Permanent):
        CHANNEL.open(account)
