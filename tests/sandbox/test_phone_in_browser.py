"""The phone in Chromium: written on, answered, pressed, commented, switched off; all of it live."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import Morsel
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Role, Store, User
from shopbell.assignments.agents import set_available
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.connections.actions import save_connection
from shopbell.conversations.actions import Reply, send_reply
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.connectors.channels.twilio_voice.ground import settle_calls
from tests.support.browser import axe_faults, open_window, opened
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.talk import MIA, settle_talk
from tests.support.web import WebProcess, web_process

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_TEST_PICTURES", "")
APPS = ("sms", "whatsapp", "instagram", "messenger", "telegram", "phone")
ADA = "+493055500777"


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page for people, where the environment names a folder."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.fixture
def store(committed_db: None) -> Store:
    found = make_store("larder")
    for key in APPS:
        save_connection(
            store=found,
            family="channel",
            connector=f"sandbox_{key}",
            slug="try",
            address="+493023125014",
            settings={"webhook_secret": f"the secret of {key}, long enough"},
        )
    with store_scope(found.pk):
        Customer.objects.create(
            email="mia@mail.example", first_name="Mia", last_name="Lark", phone=MIA
        )
    return found


@pytest.fixture
def web() -> Iterator[WebProcess]:
    """Serve pages that find their own front door."""
    with web_process(knows_port=True) as process:
        yield process


def signed_in(user: User) -> Morsel[str]:
    return client_of(user).cookies[settings.SESSION_COOKIE_NAME]


@pytest.fixture
def window(store: Store, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    owner = add_staff(store=store, email="o@larder.example", role=Role.OWNER).user
    with open_window(
        chromium,
        web.address,
        {f"shopbell_session_{web.port}": signed_in(owner)},
        reduced_motion="reduce",
        viewport={"width": 1400, "height": 900},
    ) as window:
        yield window


@contextmanager
def doing(page: Page) -> Iterator[None]:
    """Wait until what is pressed inside has been handed in, then let it take its way."""
    with page.expect_response(lambda got: got.request.method == "POST"):
        yield
    settle_talk()


def answer(store: Store, words: str, **data: object) -> None:
    """Let an agent answer the conversation at once."""
    with store_scope(store.pk):
        row = Conversation.objects.get(medium="whatsapp")
        entry = send_reply(store=store, conversation=row, author=None, reply=Reply(words))
        assert entry.outgoing is not None
        message = Message.objects.get(pk=entry.outgoing.pk)
        message.data |= data
        message.due_at = message.created_at
        message.save(update_fields=["data", "due_at"])
    settle_talk()


def test_a_phone_that_is_written_on_pressed_and_switched_off(
    store: Store, window: BrowserContext
) -> None:
    with store_scope(store.pk):
        mia = Customer.objects.get()
    page = opened(window, f"/s/larder/sandbox/?who={mia.pk}&app=whatsapp")
    # she writes, and it stands there as soon as it has come in
    picture(page, "phone-first")
    box = page.get_by_label("Write as Mia Lark")
    box.fill("Where is my parcel?")
    with doing(page):
        box.press("Enter")
    expect(box).to_have_value("")
    bubbles = page.locator(".phone-bubble")
    expect(bubbles).to_have_count(1)

    # she is answered, with something to press
    options = [{"id": "door", "title": "To my door"}, {"id": "shop", "title": "To a parcel shop"}]
    answer(store, "It comes tomorrow. Where shall it go?", options=options)
    expect(bubbles).to_have_count(2)
    with doing(page):
        page.get_by_role("button", name="To a parcel shop").click()
    expect(bubbles).to_have_count(3)
    expect(bubbles.last).to_contain_text("To a parcel shop")

    # a sign on it
    page.locator(".phone-react summary").click()
    with doing(page):
        page.get_by_role("button", name="🙏").click()
    expect(page.get_by_role("img", name="Reactions")).to_have_text("🙏")
    picture(page, "phone-light")
    assert axe_faults(page) == []

    # in public below a post
    dock = page.get_by_role("navigation", name="Apps")
    dock.get_by_role("link", name="Instagram").click()
    page.get_by_role("link", name="Posts").click()
    page.get_by_label("Comment on").fill("My vase came in pieces!")
    with doing(page):
        page.get_by_role("button", name="Comment").click()
    expect(page.locator(".phone-feed li")).to_contain_text("My vase came in pieces!")
    assert axe_faults(page) == []
    picture(page, "phone-feed")

    # narrow and dark
    page.set_viewport_size({"width": 360, "height": 780})
    page.emulate_media(color_scheme="dark")
    dock.get_by_role("link", name="WhatsApp").click()
    expect(bubbles).to_have_count(3)
    page.locator("#phone").scroll_into_view_if_needed()
    picture(page, "phone-dark-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe_faults(page) == []

    # off: what is sent is not there, and on again it is
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The phone is off.")).to_be_visible()
    answer(store, "Are you there?")
    expect(page.get_by_text("1 message waits for it.")).to_be_visible()
    picture(page, "phone-off")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("#app-whatsapp")).to_contain_text("Are you there?")


def test_a_call_that_rings_is_not_taken_and_leaves_a_message(
    store: Store, window: BrowserContext
) -> None:
    # given somebody at the shop whose phone may ring
    with store_scope(store.pk):
        mia = Customer.objects.get()
        ada = User.objects.get(email="o@larder.example")
        save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Sun 0-24"))
        save_phone(user=ada, number=ADA)
        set_available(user=ada, available=True)
    page = opened(window, f"/s/larder/sandbox/?who={mia.pk}&app=phone")
    expect(page.get_by_text("No calls yet.")).to_be_visible()
    assert axe_faults(page) == []
    picture(page, "calls-none")

    # when Mia calls, it rings there, and is picked up, but not taken
    page.get_by_role("button", name="Call Larder").click()
    captions = page.get_by_role("log", name="What the shop says")
    expect(captions).to_contain_text("we are getting somebody for you")
    shop = page.get_by_role("region", name="Colleagues' phones")
    expect(shop).to_contain_text("Mia Lark calls")
    assert axe_faults(page) == []
    picture(page, "calls-ringing")
    shop.get_by_role("button", name="Pick up").click()
    expect(shop).to_contain_text("Press 1 to take it.")
    picture(page, "calls-picked-up")
    shop.get_by_role("button", name="Hang up").click()
    expect(captions).to_contain_text("nobody can take your call just now")
    expect(shop.locator("article")).to_have_count(0)
    picture(page, "calls-keys")
    assert axe_faults(page) == []

    # then she presses 2 on the keyboard, is told of the recording, and says what she has to say
    page.set_viewport_size({"width": 320, "height": 720})
    page.emulate_media(color_scheme="dark")
    page.locator("#phone").scroll_into_view_if_needed()
    picture(page, "calls-keys-dark-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("2")
    expect(captions).to_contain_text("Your message is recorded and kept")
    assert axe_faults(page) == []
    picture(page, "calls-record-dark-narrow")
    page.get_by_label("What you say after the tone").fill("Please ring me, it came in pieces.")
    page.get_by_role("button", name="Done").click()
    calls = page.get_by_role("list", name="Calls")
    expect(calls).to_contain_text("“Please ring me, it came in pieces.”")
    expect(calls).to_contain_text("We will call you back by")
    assert axe_faults(page) == []
    picture(page, "calls-list-dark-narrow")
    settle_calls()
    with store_scope(store.pk):
        assert Conversation.objects.get().due_for == "news"
