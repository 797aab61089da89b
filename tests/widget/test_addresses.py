"""Every address of the chat: what it answers, to whom, and what it refuses."""

import base64
import gzip
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import pytest

from shopbell.calendars.actions import make_default, save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.connections.actions import switch_off
from shopbell.connections.models import Connection
from shopbell.conversations.actions import add_note
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.conversations.visitors import new_visitor, token_of
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer, Identity
from shopbell.customers.ports import Person
from shopbell.kit.db.scope import store_scope
from tests.support.web import WebProcess
from tests.widget.ground import ChatShop, Guest, make_chat_shop

SECRET = "a secret of forty characters for the shop"


def rows(shop: ChatShop) -> tuple[int, int, int]:
    with store_scope(shop.store.pk):
        return Conversation.objects.count(), Entry.objects.count(), Customer.objects.count()


def jwt(claims: dict[str, Any], secret: str = SECRET, alg: str = "HS256") -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    head = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims)}"
    mac = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_the_script_is_small_cacheable_and_open_to_every_page(
    web: WebProcess, lark: ChatShop
) -> None:
    path = f"/widget/{lark.store.slug}.js"
    first = web.ask("GET", path, headers={"accept-encoding": "gzip"})
    assert first.status == 200
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age" in first.headers["cache-control"]
    assert "set-cookie" not in first.headers
    assert lark.store.slug in gzip.decompress(first.body).decode()
    again = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    assert web.ask("GET", path, headers=again).status == 304
    assert web.ask("GET", "/widget/nobody.js").status == 404


def test_what_a_visitor_writes_is_there_once_and_the_answer_comes_back(
    lark: ChatShop, mara: Guest
) -> None:
    """R-15: the same client id five times."""
    mark = str(uuid.uuid4())
    answers = [mara.write("Where is it?", client_id=mark) for _ in range(5)]
    assert [answer.status for answer in answers] == [202] * 5
    assert len({answer.json["entry"]["id"] for answer in answers}) == 1
    lark.answer("**On its way.**")
    first, second = mara.read()
    assert (first["mine"], first["text"], first["client_id"]) == (True, "Where is it?", mark)
    assert (second["mine"], second["text"], second["name"]) == (False, "**On its way.**", "Owner")
    assert rows(lark)[0] == 1
    # what is told again after an entry includes it: ids of two processes may cross
    assert [each["id"] for each in mara.read(second["id"])] == [first["id"], second["id"]]


def test_notes_and_answers_that_were_held_stay_inside(lark: ChatShop, mara: Guest) -> None:
    mara.write()
    with store_scope(lark.store.pk):
        conversation = Conversation.objects.get()
        add_note(conversation=conversation, author=lark.ada, text="She is angry")
    lark.store.sends_paused = True
    lark.store.save()
    lark.answer("held")
    assert [each["text"] for each in mara.read()] == ["Where is my order?"]


def test_asking_changes_nothing(lark: ChatShop, mara: Guest) -> None:
    before = rows(lark)
    assert mara.read() == []
    for path in ("session", "seen", "contact", "files"):
        assert mara.ask("GET", path).status == 405
    assert rows(lark) == before


def test_only_the_token_opens_a_thread(web: WebProcess, lark: ChatShop, mara: Guest) -> None:
    mara.write("my secret")
    body, _, mac = mara.token.partition(".")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    number = int.from_bytes(raw)
    other = mac[:-1] + ("1" if mac.endswith("0") else "0")
    bad = ["", "x", ".", mac, f"{body}.", f"{body}.{other}", f"{body}.{mac.upper()}x", "é"]
    for step in (-1, 1, 256**5, -(256**5)):  # counting up the id, or the time in it
        forged = base64.urlsafe_b64encode((number + step).to_bytes(21)).rstrip(b"=").decode()
        bad.append(f"{forged}.{mac}")
    for token in bad:
        stranger = Guest(web, lark.store.slug, token.encode().decode("latin-1"))
        assert stranger.ask("GET", "messages").status == 401, token
        assert stranger.write().status == 401
        assert stranger.ask("GET", "stream").status == 401
    assert Guest(web, lark.store.slug).meet().read() == []


def test_a_token_of_another_store_is_no_token(web: WebProcess, lark: ChatShop, mara: Guest) -> None:
    mara.write("my secret")
    wren = make_chat_shop("wren")
    elsewhere = Guest(web, wren.store.slug, mara.token)
    assert elsewhere.ask("GET", "messages").status == 401
    assert Guest(web, wren.store.slug).meet().read() == []


