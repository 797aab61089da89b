"""Answers by messenger as an agent gives them: buttons, a private reply; pages around them."""

import pytest
from playwright.sync_api import BrowserContext, expect

from shopbell.conversations.actions import set_tags
from shopbell.conversations.models import Conversation
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.ports import WrittenKind
from tests.conversations.inbox_ground import Inbox
from tests.support.browser import axe_faults, opened
from tests.support.talk import connect, write

pytestmark = pytest.mark.browser


def test_buttons_and_a_private_reply_are_written_where_they_belong(
    inbox: Inbox, window: BrowserContext
) -> None:
    # given a question by WhatsApp with a tag, which is a form with a field called "remove"
    store = inbox.market.bench.store
    phone, account = connect(store, "sandbox_whatsapp"), connect(store, "sandbox_instagram")
    write(phone, "Is it ready?")
    with store_scope(store.pk):
        set_tags(conversation=Conversation.objects.get(), tags=["tea"], by=inbox.ada)
    write(account, "Nobody answers!", sender="17841", kind=WrittenKind.COMMENT, username="mia.k")

    # when it is answered with buttons; what WhatsApp does not show is not offered
    page = opened(window, "/s/lark/inbox/1/")
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    expect(page.get_by_role("button", name="Bold")).to_be_hidden()
    page.get_by_role("textbox", name="Your answer").fill("Yes. Where shall it go?")
    page.get_by_role("button", name="Buttons below the answer").click()
    page.get_by_label("Button 1").fill("To my door")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Send", exact=True).click()

    # then they stand below it, and the head of the page tells the new state
    ours = page.locator(".bubble.ours")
    expect(ours.get_by_text("To my door")).to_be_visible()
    expect(page.locator(".desk-facts").get_by_text("Waiting for the customer")).to_be_visible()
    expect(page.get_by_label("Button 1")).to_be_hidden()
    page.get_by_role("button", name="Remove the tag tea").click()
    expect(page.get_by_role("button", name="Remove the tag tea")).to_have_count(0)
    assert troubles == []

    # a private reply to a comment begins in its field, with its button in view
    page = opened(window, "/s/lark/inbox/2/")
    expect(page.get_by_text("Everybody can read this answer.")).to_be_visible()
    page.get_by_text("Reply in private").click()
    expect(page.get_by_label("To mia.k alone")).to_be_focused()
    expect(page.get_by_role("button", name="Send in private")).to_be_in_viewport(ratio=1)
    assert axe_faults(page) == []


def test_the_pages_around_channels_have_no_faults_by_day_and_night(
    inbox: Inbox, window: BrowserContext
) -> None:
    phone = connect(inbox.market.bench.store, "sandbox_whatsapp")
    line = f"connections/{phone.pk}/"
    page = window.new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in (
            line, f"{line}exchanges/", f"{line}templates/", f"{line}templates/new/",
            "announcements/new/", "notifications/quiet-hours",
        ):  # fmt: skip
            page.goto(f"/s/lark/{address}")
            page.wait_for_selector("html[data-ready]", state="attached")
            assert axe_faults(page) == [], (scheme, address)
