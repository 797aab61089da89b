"""Any other platform: signed both ways, documented, and the example program really runs."""

import base64
import json
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbell.connections.ports import Account, RawRequest, Settings
from shopbell.connectors.channels.channel_http import CHANNEL
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid, Permanent
from shopbell.kit.media import keep_file
from shopbell.messaging.ports import (
    Option,
    OutgoingFile,
    RemoteFile,
    Target,
    WrittenKind,
    able_with,
)
from tests.connectors.channels.channel_http.fake import SECRET, Program, program, signed
from tests.connectors.channels.faults import Fault
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.support.channels import make_account, make_message
from tests.support.site import site

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
EXAMPLE = Path(__file__).resolve().parents[4] / "docs" / "examples" / "any_platform.py"
NOW = "2026-11-21T12:00:00+01:00"


class TestContract(MessageContract):
    key = "channel_http"
    address = "U4af4980629"
    signature_headers = HEADERS
    # A page of a proxy with status 200 is no answer of the program; the rest is as everywhere.
    faults = tuple(Fault)

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        values = {"url": url, "webhook_secret": SECRET, "timeout": 1}
        return CHANNEL.settings_model.model_validate(values)

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        two = [{"id": f"m{number}", "from": "U4af", "at": NOW, "text": "Hi"} for number in (1, 2)]
        body = body or json.dumps({"messages": two}).encode()
        return Hook(*signed(body, secret or SECRET))

    def status_hook(self) -> Hook:
        receipt = {"id": "out-1", "kind": "read", "at": NOW}
        return Hook(*signed(json.dumps({"receipts": [receipt]}).encode()))

    def provider(self) -> AbstractContextManager[Program]:
        return program()


def account(url: str = "http://127.0.0.1:9/", **more: Any) -> Account:
    values = {"url": url, "webhook_secret": SECRET, **more}
    return make_account("channel_http", CHANNEL.settings_model.model_validate(values))


def hand_in(**content: Any) -> Any:
    body = json.dumps(content).encode()
    CHANNEL.identify(RawRequest("POST", "/", signed(body)[1], body), account())
    return CHANNEL.written("posted", body, account())


def test_a_message_goes_out_whole(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    file = OutgoingFile("cup.png", "image/png", 4, keep_file(b"\x89PNG"))
    message = make_message(
        "U4af", options=(Option("yes", "Yes"),), files=(file,), answers="m1", text="Like this?"
    )
    with program() as running:
        [outcome] = CHANNEL.open(account(running.url)).send([message])
        said = running.sent[str(message.id)]
    assert outcome.provider_id == f"out-{message.id}"
    assert (said["to"], said["text"], said["answers"]) == ("U4af", "Like this?", "m1")
    assert said["options"] == [{"id": "yes", "title": "Yes", "text": ""}]
    assert base64.b64decode(said["files"][0]["content"]) == b"\x89PNG"
    assert "thread" not in said


def test_the_same_message_twice_is_sent_once() -> None:
    message = make_message("U4af")
    with program() as running:
        session = CHANNEL.open(account(running.url))
        first, again = session.send([message]) + session.send([message])
        assert (len(running.tries), running.taken) == (2, 1)
    assert first == again


def test_an_answer_to_a_comment_names_it() -> None:
    message = make_message("U4af", target=Target.PRIVATE_REPLY, thread="c7")
    with program() as running:
        CHANNEL.open(account(running.url)).send([message])
        said = running.sent[str(message.id)]
    assert (said["target"], said["thread"]) == ("private_reply", "c7")


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (422, {"code": "blocked", "detail": "They left."}, "permanent", "blocked"),
        (400, {"code": "no_such_code"}, "permanent", "refused"),
        (400, {"code": "later"}, "temporary", ""),
        (418, {}, "permanent", "refused"),
        (404, {}, "not_tried", "authentication"),
        (401, b"<html>", "not_tried", "authentication"),
        (503, {}, "temporary", ""),
        (500, {}, "in_doubt", ""),
        (408, {}, "in_doubt", ""),
        (200, {"code": "window_closed"}, "permanent", "window_closed"),
        (204, b"", "accepted", ""),
    ],
)
def test_what_the_program_answers_decides(status: int, content: Any, kind: str, code: str) -> None:
    with program() as running:
        running.answer = (status, content)
        [outcome] = CHANNEL.open(account(running.url)).send([make_message("U4af")])
    assert (outcome.kind, outcome.code) == (kind, code)


def test_what_the_settings_declare_is_what_it_can_do() -> None:
    plain = able_with("channel_http", {"url": "http://x"})
    assert (plain.max_length, plain.reply_window, plain.public) == (10_000, None, False)
    declared = {"max_length": 500, "window_hours": 48, "public_comments": True, "options": 0}
    able = able_with("channel_http", {**declared, "receipts": True, "attachment_megabytes": 0})
    assert (able.max_length, able.reply_window) == (500, timedelta(hours=48))
    assert (able.public, able.private_reply_window) == (True, timedelta(days=7))
    assert (able.options, able.attachment_bytes, able.read_receipts) == (0, 0, True)


