"""Delivery reports: who failed, for good or for now, and which mail of ours it was."""

import pytest

from shopbell.kit.mail.reading import Nature, read_mail
from shopbell.kit.mail.reading.bounce_reasons import is_hard


def report(status: str, diagnostic: str, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: shop@lark.example\r\nSubject: Undelivered Mail\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; Mia@mail.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnostic}\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <42@lark.example>\r\n"
        "X-Shopbell-Loop: 1\r\n\r\nHi\r\n--b--\r\n"
    ).encode()


def test_a_standard_report_names_recipient_reason_and_mail() -> None:
    found = read_mail(report("5.1.1", "550 5.1.1 User unknown"))
    assert found.nature is Nature.BOUNCE
    assert found.bounce is not None
    assert (found.bounce.recipient, found.bounce.hard) == ("mia@mail.example", True)
    assert (found.bounce.status, found.bounce.original_message_id) == ("5.1.1", "<42@lark.example>")
    assert "User unknown" in found.bounce.reason


def test_a_report_of_delay_is_not_a_failure() -> None:
    found = read_mail(report("4.4.1", "connection timed out", "delayed"))
    assert found.nature is Nature.DELAYED
    assert found.bounce is not None
    assert not found.bounce.hard


def test_a_report_of_success_is_neither() -> None:
    found = read_mail(report("2.0.0", "250 ok", "delivered"))
    assert (found.nature, found.bounce) == (Nature.AUTO_REPLY, None)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.1", "550 5.1.1 no such user here"),
        ("5.1.2", "550 5.1.2 Host unknown"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
        ("5.0.0", "550 No such recipient"),
        ("", "550 Unknown user mia"),
        ("5.1.6", "Destination mailbox has moved"),
        ("", "556 5.1.10 domain has a null MX"),
        ("5.1.1", ""),
        ("", "550 Empfänger unbekannt"),
    ],
)
def test_an_address_that_is_gone_is_hard(status: str, said: str) -> None:
    assert is_hard(status, said, "")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.2.2", "552 5.2.2 Mailbox full"),
        ("5.1.1", "550 5.1.1 user over quota"),
        ("5.7.1", "554 5.7.1 User unknown or blocked by Spamhaus"),
        ("5.7.26", "550 5.7.26 unauthenticated mail, see DMARC"),
        ("4.1.1", "450 4.1.1 User unknown"),
        ("", "450 no such user, greylisted"),
        ("5.2.1", "550 5.2.1 account is disabled"),
        ("5.1.7", "550 5.1.7 No such domain lark.example"),
        ("5.1.8", "550 5.1.8 Sender address rejected: Domain not found"),
        ("5.0.0", "550 rejected"),
        ("", "550"),
        ("5.4.4", "571 No PTR Record found. Reverse DNS required"),
        ("5.7.1", "Client host [192.0.2.1] blocked; no such user"),
        ("5.3.4", "552 message too large"),
    ],
)
def test_whatever_may_pass_is_soft(status: str, said: str) -> None:
    assert not is_hard(status, said, "")


def test_a_report_in_words_alone_is_understood() -> None:
    raw = (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: shop@lark.example\r\n"
        b"Subject: failure notice\r\n\r\n"
        b"Hi. This is the program at mx.example.\r\n"
        b"I'm afraid I wasn't able to deliver your message.\r\n\r\n"
        b"<mia@mail.example>:\r\n192.0.2.1 does not like recipient.\r\n"
        b"Remote host said: 550 no such user\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <42@lark.example>\r\n"
        b"To: x@y.example\r\n"
    )
    bounce = read_mail(raw).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.hard) == ("mia@mail.example", True)
    assert bounce.original_message_id == "<42@lark.example>"


def test_a_person_who_quotes_an_error_is_a_person() -> None:
    raw = (
        b"From: Mia <mia@mail.example>\r\nSubject: your mail bounced: 550 user unknown\r\n\r\n"
        b"I got this:\r\nFinal-Recipient: rfc822; bob@x.example\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\n"
    )
    found = read_mail(raw)
    assert (found.nature, found.bounce) == (Nature.PERSON, None)


def test_a_person_who_attaches_a_report_is_a_person() -> None:
    inner = report("5.1.1", "550 unknown").decode()
    raw = (
        "From: Mia <mia@mail.example>\r\nSubject: Fwd: Undelivered\r\n"
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nwhat is this?\r\n"
        f"--o\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--o--\r\n"
    ).encode()
    found = read_mail(raw)
    assert (found.nature, found.bounce) == (Nature.PERSON, None)
