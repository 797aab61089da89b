"""The picker of approved templates in Chromium, with a picture chosen for on top."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from shopbell.conversations.models import Conversation, Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import ApprovedTemplate
from tests.conversations.inbox_ground import PIXEL, Inbox
from tests.conversations.test_inbox_in_browser import PAGES, opened
from tests.support.browser import axe_faults
from tests.support.talk import connect, write

pytestmark = pytest.mark.browser


def test_a_picture_is_chosen_for_the_top_of_a_template(
    inbox: Inbox, window: BrowserContext, tmp_path: Path
) -> None:
    # given a line that is closed for free text, and a template with a picture on top
    line = connect(inbox.market.bench.store, "sandbox_whatsapp")
    with store_scope(line.store_id):
        ApprovedTemplate.objects.create(
            connection=line, name="cup_ready", language="en", category="utility",
            status="approved",
            content={"body": "Hello {{1}}, look.", "buttons": [], "header_kind": "image"},
        )  # fmt: skip
    write(line, "Is it ready?", at=clock.now() - timedelta(hours=30))
    with store_scope(line.store_id):
        case = Conversation.objects.get(threads__inbox=line)
    page = opened(window, f"{PAGES}{case.number}/")
    page.get_by_label("Approved template").select_option(label="cup_ready (en, with a picture)")

    # when it is sent without, that is refused; with one, it is in the thread with the picture
    page.get_by_label("{{1}}").fill("Mia")
    page.get_by_role("button", name="Send template").click()
    expect(page.get_by_text("there is none")).to_be_visible()
    assert axe_faults(page) == []
    cup = tmp_path / "cup.png"
    cup.write_bytes(PIXEL)
    page.get_by_label("Picture on top").set_input_files(cup)
    page.get_by_role("button", name="Send template").click()
    ours = page.locator(".bubble.ours")
    expect(ours.get_by_role("img", name="cup.png")).to_be_visible()
    expect(ours.get_by_text("Hello Mia, look.")).to_be_visible()
    with store_scope(line.store_id):
        assert Entry.objects.get(kind="reply").data["approved"]["uploaded"] is True
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