def test_everything_a_customer_may_do() -> None:
    spot = {"latitude": 52.5, "longitude": 13.4, "name": "Here"}
    inline = {"content": base64.b64encode(b"%PDF").decode(), "name": "bill.pdf"}
    base = {"from": "U4af", "at": NOW}
    message, comment, edit, sign = hand_in(
        messages=[
            {"id": "1", **base, "name": "Mia", "location": spot, "files": [inline], "choice": "a"},
            {"id": "2", **base, "kind": "comment", "text": "Hm", "post": {"url": "https://x.example"}},
            {"id": "3", **base, "kind": "edit", "about": "1", "text": "Better"},
            {"id": "4", **base, "kind": "reaction", "about": "1", "text": "👍"},
        ]
    )  # fmt: skip
    assert message.data["location"]["name"] == "Here"
    assert CHANNEL.fetch(message.files[0], account()) == b"%PDF"
    assert (comment.kind, comment.thread, comment.opens_window) == (
        WrittenKind.COMMENT,
        "2",
        False,
    )
    assert comment.data["post"]["url"] == "https://x.example"
    assert (edit.kind, edit.about) == (WrittenKind.EDIT, "1")
    assert sign.text == "👍"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"messages": [{"id": "1", "from": "a"}]}, "messages.0.at"),
        ({"messages": [{"id": "1", "from": "a", "at": "2026-11-21T12:00:00"}]}, "messages.0.at"),
        ({"messages": [{"id": "", "from": "a", "at": NOW}]}, "messages.0.id"),
        ({"messages": [{"id": "1", "from": "a", "at": NOW, "txt": "x"}]}, "messages.0.txt"),
        ({"receipts": [{"id": "1", "kind": "seen", "at": NOW}]}, "receipts.0.kind"),
        ({"messages": []}, "neither"),
        ({}, "neither"),
    ],
)
def test_a_mistake_is_named(content: Any, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        hand_in(**content)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_signature_is_refused(seconds: int) -> None:
    body, headers = signed(b"{}")
    request = RawRequest("POST", "/", headers, body)
    CHANNEL.verify(request, account())
    later = clock.now() + timedelta(seconds=seconds)
    with clock.at(later), pytest.raises(BadSignature):
        CHANNEL.verify(request, account())


def test_the_secret_before_still_counts() -> None:
    body, headers = signed(b"{}")
    changed = account(webhook_secret="a newer secret of us", previous_webhook_secret=SECRET)
    CHANNEL.verify(RawRequest("POST", "/", headers, body), changed)


def test_a_file_lies_at_the_program_or_outside() -> None:
    with program() as running:
        running.files["/f/1?a=b"] = b"a voice"
        mine = RemoteFile(f"{running.url}/f/1?a=b")
        assert CHANNEL.fetch(mine, account(running.url)) == b"a voice"
        with pytest.raises(Permanent):
            CHANNEL.fetch(mine, account("http://127.0.0.1:9/"))


def test_the_check_pings() -> None:
    with program() as running:
        assert CHANNEL.check(account(running.url)).ok
        wrong = CHANNEL.check(account(running.url, webhook_secret="another secret of ours"))
        assert (wrong.ok, "401" in wrong.summary) == (False, True)
    assert not CHANNEL.check(account()).ok


def test_the_example_program_carries_messages_both_ways() -> None:
    """What the how-to page hands out: run as a merchant would run it."""
    with site((200, {}, b"{}")) as shopbell:
        environment = {"SECRET": SECRET, "SHOPBELL": f"{shopbell.url}/hooks/channel_http/lark/x"}
        running = subprocess.Popen(
            [sys.executable, str(EXAMPLE), "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            bufsize=1,
        )
        assert running.stdin
        assert running.stdout
        assert running.stderr
        try:
            port = running.stdout.readline().split()[-1]
            there = account(f"http://127.0.0.1:{port}/")
            assert CHANNEL.check(there).ok
            assert not CHANNEL.check(account(there.settings.url, webhook_secret="x" * 16)).ok
            message = make_message("mia", text="It left today.", options=(Option("a", "Thanks"),))
            first, again = CHANNEL.open(there).send([message, message])
            assert first == again
            printed = [running.stdout.readline().strip() for _ in range(2)]
            running.stdin.write("mia: Where is my parcel?\n")
            running.stdin.close()
            running.wait(10)
        finally:
            running.kill()
            running.wait()
            for pipe in (running.stdout, running.stderr):
                pipe.close()
        assert first.kind == "accepted"
        assert printed == ["→ mia: It left today.", "[Thanks]"]
        posted = [(headers, body) for _, _, headers, body in shopbell.seen]
        for headers, body in posted:
            CHANNEL.verify(RawRequest("POST", "/", headers, body), there)
        said = [one for _, body in posted for one in CHANNEL.written("posted", body, there)]
        told = [one for _, body in posted for one in CHANNEL.receipts("posted", body, there)]
        assert [(one.sender, one.text) for one in said] == [("mia", "Where is my parcel?")]
        assert {(one.kind, one.provider_id) for one in told} == {("delivered", first.provider_id)}
