"""The chat in Chromium, on a page of another origin: asked, answered, offline and back, for all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from shopbell.accounts.actions import save_portrait
from shopbell.conversations.models import Entry, Thread
from shopbell.kit.db.scope import store_scope
from tests.support.browser import PATIENCE, axe_faults
from tests.support.site import Site
from tests.support.web import WebProcess
from tests.widget.ground import ChatShop, make_chat_shop
from tests.widget.test_wishes import png

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Kettles</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>:root {{ color-scheme: {scheme} }}</style>
<script type="module" src="{base}/widget/{store}.js"></script></head>
<body><main><h1>Kettles</h1><p style="height:2000px">Copper and steel.</p></main></body></html>"""


class Ground:
    """A shop's page on one port, Shopbell on another, a browser."""

    def __init__(self, web: WebProcess, shop: ChatShop, page: Site, window: BrowserContext) -> None:
        self.web, self.shop, self.page, self.window = web, shop, page, window

    def visit(self, query: str = "") -> Page:
        """Open the shop's page; what a page logs as an error fails the test."""
        page = self.window.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
        page.goto(f"{self.page.url}/{query}")
        page.wait_for_selector("shopbell-chat", state="attached")
        return page


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOPBELL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def bell(page: Page) -> Locator:
    return page.locator("shopbell-chat .bell")


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Write a message").fill(text)
    page.keyboard.press("Enter")


def entries(shop: ChatShop) -> list[Entry]:
    with store_scope(shop.store.pk):
        return list(Entry.objects.filter(kind="incoming").order_by("created_at"))