def test_guessed_ids_find_nobody(lark: ChatShop, mara: Guest) -> None:
    """S-42: visitors are not counted up."""
    mara.write("my secret")
    with store_scope(lark.store.pk):
        thread = Thread.objects.get()
        assert len(thread.external_key) == 32
        ids = {new_visitor(lark.store).id for _ in range(10_000)}
    assert len(ids) == 10_000
    assert thread.external_key not in ids


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 40_000, 400),
        (b"\xff", 400),
        (b"{}", 422),
        (b'{"text": "  ", "client_id": "c5b1ac35-4d17-4b0b-a04e-df76b80d9a3f"}', 422),
        (b'{"text": 5, "client_id": "c5b1ac35-4d17-4b0b-a04e-df76b80d9a3f"}', 422),
        (b'{"text": "x", "client_id": "no"}', 422),
        (b'{"text": "x"}', 422),
        (b" " * 65_000, 413),
        (json.dumps({"text": "x" * 10_001, "client_id": str(uuid.uuid4())}).encode(), 413),
    ],
)
def test_what_cannot_be_used_is_refused_and_stored_nowhere(
    lark: ChatShop, mara: Guest, body: bytes, status: int
) -> None:
    """S-40: nothing above 64 KB is even read."""
    answer = mara.ask("POST", "messages", body)
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["error"]["message"]
    assert rows(lark) == (0, 0, 0)


def test_strange_characters_are_kept_as_text(mara: Guest) -> None:
    told = '<img src=x onerror=alert(1)> \u0000 \ud800 "quoted"'
    assert mara.write(told).status == 202
    [entry] = mara.read()
    assert entry["text"].startswith("<img src=x onerror=alert(1)>")


def test_too_many_messages_at_once_are_asked_to_wait(mara: Guest) -> None:
    answers = [mara.write(str(number)) for number in range(21)]
    assert [answer.status for answer in answers[:20]] == [202] * 20
    assert answers[20].status == 429
    assert 1 <= int(answers[20].headers["retry-after"]) <= 10


def test_a_chat_that_is_switched_off_is_not_there(lark: ChatShop, mara: Guest) -> None:
    mara.write()
    with store_scope(lark.store.pk):
        switch_off(connection=Connection.objects.get(connector="widget"))
    assert mara.ask("GET", "messages").status == 404
    assert mara.ask("GET", "stream").status == 404
    assert mara.write().status == 404


def test_a_page_elsewhere_may_ask_with_its_token(web: WebProcess, lark: ChatShop) -> None:
    for path in ("messages", "session", "stream", "files"):
        answer = web.ask("OPTIONS", f"/widget/{lark.store.slug}/{path}")
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers


def test_an_address_typed_in_joins_nobody(lark: ChatShop, mara: Guest) -> None:
    with store_scope(lark.store.pk):
        [known] = record_people(people=[Person(source="shop", email="victim@shop.example")])
    assert mara.ask("POST", "contact", {"email": "victim@shop.example"}).status == 409
    mara.write(email="victim@shop.example")
    with store_scope(lark.store.pk):
        thread = Thread.objects.select_related("conversation__customer").get()
        stranger = thread.conversation.customer
        assert known is not None
        assert stranger is not None
        assert stranger.pk != known.pk
        assert (thread.address, stranger.email) == ("victim@shop.example", "")
        kinds = Identity.objects.filter(customer=stranger).values_list("kind", "verified")
        assert list(kinds) == [("browser", True)]
    assert mara.ask("POST", "contact", {"email": "nonsense"}).status == 422
    assert [each["text"] for each in mara.read()] == ["Where is my order?"]


def test_the_shops_word_finds_the_customer_and_the_history_in_every_browser(
    web: WebProcess, committed_db: None
) -> None:
    shop = make_chat_shop("lark", identity_secret=SECRET)
    with store_scope(shop.store.pk):
        [known] = record_people(people=[Person(source="shop", email="mara@shop.example")])
    claims = {
        "aud": shop.store.slug,
        "sub": "77",
        "email": "Mara@shop.example",
        "exp": int(time.time()) + 600,
    }
    one = Guest(web, shop.store.slug).meet(jwt(claims))
    one.write("From my desk")
    other = Guest(web, shop.store.slug).meet(jwt(claims))
    assert [each["text"] for each in other.read()] == ["From my desk"]
    with store_scope(shop.store.pk):
        assert Conversation.objects.get().customer == known


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"aud": "another"}, {}),
        ({"aud": None}, {}),
        ({"exp": timedelta(seconds=-400)}, {}),  # from when the test runs
        ({"exp": timedelta(days=1)}, {}),
        ({"exp": "soon"}, {}),
        ({"exp": True}, {}),
        ({"nbf": timedelta(minutes=15)}, {}),
        ({"sub": ""}, {}),
        ({"sub": 77}, {}),
        ({}, {"secret": "another secret of forty characters, so"}),
        ({}, {"secret": ""}),
        ({}, {"alg": "none"}),
        ({}, {"alg": "HS512"}),
    ],
)
def test_a_word_that_is_not_the_shops_makes_a_stranger(
    web: WebProcess, committed_db: None, change: dict[str, Any], options: dict[str, str]
) -> None:
    """S-42, through the real door; each case by itself is in `test_identity`."""
    shop = make_chat_shop("lark", identity_secret=SECRET)
    now = int(time.time())
    claims = {"aud": shop.store.slug, "sub": "77", "exp": now + 600} | {
        name: now + int(told.total_seconds()) if isinstance(told, timedelta) else told
        for name, told in change.items()
    }
    answer = Guest(web, shop.store.slug).ask(
        "POST", "session", {"identity": jwt(claims, **options)}
    )
    assert (answer.status, answer.json["known"]) == (200, False)
    assert rows(shop) == (0, 0, 0)


