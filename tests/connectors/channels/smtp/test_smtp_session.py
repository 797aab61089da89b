"""The SMTP channel against a real server on loopback: what goes well."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connectors.channels.smtp import CHANNEL
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.messaging.ports import ChannelSession, FailureCode, OutcomeKind, OutgoingMessage
from tests.support.channels import make_account, make_message
from tests.support.smtp_sink import SmtpSink

ACCEPTED = OutcomeKind.ACCEPTED


def settings_for(sink: SmtpSink, **changes: Any) -> SmtpSettings:
    values = {"host": "127.0.0.1", "port": sink.port, "security": "none", "timeout": 5.0}
    return SmtpSettings(**{**values, **changes})


@contextmanager
def session_to(sink: SmtpSink, **changes: Any) -> Iterator[ChannelSession]:
    session = CHANNEL.open(make_account("smtp", settings_for(sink, **changes)))
    try:
        yield session
    finally:
        session.close()


def kinds(session: ChannelSession, *messages: OutgoingMessage) -> list[OutcomeKind]:
    return [outcome.kind for outcome in session.send(messages)]


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_batch_arrives_whole_and_in_order(pipelining: bool) -> None:
    # given
    messages = [make_message(f"mia{at}@mail.example", subject=f"Grüße {at}") for at in range(8)]
    with SmtpSink(pipelining=pipelining) as sink, session_to(sink) as session:
        # when
        outcomes = session.send(messages)
        # then
        assert {outcome.kind for outcome in outcomes} == {ACCEPTED}
        received = sink.wait_for(8)
        assert [one.recipients for one in received] == [(one.to,) for one in messages]
        assert [one.subject for one in received] == [one.subject for one in messages]
        assert received[0].sender == "orders@lark.example"
        assert received[0].parsed["Message-ID"] == messages[0].message_id
        assert received[0].body().replace("\r\n", "\n") == messages[0].text
        assert sink.connections == 1


def test_lines_that_begin_with_a_dot_arrive_unchanged() -> None:
    text = ".\n..\n.hidden\nlast.\n"
    with SmtpSink() as sink, session_to(sink) as session:
        assert kinds(session, make_message(text=text, html=""), make_message()) == [ACCEPTED] * 2
        assert sink.wait_for(2)[0].body().replace("\r\n", "\n") == text


def test_the_sender_is_completed_from_the_account() -> None:
    message = make_message(from_address="", from_name="", message_id="")
    with SmtpSink() as sink, session_to(sink, from_name="Lark") as session:
        session.send([message])
        [received] = sink.wait_for(1)
    assert received.parsed["From"] == "Lark <orders@lark.example>"
    assert received.parsed["Message-ID"] == f"<{message.id}@lark.example>"


def test_a_connection_is_renewed_after_so_many_mails() -> None:
    with SmtpSink() as sink, session_to(sink, messages_per_connection=3) as session:
        assert kinds(session, *[make_message() for _ in range(7)]) == [ACCEPTED] * 7
        assert kinds(session, make_message()) == [ACCEPTED]
        assert [one.connection for one in sink.wait_for(8)] == [1, 1, 1, 2, 2, 2, 3, 3]


def test_a_connection_that_died_while_resting_is_replaced() -> None:
    with SmtpSink() as sink, session_to(sink) as session:
        assert kinds(session, make_message()) == [ACCEPTED]
        sink.drop_connections()
        assert kinds(session, make_message(), make_message()) == [ACCEPTED] * 2
        sink.fail("mail", reply="421 4.4.2 Idle too long", drop=True, times=1)
        assert kinds(session, make_message()) == [ACCEPTED]
        assert len(sink.wait_for(4)) == 4


def test_an_address_with_an_international_domain_is_written_in_ascii() -> None:
    with SmtpSink() as sink, session_to(sink) as session:
        assert kinds(session, make_message("mia@bücher.example")) == [ACCEPTED]
        assert sink.wait_for(1)[0].recipients == ("mia@xn--bcher-kva.example",)


def test_a_wide_local_part_needs_a_server_that_takes_it() -> None:
    message = make_message("mädchen@bücher.example")
    with SmtpSink(smtputf8=True) as sink, session_to(sink) as session:
        assert kinds(session, message) == [ACCEPTED]
        assert sink.wait_for(1)[0].recipients == ("mädchen@xn--bcher-kva.example",)
        assert any(line.endswith("BODY=8BITMIME SMTPUTF8") for line in sink.commands)
    with SmtpSink() as sink, session_to(sink) as session:
        [outcome] = session.send([message])
        assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, FailureCode.REFUSED)


@pytest.mark.parametrize("field", ["to", "from_address", "subject", "from_name", "reply_to"])
def test_a_line_break_never_becomes_a_command(field: str) -> None:
    """S-16."""
    evil = make_message(**{field: "a@b.example\r\nRCPT TO:<spy@evil.example>\r\n"})
    with SmtpSink() as sink, session_to(sink) as session:
        assert kinds(session, evil, make_message()) == [OutcomeKind.PERMANENT, ACCEPTED]
        assert [one.recipients for one in sink.wait_for(1)] == [("mia@mail.example",)]
        assert "evil" not in "".join(sink.commands)


@pytest.mark.parametrize(
    "end",
    [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\r\n\0.\r\n",
        "\r\n.\r\n",
        "\u2028.\u2028",
    ],
)
def test_no_end_of_mail_can_be_smuggled_into_a_body(end: str) -> None:
    """S-16: on the way out."""
    text = f"before{end}MAIL FROM:<spy@evil.example>\r\nRCPT TO:<spy@evil.example>\r\nDATA\r\nevil"
    with SmtpSink() as sink, session_to(sink) as session:
        assert kinds(session, make_message(text=text, html=text), make_message()) == [ACCEPTED] * 2
        first, second = sink.wait_for(2)
        assert (first.recipients, second.recipients) == (("mia@mail.example",),) * 2
        assert sum(line.startswith("MAIL") for line in sink.commands) == 2
        assert "evil" in first.body()
        assert b"\n" not in first.data.replace(b"\r\n", b"")


def test_a_mail_that_is_too_large_is_not_even_begun() -> None:
    large = make_message(text="x" * 60_000)
    with SmtpSink(size=50_000) as sink, session_to(sink) as session:
        outcome, after = session.send([large, make_message()])
        assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)
        assert after.kind == ACCEPTED
        assert len(sink.wait_for(1)) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_login_over_tls(mechanism: str, security: str) -> None:
    sink = SmtpSink(
        starttls=security == "starttls",
        implicit_tls=security == "tls",
        users={"lark": "päss"},
        mechanisms=(mechanism,),
    )
    with sink:
        login = {"security": security, "username": "lark", "ca_certificates": sink.certificate}
        with session_to(sink, **login, password=SecretStr("päss")) as session:
            assert kinds(session, make_message()) == [ACCEPTED]
        [received] = sink.wait_for(1)
        assert (received.tls, received.user) == (True, "lark")


def test_a_wrong_password_is_permanent_and_says_so() -> None:
    with SmtpSink(users={"lark": "secret"}) as sink:
        account = make_account(
            "smtp", settings_for(sink, username="lark", password=SecretStr("wrong"))
        )
        with pytest.raises(Permanent, match=r"5\.7\.8 Wrong name or password") as refused:
            CHANNEL.open(account)
        assert refused.value.code == FailureCode.AUTHENTICATION
        health = CHANNEL.check(account)
        assert not health.ok
        assert "password" in health.hint


def test_a_certificate_that_cannot_be_trusted_is_refused_unless_the_merchant_insists() -> None:
    with SmtpSink(starttls=True) as sink:
        with pytest.raises(Permanent, match="certificate"), session_to(sink, security="starttls"):
            pass
        with session_to(sink, security="starttls", verify_certificates=False) as session:
            assert kinds(session, make_message()) == [ACCEPTED]


def test_a_server_without_starttls_is_refused() -> None:
    with SmtpSink() as sink, pytest.raises(Permanent, match="no STARTTLS"):
        CHANNEL.open(make_account("smtp", settings_for(sink, security="starttls")))


def test_words_slipped_in_before_tls_do_not_count() -> None:
    # given: someone on the way adds a second reply behind the go-ahead for TLS
    with SmtpSink(starttls=True) as sink:
        sink.fail("ehlo", reply="250-sink.example\r\n250 STARTTLS\r\n250 AUTH PLAIN", times=1)
        # when / then: the stray reply answers STARTTLS, TLS cannot begin, nothing is sent
        with (
            pytest.raises((Temporary, Permanent)),
            session_to(
                sink, security="starttls", verify_certificates=False, timeout=0.5
            ) as session,
        ):
            session.send([make_message()])
        assert sink.count == 0


def test_check_says_how_it_went() -> None:
    with SmtpSink(starttls=True) as sink:
        protected = settings_for(sink, security="starttls", ca_certificates=sink.certificate)
        health = CHANNEL.check(make_account("smtp", protected))
        assert (health.ok, health.summary) == (True, "Connected, with encryption.")
        account = make_account("smtp", settings_for(sink))
        assert CHANNEL.check(account).ok
        sink.stop_listening()
        assert not CHANNEL.check(account).ok


def test_smtp_has_no_webhooks() -> None:
    account = make_account("smtp", SmtpSettings(host="mail.example"))
    with pytest.raises(Unsupported):
        CHANNEL.receipts("", b"", account)


def test_a_server_that_speaks_something_else_is_temporary() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def babble() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(100)

    thread = threading.Thread(target=babble)
    thread.start()
    with listener:
        settings = SmtpSettings(
            host="127.0.0.1", port=listener.getsockname()[1], security=Security.NONE, timeout=2
        )
        with pytest.raises(Temporary, match="does not speak SMTP"):
            CHANNEL.open(make_account("smtp", settings))
        thread.join(5)