def shop_page(web: WebProcess, store: str) -> Site:
    """Return the shop's own site; the address of its page chooses language and colours."""

    def answer(_method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        lang = next((each for each in ("ar", "de") if f"lang={each}" in path), "en")
        scheme = "dark" if "dark" in path else "light"
        base = f"http://127.0.0.1:{web.port}"
        html = PAGE.format(base=base, store=store, lang=lang, scheme=scheme)
        return 200, {"content-type": "text/html; charset=utf-8"}, html.encode()

    return Site(answer)


@pytest.fixture
def ground(committed_db: None, web: WebProcess, chromium: Browser) -> Iterator[Ground]:
    shop = make_chat_shop("lark", hours="Mon-Sun 0-24")
    page = shop_page(web, shop.store.slug)
    window = chromium.new_context(reduced_motion="reduce", locale="en-GB")
    window.set_default_timeout(PATIENCE)
    yield Ground(web, shop, page, window)
    window.close()
    page.close()


def test_a_visitor_asks_and_reads_the_answer_without_doing_anything(ground: Ground) -> None:
    page = ground.visit()
    before = page.evaluate("document.body.getBoundingClientRect().height")
    bell(page).click()
    expect(page.get_by_role("dialog", name="Lark-")).to_be_visible()
    expect(page.get_by_text("We are here.")).to_be_visible()
    say(page, "Is the <b>copper</b> one in stock? https://shop.example/kettle.")
    mine = page.locator("shopbell-chat li.mine")
    expect(mine).to_contain_text("<b>copper</b>")
    expect(mine.get_by_role("link")).to_have_attribute("href", "https://shop.example/kettle")
    expect(mine.locator(".state")).not_to_contain_text("Sending")
    [entry] = entries(ground.shop)
    assert entry.data["page"]["title"] == "Kettles"
    assert entry.data["page"]["url"].startswith(ground.page.url)
    ground.shop.answer("**Yes**, three of them. <script>alert(1)</script>")
    theirs = page.locator("shopbell-chat li.theirs")
    expect(theirs).to_contain_text("<script>alert(1)</script>")
    expect(theirs.locator("strong")).to_have_text("Yes")
    expect(theirs.locator(".who")).to_contain_text("Owner")
    assert page.evaluate("document.body.getBoundingClientRect().height") == before
    page.wait_for_timeout(300)
    with store_scope(ground.shop.store.pk):
        assert Thread.objects.get().seen_at is not None


def test_somebody_who_comes_back_finds_what_was_said_and_a_mark_for_what_is_new(
    ground: Ground,
) -> None:
    page = ground.visit()
    bell(page).click()
    say(page, "Hello?")
    expect(page.locator("shopbell-chat li.mine .state")).not_to_contain_text("Sending")
    page.close()
    ground.shop.answer("Good morning")
    page = ground.visit()
    expect(page.locator("shopbell-chat .count")).to_have_text("1")
    bell(page).click()
    expect(page.locator("shopbell-chat li")).to_have_count(2)
    expect(page.locator("shopbell-chat .count")).to_have_text("")


def test_what_is_written_in_a_tunnel_is_sent_after_it_once(ground: Ground) -> None:
    page = ground.visit()
    bell(page).click()
    say(page, "Before the tunnel")
    expect(page.locator("shopbell-chat li.mine .state")).not_to_contain_text("Sending")
    ground.window.set_offline(True)
    say(page, "One in the tunnel")
    say(page, "Two in the tunnel")
    expect(page.get_by_text("You are offline")).to_be_visible()
    expect(page.locator("shopbell-chat li.waits")).to_have_count(2)
    page.wait_for_timeout(1500)
    assert len(entries(ground.shop)) == 1
    ground.window.set_offline(False)
    expect(page.locator("shopbell-chat li.waits")).to_have_count(0)
    assert [entry.text for entry in entries(ground.shop)] == [
        "Before the tunnel",
        "One in the tunnel",
        "Two in the tunnel",
    ]
    expect(page.locator("shopbell-chat li")).to_have_count(3)


def test_what_waited_when_the_page_was_left_is_sent_by_the_next_page_once(ground: Ground) -> None:
    page = ground.visit()
    bell(page).click()
    expect(page.get_by_role("textbox", name="Write a message")).to_be_focused()
    ground.window.set_offline(True)
    say(page, "Written on the train")
    expect(page.locator("shopbell-chat li.waits")).to_have_count(1)
    page.close()
    ground.window.set_offline(False)
    two = [ground.visit(), ground.visit()]
    for page in two:
        bell(page).click()
        expect(page.locator("shopbell-chat li.mine")).to_have_count(1)
        expect(page.locator("shopbell-chat li.waits")).to_have_count(0)
    assert [entry.text for entry in entries(ground.shop)] == ["Written on the train"]


def test_a_web_process_that_dies_is_waited_for_and_nothing_is_lost_or_doubled(
    ground: Ground,
) -> None:
    page = ground.visit()
    bell(page).click()
    say(page, "First")
    expect(page.locator("shopbell-chat li.mine .state")).not_to_contain_text("Sending")
    ground.web.kill()
    say(page, "Second")
    expect(page.locator("shopbell-chat li.waits")).to_have_count(1)
    ground.shop.answer("Said while you were away")
    ground.web.restart()
    expect(page.locator("shopbell-chat li.waits")).to_have_count(0)
    expect(page.locator("shopbell-chat li.theirs")).to_have_count(1)
    assert [entry.text for entry in entries(ground.shop)] == ["First", "Second"]


def test_it_asks_once_where_to_answer(ground: Ground) -> None:
    page = ground.visit()
    bell(page).click()
    field = page.get_by_role("textbox", name="E-mail address")
    expect(field).to_be_hidden()
    say(page, "Hello?")
    field.fill("mara@shop.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Our answer also goes to mara@shop.example")).to_be_visible()
    expect(field).to_be_hidden()
    with store_scope(ground.shop.store.pk):
        assert Thread.objects.get().address == "mara@shop.example"