def test_words_without_a_signature_or_a_secret_make_strangers(
    web: WebProcess, lark: ChatShop
) -> None:
    claims = {"aud": lark.store.slug, "sub": "77", "exp": int(time.time()) + 600}
    bare = jwt(claims, alg="none").rpartition(".")[0] + "."
    for word in (bare, jwt(claims), jwt(claims, secret=""), "a.b.c", "...", "x" * 9_000, "é.é.é"):
        answer = Guest(web, lark.store.slug).ask("POST", "session", {"identity": word})
        assert (answer.status, answer.json["known"]) == (200, False)


def test_a_known_visitors_token_ends(lark: ChatShop, web: WebProcess) -> None:
    import time_machine

    from shopbell.conversations.visitors import known_visitor

    with time_machine.travel(time.time() - 13 * 3600, tick=False):
        old = token_of(lark.store, known_visitor(lark.store, "77"))
    assert Guest(web, lark.store.slug, old).ask("GET", "messages").status == 401


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def send_file(guest: Guest, content: bytes, name: str = "box.png") -> Any:
    return guest.ask("POST", f"files?client_id={uuid.uuid4()}&name={name}", content)


def test_a_picture_is_taken_by_its_content_and_given_back_to_its_sender_only(
    web: WebProcess, lark: ChatShop, mara: Guest
) -> None:
    """S-11, S-12."""
    sent = send_file(mara, PNG, "..%2F..%2Fbox.html")
    assert sent.status == 202
    [file] = sent.json["entry"]["files"]
    answer = mara.ask("GET", f"files/{file['id']}")
    assert (answer.status, answer.body) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == "attachment"
    assert "sandbox" in answer.headers["content-security-policy"]
    other = Guest(web, lark.store.slug).meet()
    other.write()
    assert other.ask("GET", f"files/{file['id']}").status == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415),
        (b"<!doctype html><script>alert(1)</script>", 415),
        (b"MZ" + bytes(200), 415),
        (b"#!/bin/sh\nrm -rf /", 415),
        (b"PK\x03\x04" + bytes(200), 415),
        (b"plain words", 202),
        (PNG + bytes(10_000_000), 413),
    ],
)
def test_only_known_kinds_of_files_up_to_ten_megabytes(
    mara: Guest, content: bytes, status: int
) -> None:
    assert send_file(mara, content).status == status


def test_what_was_read_is_told_to_the_agent(lark: ChatShop, mara: Guest) -> None:
    mara.write()
    answer = lark.answer()
    assert mara.ask("POST", "seen", {"id": str(answer.pk)}).status == 204
    with store_scope(lark.store.pk):
        thread = Thread.objects.get()
        assert thread.seen_at == answer.created_at
        read = Entry.objects.select_related("outgoing").get(pk=answer.pk).outgoing
        assert read is not None
        assert read.state == "read"
    assert mara.ask("POST", "seen", {"id": str(uuid.uuid4())}).status == 204
    assert mara.ask("POST", "seen", {"id": "x"}).status == 422


def test_the_answers_of_a_vouched_customer_may_go_to_the_address_the_shop_verified(
    web: WebProcess, committed_db: None
) -> None:
    shop = make_chat_shop("lark", identity_secret=SECRET)
    with store_scope(shop.store.pk):
        record_people(people=[Person(source="shop", email="mara@shop.example")])
    until = int(time.time()) + 600
    claims = {"aud": shop.store.slug, "sub": "77", "email": "mara@shop.example", "exp": until}
    Guest(web, shop.store.slug).meet(jwt(claims)).write("Where is my order?")
    with store_scope(shop.store.pk):
        assert Thread.objects.get(medium="chat").address == "mara@shop.example"


def test_the_chat_says_when_a_person_is_back_by_the_calendar_of_the_store(
    web: WebProcess, lark: ChatShop
) -> None:
    guest = Guest(web, lark.store.slug).meet()

    def hours() -> Any:
        return guest.ask("GET", "messages").json["hours"]

    assert hours() is None
    with store_scope(lark.store.pk):
        save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Sun 0-24"))
    assert hours() == {"open": True, "back": None}
    today = datetime.now(UTC).date()
    off = [(today + timedelta(days=step), "Away") for step in (-1, 0, 1)]
    week = parse_hours("Mon-Sun 9-17")
    with store_scope(lark.store.pk):
        away = save_calendar(name="Away", zone="UTC", week=week, days_off=off)
        make_default(calendar=away)
    back = datetime.combine(today + timedelta(days=2), clock_time(9), UTC)
    assert hours() == {"open": False, "back": int(back.timestamp() * 1000)}
