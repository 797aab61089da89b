"""The SMTP channel against a server that refuses, stalls and dies: each has its own outcome."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.connectors.channels.smtp import CHANNEL
from shopbell.connectors.channels.smtp.session import SmtpSession
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind
from tests.support.channels import make_account, make_message
from tests.support.smtp_sink import SmtpSink

ACCEPTED, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.TEMPORARY
PERMANENT, IN_DOUBT, NOT_TRIED = (
    OutcomeKind.PERMANENT,
    OutcomeKind.IN_DOUBT,
    OutcomeKind.NOT_TRIED,
)


@pytest.fixture(params=[True, False], ids=["pipelining", "step by step"])
def sink(request: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    with SmtpSink(pipelining=request.param) as sink:
        yield sink


def open_session(sink: SmtpSink, **changes: Any) -> SmtpSession:
    values = {
        "host": "127.0.0.1",
        "port": sink.port,
        "security": "none",
        "timeout": 5.0,
        "data_timeout": 5.0,
    }
    return CHANNEL.open(make_account("smtp", SmtpSettings(**{**values, **changes})))


def send_three(sink: SmtpSink, bad: str = "bad@mail.example", **changes: Any) -> list[Outcome]:
    """Send to mia, to `bad`, to mia again, and check that the session works afterwards."""
    session = open_session(sink, **changes)
    try:
        outcomes = session.send([make_message(), make_message(bad), make_message()])
        sink.heal()
        assert [one.kind for one in session.send([make_message("later@mail.example")])] == [
            ACCEPTED
        ]
        return outcomes
    finally:
        session.close()


def kinds(outcomes: list[Outcome]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_refusal_for_good_touches_only_its_own_message(sink: SmtpSink, stage: str) -> None:
    # given: at MAIL the sink knows no recipient yet, so the second MAIL fails by count
    if stage == "mail":
        sink.fail("mail", times=1, reply="250 2.1.0 Ok")
        sink.fail("mail", times=1, reply="554 5.7.1 Not from you")
    else:
        sink.fail(stage, to="bad@*", reply="554 5.7.1 Not like this")
    # when
    outcomes = send_three(sink)
    # then
    assert kinds(outcomes) == [ACCEPTED, PERMANENT, ACCEPTED]
    assert outcomes[1].code == FailureCode.BLOCKED
    assert outcomes[1].detail.startswith("554 5.7.1 Not")
    assert sink.connections == 1


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_a_refusal_for_now_touches_only_its_own_message(sink: SmtpSink, stage: str) -> None:
    sink.fail(stage, to="bad@*", reply="451 4.3.0 Try again later")
    outcomes = send_three(sink)
    assert kinds(outcomes) == [ACCEPTED, TEMPORARY, ACCEPTED]
    assert outcomes[1].detail == "451 4.3.0 Try again later"
    assert not sink.to("bad@mail.example")


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_a_server_that_closes_with_421_stops_the_batch(sink: SmtpSink, stage: str) -> None:
    sink.fail(stage, to="bad@*", reply="421 4.3.2 Shutting down", drop=True)
    assert kinds(send_three(sink)) == [ACCEPTED, TEMPORARY, NOT_TRIED]


@pytest.mark.parametrize("trouble", [{"drop": True}, {"stall": True}], ids=["dies", "stalls"])
def test_trouble_after_the_final_dot_is_in_doubt(sink: SmtpSink, trouble: dict[str, Any]) -> None:
    # given
    sink.fail("dot", to="bad@*", **trouble)
    # when
    outcomes = send_three(sink, data_timeout=0.5)
    # then: the server has it, and we must not say it failed
    assert kinds(outcomes) == [ACCEPTED, IN_DOUBT, NOT_TRIED]
    assert len(sink.to("bad@mail.example")) == 1


@pytest.mark.parametrize("trouble", [{"drop": True}, {"stall": True}], ids=["dies", "stalls"])
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_trouble_before_the_content_is_temporary(
    sink: SmtpSink, stage: str, trouble: dict[str, Any]
) -> None:
    sink.fail(stage, to="bad@*", **trouble)
    assert kinds(send_three(sink, timeout=1.0)) == [ACCEPTED, TEMPORARY, NOT_TRIED]
    assert not sink.to("bad@mail.example")


def test_a_server_that_dies_within_the_content_has_not_taken_it(sink: SmtpSink) -> None:
    # given: a mail too large to have left when the server dies
    sink.fail("body", to="bad@*", drop=True)
    session = open_session(sink)
    # when
    large = make_message("bad@mail.example", html="", text="long line of text\n" * 1_000_000)
    outcomes = session.send([make_message(), large, make_message()])
    # then
    assert kinds(outcomes) == [ACCEPTED, TEMPORARY, NOT_TRIED]
    session.close()


def test_a_server_that_resets_after_its_yes_does_not_undo_it(sink: SmtpSink) -> None:
    sink.fail("dot", to="bad@*", reply="250 2.0.0 Ok", drop=True)
    outcomes = send_three(sink)
    assert kinds(outcomes)[:2] == [ACCEPTED, ACCEPTED]
    assert outcomes[2].kind in (TEMPORARY, NOT_TRIED)


def test_a_slow_yes_is_a_yes(sink: SmtpSink) -> None:
    sink.fail("dot", to="bad@*", delay=1.2)
    assert kinds(send_three(sink, timeout=1.0, data_timeout=5)) == [ACCEPTED] * 3


def test_a_server_that_says_no_and_hangs_up_has_said_no(sink: SmtpSink) -> None:
    sink.fail("rcpt", to="bad@*", reply="550 5.1.1 Nobody here", drop=True)
    outcomes = send_three(sink)
    assert kinds(outcomes)[:2] == [ACCEPTED, PERMANENT]
    assert outcomes[1].code == FailureCode.UNKNOWN_ADDRESS


def test_a_server_that_takes_data_for_nobody_gets_an_empty_mail(sink: SmtpSink) -> None:
    # given: it refuses the recipient, and says go ahead to DATA all the same
    sink.lenient = True
    sink.fail("rcpt", to="bad@*", reply="550 5.1.1 Nobody here")
    assert kinds(send_three(sink)) == [ACCEPTED, PERMANENT, ACCEPTED]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"reply": "421 4.3.2 Too busy", "drop": True}, Temporary),
        ({"reply": "554 5.7.1 Go away", "drop": True}, Permanent),
        ({"stall": True}, Temporary),
        ({"drop": True}, Temporary),
    ],
    ids=["busy", "refusing", "silent", "hanging up"],
)
def test_a_server_that_does_not_greet(
    sink: SmtpSink, fault: dict[str, Any], error: type[Exception]
) -> None:
    sink.fail("greeting", **fault)
    with pytest.raises(error):
        open_session(sink, timeout=0.5)


def test_a_server_that_is_gone_for_a_while_loses_nothing(sink: SmtpSink) -> None:
    session = open_session(sink)
    sink.stop_listening()
    assert kinds(session.send([make_message(), make_message()])) == [NOT_TRIED] * 2
    [outcome] = session.send([make_message()])
    assert outcome.kind == NOT_TRIED
    assert "refused" in outcome.detail
    sink.start_listening()
    assert kinds(session.send([make_message()])) == [ACCEPTED]
    session.close()


def test_a_server_that_drips_is_given_up() -> None:
    # given: every byte comes in time, the reply as a whole never
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            while not stopped.wait(0.05):
                connection.sendall(b"2")

    thread = threading.Thread(target=drip)
    thread.start()
    settings = SmtpSettings(
        host="127.0.0.1", port=listener.getsockname()[1], security=Security.NONE, timeout=0.3
    )
    # when
    started = time.monotonic()
    with listener, pytest.raises(Temporary, match="in time"):
        CHANNEL.open(make_account("smtp", settings))
    # then
    assert time.monotonic() - started < 2
    stopped.set()
    thread.join(5)
