"""The form in Chromium: inside the shop's page, without scripts on a small phone, in the editor."""

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from shopbell.accounts.models import Store
from shopbell.accounts.stamps import stamp_of
from shopbell.contact_forms.actions import save_form
from shopbell.contact_forms.models import ContactForm
from shopbell.conversations.models import Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.contact_forms.ground import CONTENT, add_form
from tests.support.browser import axe_faults, open_window, opened
from tests.support.site import Site
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_PICTURES", "")
SHOP = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Help</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body {{ font: 16px/1.5 Georgia, serif; max-width: 560px; margin: 24px auto }}</style></head>
<body><h1>Help</h1><script async src="{base}/contact/lark/contact.js"></script></body></html>"""


@pytest.fixture
def market(committed_db: None) -> Market:
    market = Market.open()
    add_form(market.bench.store)
    return market


@pytest.fixture
def shop_page(web: WebProcess) -> Iterator[Site]:
    html = SHOP.format(base=web.address).encode()
    page = Site(lambda _method, _path: (200, {"content-type": "text/html"}, html))
    yield page
    page.close()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def let_time_pass(store: Store, form: Locator) -> None:
    """Make the page older than the time a person needs to fill it in."""
    mark = uuid.UUID(form.locator("[name=client_id]").input_value())
    with clock.at(clock.now() - timedelta(minutes=1)):
        stamp = stamp_of(store, mark)
    form.locator("[name=stamp]").evaluate("(field, stamp) => { field.value = stamp }", stamp)


def entries() -> list[Entry]:
    return list(Entry.objects.filter(kind="incoming"))


def test_in_the_shops_page_it_is_as_tall_as_it_needs_and_keeps_everything_that_was_typed(
    market: Market, shop_page: Site, chromium: Browser
) -> None:
    with open_window(chromium, color_scheme="light") as window:
        page = window.new_page()
        page.goto(shop_page.url)
        frame = page.frame_locator("iframe[title='Contact form']")
        expect(frame.get_by_role("heading", name="Write to us")).to_be_visible()
        short = page.locator("iframe").bounding_box()

        # when a topic is chosen, its own fields open and the frame grows
        frame.get_by_role("radio", name="My delivery").check()
        expect(frame.get_by_label("What is wrong?")).to_be_visible()
        page.wait_for_function(
            "before => document.querySelector('iframe').offsetHeight > before + 60",
            arg=short["height"] if short else 0,
        )
        picture(page, "embedded")

        # when something is missing, what was typed and chosen is still there
        frame.get_by_label("Your message").fill("The box is crushed")
        png = {
            "name": "box.png",
            "mimeType": "image/png",
            "buffer": b"\x89PNG\r\n\x1a\n" + b"0" * 60,
        }
        frame.get_by_label("Files").set_input_files(png)  # type: ignore[arg-type]
        frame.get_by_role("button", name="Send").click()
        expect(frame.get_by_role("alert")).to_be_focused()
        expect(frame.get_by_role("alert")).to_contain_text("What you wrote is still here.")
        expect(frame.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
        expect(frame.get_by_label("Your message")).to_have_value("The box is crushed")
        assert frame.get_by_label("Files").evaluate("field => field.files.length") == 1
        picture(page, "embedded-wrong")

        # when it is complete, it is sent once
        frame.get_by_label("E-mail address").fill("mara@shop.example")
        frame.get_by_label("What is wrong?").select_option("Something is broken")
        let_time_pass(market.bench.store, frame.locator("form"))
        frame.get_by_role("button", name="Send").dblclick()
        expect(frame.get_by_role("heading", name="Thank you.")).to_be_visible()
        picture(page, "embedded-sent")
    with store_scope(market.bench.store.pk):
        [entry] = entries()
        assert entry.data["form"]["page"]["url"].startswith(shop_page.url)
        assert entry.attachments.count() == 1


def test_it_works_without_scripts_on_a_small_phone_and_from_right_to_left(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    with store_scope(market.bench.store.pk):
        form = ContactForm.objects.get()
        save_form(content=CONTENT, languages=["en", "ar"], slug="contact", form=form)
    phone = {"width": 320, "height": 640}
    with open_window(chromium, web.address, java_script_enabled=False, viewport=phone) as window:
        page = window.new_page()
        page.goto("/contact/lark/contact?lang=ar")
        picture(page, "phone-arabic")
        page.goto("/contact/lark/contact")
        expect(page.get_by_label("What is wrong?")).to_be_hidden()
        page.get_by_text("My delivery").click()
        page.get_by_label("What is wrong?").select_option("It is late")
        page.get_by_label("Your message").fill("Where is it?")
        page.get_by_label("E-mail address").fill("nobody")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_label("Your message")).to_have_value("Where is it?")
        expect(page.get_by_label("What is wrong?")).to_have_value("late")
        picture(page, "phone-wrong")
        page.get_by_label("E-mail address").fill("mara@shop.example")
        let_time_pass(market.bench.store, page.locator("form"))
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    with store_scope(market.bench.store.pk):
        assert len(entries()) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(market: Market, web: WebProcess, chromium: Browser, scheme: str) -> None:
    with open_window(chromium, web.address, market.person().cookies, color_scheme=scheme) as window:
        page = window.new_page()
        page.goto("/contact/lark/contact?topic=delivery")
        assert axe_faults(page) == []
        picture(page, f"hosted-{scheme}")
        for name in ("", "change/contact/"):
            page = opened(window, f"/s/lark/inbox/forms/{name}")
            page.wait_for_timeout(800)  # the preview follows
            assert axe_faults(page) == []
            picture(page, f"manage-{name[:6] or 'list'}-{scheme}")


def test_the_editor_adds_moves_by_keyboard_and_shows_what_it_will_be(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    size = {"width": 1300, "height": 1000}
    with open_window(chromium, web.address, market.person().cookies, viewport=size) as window:
        page = opened(window, "/s/lark/inbox/forms/change/contact/")
        page.get_by_role("button", name="Add a topic").click()
        page.keyboard.type("Gift wrapping")
        page.keyboard.press("Alt+ArrowUp")
        expect(page.get_by_role("textbox", name="Name of the topic").nth(1)).to_be_focused()
        preview = page.frame_locator("iframe[title='Preview of the form']")
        expect(preview.get_by_role("radio").nth(1)).to_have_accessible_name("Gift wrapping")
        page.get_by_text("Deutsch").first.click()
        page.get_by_role("textbox", name="Name of the topic").nth(1).fill("Geschenkpapier")
        expect(preview.get_by_role("radio").nth(1)).to_have_accessible_name("Geschenkpapier")
        picture(page, "editor")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
    with store_scope(market.bench.store.pk):
        topics = ContactForm.objects.get().definition.topics
    assert [topic.key for topic in topics] == ["delivery", "gift-wrapping", "other"]
    assert topics[1].title == {"en": "Gift wrapping", "de": "Geschenkpapier"}
