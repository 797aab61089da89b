"""What a refusal means: unknown address, full mailbox, our reputation, our login."""

import pytest

from shopbell.connectors.channels.failures import failure_code, failure_in
from shopbell.connectors.channels.smtp.replies import Reply, refusal
from shopbell.messaging.ports import FailureCode, OutcomeKind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 User unknown", "unknown_address"),
        ("550 5.1.10 Recipient not found", "unknown_address"),
        ("550 5.1.2 Bad destination system address", "unknown_address"),
        ("550 5.2.1 This mailbox has been disabled", "refused"),
        ("550 No such user here", "unknown_address"),
        ("550 Requested action not taken: mailbox unavailable", "unknown_address"),
        ("550 The account does not exist", "unknown_address"),
        ("552 5.2.2 Mailbox full", "mailbox_full"),
        ("550 5.2.2 Over quota", "mailbox_full"),
        ("552 Mailbox is full, try later", "mailbox_full"),
        ("552 5.3.4 Message size exceeds fixed limit", "too_large"),
        ("552 5.2.3 Message too long for this mailbox", "too_large"),
        ("550 5.7.515 Access denied, sending domain does not meet the level", "authentication"),
        ("550 5.7.26 Unauthenticated email is not accepted", "authentication"),
        ("550 SPF check failed", "authentication"),
        ("530 Must issue STARTTLS first", "authentication"),
        ("550 5.7.1 Relaying denied", "authentication"),
        ("550 5.7.1 Recipient rejected: user unknown", "unknown_address"),
        ("554 5.7.1 Client host blocked using a list", "blocked"),
        ("550 5.7.606 Access denied, banned sending address", "blocked"),
        ("554 Your address is on our blacklist", "blocked"),
        ("554 5.6.0 Message contains a virus", "bad_content"),
        ("554 Transaction failed", "refused"),
        ("550 5.5.1 Out of order", "refused"),
    ],
)
def test_a_refusal_is_understood(text: str, code: str) -> None:
    assert failure_in(text) == code
    assert failure_in(f"smtp; {text}") == code
    assert refusal(Reply(int(text[:3]), text[4:]), "rcpt").code == code


@pytest.mark.parametrize(
    "text",
    [
        "5.1.1 Rejected: your server is listed at Spamhaus",
        "5.1.1 Message refused by DMARC policy",
        "User unknown, or your reputation is too low",
    ],
)
def test_an_address_is_not_called_unknown_when_our_reputation_is_in_play(text: str) -> None:
    assert failure_code(550, text) != FailureCode.UNKNOWN_ADDRESS


def test_a_refused_sender_says_nothing_about_the_recipient() -> None:
    assert refusal(Reply(550, "5.1.1 User unknown"), "mail").code == FailureCode.AUTHENTICATION


def test_a_full_mailbox_for_now_is_temporary() -> None:
    assert refusal(Reply(452, "4.2.2 Mailbox full"), "rcpt").kind == OutcomeKind.TEMPORARY


def test_the_detail_is_the_words_of_the_server_on_one_line() -> None:
    outcome = refusal(Reply(550, "5.1.1 Nobody\n5.1.1 here\x07"), "rcpt")
    assert outcome.detail == "550 5.1.1 Nobody 5.1.1 here"
