"""The rule editor in Chromium: put together, tried, switched on, moved; by keyboard, on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shopbell.automations.actions import add_to_conversation, save_checklist, save_macro
from shopbell.automations.models import Rule
from shopbell.conversations.actions import save_field, save_reason
from shopbell.conversations.models import Conversation
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.browser import axe_faults, open_window, opened
from tests.support.shop import settle
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PAGES = "/s/lark/inbox/setup/rules/"
PICTURES = os.environ.get("SHOPBELL_TEST_PICTURES", "")


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def window(inbox: Inbox, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    """Return a window of the owner on the real pages; any script error fails the test."""
    with open_window(
        chromium,
        web.address,
        inbox.market.person().cookies,
        reduced_motion="reduce",
        viewport={"width": 1400, "height": 900},
    ) as window:
        yield window


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page for people, where the environment names a folder."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def names(inbox: Inbox) -> list[str]:
    with store_scope(inbox.market.bench.store.pk):
        return list(Rule.objects.order_by("position").values_list("name", flat=True))


def test_a_rule_is_made_tried_and_runs(inbox: Inbox, window: BrowserContext) -> None:
    # given a conversation of the past
    inbox.write("I would like a refund, please")
    settle()
    page = window.new_page()
    page.goto(PAGES)
    expect(page.get_by_role("heading", name="No rule yet")).to_be_visible()
    picture(page, "rules-empty")

    # when a rule is put together
    page.get_by_role("link", name="Make the first one").click()
    page.get_by_label("Name").fill("Refunds first")
    page.locator("[id='g0.0-value']").fill("refund, money back")
    page.get_by_role("button", name="and …").first.click()
    added = page.locator("[id='g0.1-key']")
    expect(added).to_be_focused()
    added.select_option("medium")
    page.locator("select[id='g0.1-value']").select_option("chat")
    page.locator("[id='a0.tag']").fill("refund")
    page.get_by_role("button", name="and …").last.click()
    page.locator("[id='a1-key']").select_option("set_priority")
    page.locator("[id='a1.priority']").select_option("2")
    says = page.locator("#rule-says")
    expect(says).to_contain_text(
        "When a customer writes, and the subject or the message contains “refund” or “money back” "
        "and the channel is Chat, then add the tag “refund” and set the priority to high."
    )

    # and tried on it
    page.get_by_role("button", name="Try it").click()
    trial = page.locator("#trial")
    expect(trial).to_contain_text("It would run on #1")
    expect(trial).to_contain_text("Here: “I would like a refund, please")
    assert axe_faults(page) == []
    picture(page, "rule-tried")
    window.pages[0].emulate_media(color_scheme="dark")
    picture(page, "rule-tried-dark")
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    picture(page, "rule-tried-phone")
    page.set_viewport_size({"width": 1400, "height": 900})
    page.emulate_media(color_scheme="light")

    # and switched on
    page.get_by_role("button", name="Save and switch on").click()
    expect(page.get_by_text("It runs.")).to_be_visible()
    assert names(inbox) == ["Refunds first"]

    # then it runs for the next customer, which its page and the conversation's page tell
    inbox.write("Where is my refund?", email="tom@example.com")
    settle()
    page.reload()
    expect(page.get_by_role("link", name="#2 Where is my refund?")).to_be_visible()
    expect(page.locator(".rule-log").get_by_text("Tag “refund” added")).to_be_visible()
    picture(page, "rule-log")
    page.goto("/s/lark/inbox/2/")
    expect(page.get_by_role("heading", name="Rules that ran here")).to_be_visible()
    expect(page.get_by_role("log").get_by_text("rule “Refunds first”").first).to_be_visible()


def test_what_is_typed_while_the_editor_is_redrawn_is_kept(
    inbox: Inbox, window: BrowserContext
) -> None:
    page = window.new_page()
    page.goto(PAGES + "new/")
    page.route("**/rules/new/", lambda _: None)
    with page.expect_request("**/rules/new/"):
        page.get_by_role("button", name="and …").first.click()
    page.get_by_label("Name").fill("Refunds first")
    page.locator("[id='g0.0-value']").fill("refund")
    page.unroute("**/rules/new/")  # lets what was held go on
    expect(page.locator("[id='g0.1-key']")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Refunds first")
    expect(page.locator("[id='g0.0-value']")).to_have_value("refund")
    expect(page.locator("#rule-says")).to_contain_text("contains “refund”")


def test_rules_are_moved_by_keyboard_and_by_hand(inbox: Inbox, window: BrowserContext) -> None:
    from tests.automations.test_rules import rule

    for name in ("One", "Two", "Three"):
        rule(inbox.market.bench.store, name, ("add_tag", {"tag": name.lower()}), on=name != "Two")
    page = window.new_page()
    page.goto(PAGES)
    page.get_by_role("button", name="Move “Three” up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rule h2")).to_have_text(["One", "Three", "Two"])
    expect(page.get_by_role("button", name="Move “Three” up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".rule h2")).to_have_text(["Three", "One", "Two"])

    grip, last = page.locator(".rule-grip").first, page.locator(".rule").last
    box, end = grip.bounding_box(), last.bounding_box()
    assert box is not None
    assert end is not None
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, end["y"] + end["height"] - 6, steps=4)
    with page.expect_response("**/rules/order/"):
        page.mouse.up()
    expect(page.locator(".rule h2")).to_have_text(["One", "Two", "Three"])
    assert names(inbox) == ["One", "Two", "Three"]

    page.get_by_role("switch", name="Run “Two”").check()
    expect(page.locator(".rule.is-off")).to_have_count(0)
    assert axe_faults(page) == []
    picture(page, "rules")


def test_a_macro_is_run_by_keyboard_and_leads_to_the_next(
    inbox: Inbox, window: BrowserContext
) -> None:
    # given two customers, a reason to choose and a macro that answers
    store = inbox.market.bench.store
    with store_scope(store.pk):
        delivery = save_reason(kind="contact", name="Delivery")
        save_reason(kind="contact", name="Late", parent=delivery)
        save_field(name="Photo there", kind="yes_no")
        actions = [
            {"key": "reply", "values": {"text": "Sorry {{customer.first_name}}!"}},
            {"key": "set_status", "values": {"status": "resolved"}},
        ]
        save_macro(name="Sorry", actions=actions, after="next", by=None)
        steps = save_checklist(name="Damage claim", steps=["Ask for photos", "Tell the carrier"])
    inbox.write("Do you ship to Norway?", email="liv@example.com")
    broken = inbox.write("It is broken", email="tom@example.com")
    with store_scope(store.pk):
        add_to_conversation(checklist=steps, conversation=broken.conversation, by=inbox.ada)

    # when the reason is typed, a step ticked, and the macro run
    page = opened(window, "/s/lark/inbox/2/")
    reason = page.get_by_label("Contact reason")
    reason.fill("Delivery › Late")
    reason.press("Tab")
    expect(page.get_by_role("log").get_by_text("Contact reason: Delivery › Late")).to_be_visible()
    page.get_by_label("Ask for photos").check()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.locator("h2", has_text="It is broken").click()
    page.keyboard.press("m")
    search = page.get_by_label("Find a macro")
    expect(search).to_be_focused()
    search.type("sor")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sorry Mara!")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_focused()
    assert axe_faults(page) == []
    picture(page, "macro")
    page.keyboard.press("Enter")

    # then it is done, and the next conversation is open
    expect(page.locator("#desk-case h2", has_text="Do you ship to Norway?")).to_be_visible()
    with store_scope(store.pk):
        assert Conversation.objects.get(number=2).status == "resolved"
