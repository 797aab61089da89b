"""What the chat asks before it begins, what it says by itself, and whose faces it shows."""

import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shopbell.accounts.actions import save_portrait
from shopbell.accounts.models import Portrait
from shopbell.connections.actions import save_connection
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.pictures import clean_png
from shopbell.widget.wishes import answers_to, parse_asks, parse_rules, rules_for_page
from tests.conversations.ground import agent
from tests.support.shop import make_store
from tests.support.web import WebProcess
from tests.widget.ground import ChatShop, Guest, make_chat_shop


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 8, height: int = 8, *more: bytes, rows: int | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x80" * width * 3) * (height if rows is None else rows))
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    "line",
    [
        "Any question?",
        "/kettles*: Any question?",
        "/kettles* soon: Any question?",
        "/kettles* 0s: Any question?",
        "/kettles* 999s: Any question?",
        "/kettles* 30s xx: Any question?",
        "/kettles* 30s: " + "x" * 201,
        "kettles 30s: Any question?",
    ],
)
def test_a_rule_that_is_not_understood_is_refused(line: str) -> None:
    with pytest.raises(Invalid):
        parse_rules([line])


def test_rules_are_read_with_their_pages_taken_literally() -> None:
    [rule] = parse_rules(["/kettles.html* 30s open de: Fragen: ja?"])
    assert (rule.page, rule.after, rule.open, rule.lang) == ("/kettles.html*", 30, True, "de")
    assert rule.text == "Fragen: ja?"
    assert rules_for_page(["/a+b* 5s: Hi"])[0]["page"] == r"^/a\+b.*$"
    with pytest.raises(Invalid):
        parse_rules(["* 5s: Hi"] * 7)


def test_only_what_was_asked_for_is_taken() -> None:
    asks = parse_asks(["name", "email*", "Shoe size"])
    told: Any = {"name": " Mara\nLind ", "Shoe size": "38", "role": "admin", "email": 5}
    assert answers_to(asks, told) == {"name": "Mara Lind", "Shoe size": "38"}
    for bad in (["name", "Name*"], ["a", "b", "c", "d", "e"], ["*"], ["x" * 61]):
        with pytest.raises(Invalid):
            parse_asks(bad)


def test_what_was_asked_first_reaches_the_agent_and_the_address_the_thread(
    committed_db: None, web: WebProcess
) -> None:
    shop = make_chat_shop("lark", ask_before=["name", "email*", "Shoe size"])
    guest = Guest(web, shop.store.slug).meet()
    about = {"name": "Mara Lind", "email": "Mara@Shop.example", "Shoe size": "38", "x": "y"}
    assert guest.write("Hi", about=about, page={"said": "Any question?"}).status == 202
    with store_scope(shop.store.pk):
        entry = Entry.objects.select_related("thread").get(kind="incoming")
        assert entry.thread is not None
        assert entry.thread.address == "mara@shop.example"
        assert dict(entry.data["about"])["Shoe size"] == "38"
        assert entry.data["page"]["said"] == "Any question?"
        customer = Conversation.objects.select_related("customer").get().customer
        assert customer is not None
        assert (customer.name, customer.email) == ("Mara Lind", "")


def test_whether_somebody_is_here_is_told_to_strangers(web: WebProcess, lark: ChatShop) -> None:
    assert Guest(web, lark.store.slug).ask("GET", "standing").json == {"open": True}
    shut = make_chat_shop("wren", hours="Mon 0-0:01")
    assert Guest(web, shut.store.slug).ask("GET", "standing").json["open"] in (False, True)


def test_those_who_answer_are_seen_with_their_picture(
    web: WebProcess, lark: ChatShop, mara: Guest
) -> None:
    mark = save_portrait(user=lark.ada, content=png()).mark
    told = mara.ask("GET", "messages").json
    assert told["team"] == [{"name": "Owner", "face": mark}]
    mara.write()
    lark.answer("Hello")
    assert [each.get("face") for each in mara.read()] == ["", mark]
    picture = web.ask("GET", f"/widget/{lark.store.slug}/faces/{mark}.png")
    assert picture.status == 200
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    # but not as somebody of another store
    wren = make_chat_shop("wren")
    assert web.ask("GET", f"/widget/{wren.store.slug}/faces/{mark}.png").status == 404


def test_a_store_may_keep_its_people_to_itself(committed_db: None, web: WebProcess) -> None:
    shop = make_chat_shop("lark", show_team=False)
    assert Guest(web, shop.store.slug).meet().ask("GET", "messages").json["team"] == []


def test_a_picture_loses_everything_that_is_no_picture() -> None:
    secret = chunk(b"tEXt", b"Comment\0at home") + chunk(b"eXIf", b"MM\0*place")
    assert clean_png(png(8, 8, secret)) == png()
    assert clean_png(png() + b"<script>") == png()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        png()[:40],
        png().replace(b"IDAT", b"IDAX"),
        png(257, 8),
        png(0, 8),
        png(8, 8, rows=100_000),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        png() + b"0" * 400_000,
    ],
)
def test_what_is_no_small_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        clean_png(content)


@pytest.mark.django_db
def test_everybody_sets_the_own_picture() -> None:
    user = agent(make_store())
    client = Client()
    client.force_login(user)
    save = "/account/picture/save/"
    client.post(save, {"picture": SimpleUploadedFile("me.png", png())})
    assert client.get("/account/picture/").content == png()
    answer = client.post(save, {"picture": SimpleUploadedFile("x.svg", b"<svg/>")}, follow=True)
    assert "This is not a PNG picture." in answer.content.decode()
    assert Portrait.objects.count() == 1
    client.post(save, {"drop": "1"})
    assert client.get("/account/picture/").status_code == 404


@pytest.mark.django_db
def test_settings_are_checked_and_seen_before_they_are_saved() -> None:
    store = make_store()
    values: dict[str, Any] = {
        "family": "channel", "connector": "widget", "slug": "chat", "store": store,
    }  # fmt: skip
    with store_scope(store.pk):
        for bad in ({"speak_first": ["hello"]}, {"ask_before": ["a"] * 2}, {"side_offset": 999}):
            with pytest.raises(Invalid):
                save_connection(**values, settings=bad)
        row = save_connection(**values, settings={"button_text": "Ask us"})
    client = Client()
    client.force_login(agent(store))
    page = client.get(f"/s/lark/connections/{row.pk}/").content.decode()
    assert 'data-preview="/s/lark/chat/preview/"' in page
    query = (
        "set-colour=%23ffee00&set-button_text=%3C/script%3E&set-position=up&set-side_offset=9999"
    )
    shown = client.get(f"/s/lark/chat/preview/?{query}")
    text = shown.content.decode()
    assert "is made darker" in text
    assert "\\u003c/script" in text
    assert '"position": "right"' in text
    assert '"side": 200' in text
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert Client().get("/s/lark/chat/preview/").status_code == 302
