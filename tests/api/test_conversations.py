"""The desk for programs: the same conversations, rules and refusals as on the pages."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.api.callers import Caller, make_caller, make_key
from tests.conversations.ground import add_widget, write
from tests.conversations.post import add_mailbox
from tests.support.shop import add_smtp

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    return make_caller("lark")


@pytest.fixture
def conversation(caller: Caller) -> dict[str, Any]:
    chat = add_widget(caller.store)
    with store_scope(caller.store.pk):
        write(chat, "Where is my parcel?")
    [found] = caller.get("/conversations")["items"]
    return dict(found)


def test_they_are_found_by_state_customer_and_words(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    assert conversation["number"] == 1
    assert conversation["customer_email"] == "mara@shop.example"
    for query in ("status=open", "customer=mara@shop.example", "q=parc", "q=1"):
        assert len(caller.get(f"/conversations?{query}")["items"]) == 1, query
    for query in ("status=resolved", "customer=tom@shop.example", "q=refund", "tag=vip"):
        assert caller.get(f"/conversations?{query}")["items"] == [], query


def test_an_answer_is_sent_once_and_resolves(caller: Caller, conversation: dict[str, Any]) -> None:
    body = {
        "text": "Tomorrow.",
        "author": "owner@lark.example",
        "client_id": str(uuid.uuid4()),
        "then": "resolved",
    }
    answers = [caller.ask("POST", "/conversations/1/replies", body) for _ in range(3)]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert answers[0].json["state"] == "sent"
    whole = caller.get(f"/conversations/{conversation['id']}")
    assert whole["status"] == "resolved"
    assert whole["owner"] == "owner@lark.example"
    assert [entry["kind"] for entry in whole["entries"]] == ["incoming", "reply", "activity"]
    assert caller.get("/conversations/1/messages") == whole["entries"]


def test_notes_status_owner_and_tags_are_set(caller: Caller, conversation: dict[str, Any]) -> None:
    assert caller.ask("POST", "/conversations/1/notes", {"text": "Be kind."}).status == 201
    until = {"status": "snoozed", "until": "2099-01-01T08:00:00Z"}
    assert caller.ask("POST", "/conversations/1/status", until).json["status"] == "snoozed"
    owner = {"owner": "owner@lark.example"}
    assert caller.ask("POST", "/conversations/1/assignment", owner).json["owner"] == owner["owner"]
    assert caller.ask("POST", "/conversations/1/assignment", {"owner": None}).json["owner"] is None
    tags = caller.ask("POST", "/conversations/1/tags", {"tags": ["VIP", "late"]})
    assert tags.json["tags"] == ["late", "vip"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("1/replies", {"text": ""}, 422),
        ("1/replies", {"text": "x", "author": "nobody@else.example"}, 422),
        ("1/replies", {"text": "x", "colour": "red"}, 422),
        ("1/replies", b"not json", 400),
        ("1/status", {"status": "lost"}, 422),
        ("1/status", {"status": "snoozed", "until": "2020-01-01T00:00:00Z"}, 422),
        ("1/status", {"status": "open", "until": "2099-01-01T00:00:00Z"}, 422),
        ("1/assignment", {"owner": "nobody@else.example"}, 422),
        ("1/tags", {"tags": ["x" * 61]}, 422),
        ("99/notes", {"text": "x"}, 404),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    caller: Caller, conversation: dict[str, Any], path: str, body: Any, status: int
) -> None:
    answer = caller.ask("POST", f"/conversations/{path}", body)
    assert answer.status == status, answer.json
    assert answer.json["error"]["message"]


def test_other_stores_and_narrower_keys_see_nothing(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    stranger = make_caller("wren")
    assert stranger.ask("GET", f"/conversations/{conversation['id']}").status == 404
    assert stranger.get("/conversations")["items"] == []
    reader = Caller(caller.store, make_key(caller.store, "conversations:read"))
    assert reader.ask("POST", "/conversations/1/notes", {"text": "x"}).status == 403


def test_files_go_along_and_an_answer_can_wait_be_stopped_and_be_sent(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    # given a file that was uploaded
    label = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="label.pdf"\r\n'
        b"Content-Type: text/html\r\n\r\n%PDF-1.4 a label\r\n--x--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    uploaded = caller.ask("POST", "/conversations/1/files", label, **kind)
    assert uploaded.status == 201, uploaded.json
    file = uploaded.json
    assert (file["name"], file["content_type"]) == ("label.pdf", "application/pdf")

    # when an answer with it is scheduled
    body = {"text": "Here.", "files": [file["id"]], "send_at": "2099-01-01T08:00:00Z"}
    assert caller.ask("POST", "/conversations/1/replies", body).status == 422
    body["send_at"] = (clock.now() + timedelta(days=1)).isoformat()
    waiting = caller.ask("POST", "/conversations/1/replies", body).json
    assert (waiting["kind"], waiting["files"][0]["name"]) == ("scheduled", "label.pdf")

    # then it can be cancelled, written anew, and sent at once
    at = "/conversations/1/scheduled"
    assert caller.ask("POST", f"{at}/{waiting['id']}/cancel", {}).status == 200
    assert caller.ask("POST", f"{at}/{waiting['id']}/send", {}).status == 404
    again = caller.ask("POST", "/conversations/1/replies", body).json
    sent = caller.ask("POST", f"{at}/{again['id']}/send", {}).json
    assert (sent["kind"], sent["state"], len(sent["files"])) == ("reply", "sent", 1)


def test_many_are_done_with_at_once_and_undone(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    body = {"do": "tag", "tag": "VIP", "filter": {"status": "open"}, "author": "owner@lark.example"}
    answer = caller.ask("POST", "/bulk-actions", body)
    assert answer.status == 201
    made = answer.json
    assert (made["state"], made["done"], made["total"]) == ("finished", 1, 1)
    assert made["says"] == "Tagged “vip”: 1 conversation."
    assert caller.get("/conversations/1")["tags"] == ["vip"]
    assert caller.get("/bulk-actions")[0]["id"] == made["id"]
    undone = caller.ask("POST", f"/bulk-actions/{made['id']}/undo", {}).json
    assert (undone["state"], undone["undone"], undone["left"]) == ("undone", 1, [])
    assert caller.get("/conversations/1")["tags"] == []
    assert caller.ask("POST", f"/bulk-actions/{made['id']}/undo", {}).status == 409


def test_what_is_not_said_well_of_many_is_refused(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    for body in (
        {"do": "resolve"},
        {"do": "resolve", "numbers": [1], "filter": {}},
        {"do": "burn", "numbers": [1]},
        {"do": "tag", "numbers": [1]},
        {"do": "take", "numbers": [1]},
        {"do": "priority", "numbers": [1]},
        {"do": "resolve", "numbers": [99]},
    ):
        assert caller.ask("POST", "/bulk-actions", body).status == 422, body
    wren = make_caller("wren")
    assert wren.ask("POST", "/bulk-actions", {"do": "resolve", "numbers": [1]}).status == 422
    made = caller.ask("POST", "/bulk-actions", {"do": "resolve", "numbers": [1]}).json
    assert wren.ask("GET", f"/bulk-actions/{made['id']}").status == 404
    assert wren.ask("POST", f"/bulk-actions/{made['id']}/undo", {}).status == 404


def test_a_forwarded_mail_is_taken_over_or_left(caller: Caller) -> None:
    offer = {
        "state": "offered", "by": None, "by_name": "Ada", "name": "Mara", "subject": "Cup",
        "address": "", "sent_at": "", "text": "It is cracked", "above": "", "message_id": "",
        "file": None,
    }  # fmt: skip
    mailbox = add_mailbox(caller.store)
    with store_scope(caller.store.pk):
        for name in ("tom", "liv"):
            write(mailbox, "See", email=f"{name}@mail.example", data={"forwarded": dict(offer)})
    first, second = (caller.get(f"/conversations/{n}/messages")[0] for n in (1, 2))
    assert first["forwarded"]["by"] == "Ada"
    place = f"/conversations/1/forwarded/{first['id']}"
    assert caller.ask("POST", f"{place}/take", {}).status == 422  # nobody said whose it is
    taken = caller.ask("POST", f"{place}/take", {"address": "mara@mail.example"})
    assert (taken.status, taken.json["customer_email"]) == (200, "mara@mail.example")
    assert caller.ask("POST", f"{place}/leave", {}).status == 409
    assert caller.get("/conversations/1/messages")[0]["text"] == "It is cracked"
    left = caller.ask("POST", f"/conversations/2/forwarded/{second['id']}/leave", {})
    assert left.status == 200
    assert caller.ask("POST", f"/conversations/2/forwarded/{first['id']}/take", {}).status == 404


def test_they_are_merged_moved_linked_and_taken_apart_again(
    caller: Caller, conversation: dict[str, Any]
) -> None:
    with store_scope(caller.store.pk):
        mail = add_smtp(caller.store, 1)
        write(mail, "By mail", external_key="m1")
        write(mail, "Somebody else", email="tom@shop.example")
    kept = caller.ask("POST", "/conversations/2/merge", {"into": 1})
    assert (kept.status, kept.json["number"], kept.json["message_count"]) == (200, 1, 2)
    [done] = caller.get("/conversations/1/regroupings")
    assert (done["kind"], done["source"], done["target"]) == ("merge", 2, 1)
    threads = {each["channel"]: each["id"] for each in caller.get("/conversations/1/threads")}
    # a thread goes into one of its own, and back
    moved = caller.ask("POST", "/conversations/1/move", {"thread": threads["email"]})
    assert moved.json["number"] == 4
    refused = caller.ask("POST", f"/regroupings/{done['id']}/undo", {})
    assert (refused.status, "moved on to #4" in str(refused.json)) == (409, True)
    [split, _] = caller.get("/conversations/1/regroupings")
    assert caller.ask("POST", f"/regroupings/{split['id']}/undo", {}).json["number"] == 1
    back = caller.ask("POST", f"/regroupings/{done['id']}/undo", {}).json
    assert (back["number"], back["status"], back["message_count"]) == (2, "open", 1)
    # links may lead to other customers, merging may not
    assert caller.ask("POST", "/conversations/3/merge", {"into": 1}).status == 422
    assert caller.ask("POST", "/conversations/3/links", {"to": 1}).json["linked"] == [1]
    assert caller.get("/conversations/1")["linked"] == [3]
    assert caller.ask("DELETE", "/conversations/1/links/3").json["linked"] == []
    assert caller.ask("DELETE", "/conversations/1/links/3").status == 404
    # and a key that may only write merges nothing; another store knows nothing of it
    writer = Caller(caller.store, make_key(caller.store, "conversations:write"))
    assert writer.ask("POST", "/conversations/2/merge", {"into": 1}).status == 403
    wren = make_caller("wren")
    assert wren.ask("POST", f"/regroupings/{done['id']}/undo", {}).status == 404
    assert wren.ask("POST", "/conversations/2/merge", {"into": 1}).status == 404