def test_it_works_by_keyboard_and_on_a_small_phone(ground: Ground) -> None:
    page = ground.visit()
    page.set_viewport_size({"width": 320, "height": 640})
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog")
    expect(box).to_have_attribute("aria-modal", "true")
    expect(page.get_by_role("textbox", name="Write a message")).to_be_focused()
    size = box.bounding_box()
    assert size == {"x": 0, "y": 0, "width": 320, "height": 640}
    inside = "document.activeElement.localName === 'shopbell-chat'"
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.keyboard.type("x" * 300)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(bell(page)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_file_is_attached_and_a_wrong_one_refused_in_words(ground: Ground) -> None:
    page = ground.visit()
    bell(page).click()
    picker = page.locator("shopbell-chat input[type=file]")
    picker.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(page.locator("shopbell-chat li.mine button.file")).to_have_text("a.txt")
    with page.expect_download() as download:
        page.locator("shopbell-chat li.mine button.file").click()
    assert download.value.suggested_filename == "a.txt"
    picker.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": b"<svg/>"})
    expect(page.get_by_text("Files of this kind are not taken.")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "name", "direction"),
    [("?lang=de", "Nachricht schreiben", "ltr"), ("?lang=ar", "اكتب رسالة", "rtl")],
)
def test_it_speaks_the_pages_language(
    ground: Ground, query: str, name: str, direction: str
) -> None:
    page = ground.visit(query)
    bell(page).click()
    expect(page.get_by_role("textbox", name=name)).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_attribute("dir", direction)


def test_it_asks_first_what_the_shop_wants_and_speaks_first_once(
    committed_db: None, web: WebProcess, chromium: Browser
) -> None:
    # given a shop that asks for a name and speaks first after a second
    shop = make_chat_shop(
        "lark",
        ask_before=["name*", "email"],
        speak_first=["/* 1s: Any question about our kettles?"],
        button_text="Ask us",
    )
    save_portrait(user=shop.ada, content=png())
    place = shop_page(web, shop.store.slug)
    window = chromium.new_context(
        reduced_motion="reduce", locale="en-GB", viewport={"width": 390, "height": 740}
    )
    window.set_default_timeout(PATIENCE)
    page = window.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
    page.goto(f"{place.url}/")

    # then it speaks, and what it said is the greeting
    hint = page.get_by_role("button", name="Any question about our kettles?")
    expect(hint).to_be_visible()
    assert axe_faults(page) == []
    picture(page, "widget-speaks")
    hint.click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    expect(page.get_by_label("Your name")).to_be_focused()
    expect(page.get_by_role("textbox", name="Write a message")).to_be_hidden()
    assert axe_faults(page) == []
    picture(page, "widget-asks")

    # when the name is given, the chat begins, and an emoji is put in by keyboard
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_label("Your name")).to_be_visible()
    page.get_by_label("Your name").fill("Mara Lind")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Write a message")).to_be_focused()
    page.keyboard.type("Hi ")
    page.get_by_role("button", name="Emoji").click()
    page.keyboard.press("ArrowRight")
    picture(page, "widget-emoji")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Write a message")).to_have_value("Hi 😂")
    page.keyboard.press("Enter")
    expect(page.locator("shopbell-chat li.mine .state")).not_to_contain_text("Sending")
    [entry] = entries(shop)
    assert entry.data["about"] == [["name", "Mara Lind"]]
    assert entry.data["page"]["said"] == "Any question about our kettles?"

    # and the answer comes with the face of who wrote it
    shop.answer("Hello Mara!")
    expect(page.locator("shopbell-chat li.theirs .face img")).to_have_js_property("complete", True)
    picture(page, "widget-answered")

    # and on the next page nothing is said again
    page.goto(f"{place.url}/again")
    page.wait_for_timeout(1500)
    expect(page.locator("shopbell-chat .hint")).to_be_hidden()
    window.close()
    place.close()


def test_it_does_not_speak_into_somebodys_typing(
    committed_db: None, web: WebProcess, chromium: Browser
) -> None:
    shop = make_chat_shop("lark", speak_first=["/* 1s: Any question?"])
    place = shop_page(web, shop.store.slug)
    window = chromium.new_context(locale="en-GB")
    page = window.new_page()
    page.goto(f"{place.url}/")
    page.evaluate("document.body.append(document.createElement('textarea'))")
    page.locator("body > textarea").focus()
    page.wait_for_timeout(1500)
    expect(page.locator("shopbell-chat .hint")).to_be_hidden()
    # when it was waved away once, it is silent for good
    page.locator("body > textarea").blur()
    page.get_by_role("button", name="Close").click()
    expect(bell(page)).to_be_focused()
    page.reload()
    page.wait_for_timeout(1500)
    expect(page.locator("shopbell-chat .hint")).to_be_hidden()
    window.close()
    place.close()
