"""The inbox in Chromium, served by the real process: live news, sending, keys, phones, axe."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from shopbell.conversations.actions import save_reply
from shopbell.conversations.bulk.working import run_bulk
from shopbell.conversations.models import Conversation, Draft, Entry
from shopbell.conversations.pictures.fetching import remote_picture
from shopbell.kit.db.scope import store_scope
from tests.conversations.inbox_ground import Inbox, fill
from tests.conversations.test_pictures import fetcher_to, png
from tests.support.browser import axe_faults
from tests.support.site import site

pytestmark = pytest.mark.browser
PAGES = "/s/lark/inbox/"


def opened(window: BrowserContext, address: str) -> Page:
    page = window.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.mouse.move(700, 20)
    page.wait_for_timeout(500)  # the stream opens after the page is ready
    return page


def entries(inbox: Inbox, kind: str) -> list[str]:
    with store_scope(inbox.market.bench.store.pk):
        return list(Entry.objects.filter(kind=kind).values_list("text", flat=True))


def test_news_arrives_without_a_reload_and_takes_nothing_away(
    inbox: Inbox, window: BrowserContext
) -> None:
    # given a conversation in which somebody types
    inbox.write("Where is it?")
    page = opened(window, f"{PAGES}1/")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.fill("Dear Mara")

    # when the customer and another one write
    inbox.write("I found it!")
    inbox.write("Do you ship to Norway?", email="liv@example.com")

    # then both are there, what was typed too, and the writer is told
    expect(page.get_by_role("log").get_by_text("I found it!")).to_be_visible()
    expect(page.locator("#desk-rows").get_by_text("Do you ship to Norway?")).to_be_visible()
    expect(answer).to_have_value("Dear Mara")
    expect(page.get_by_text("The customer has written meanwhile")).to_be_visible()

    # and the first press warns, the second one sends
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-trouble]").get_by_text("written meanwhile")).to_be_visible()
    assert entries(inbox, "reply") == []
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".bubble.ours")).to_be_visible()
    assert entries(inbox, "reply") == ["Dear Mara"]
    expect(answer).to_have_value("")


def test_a_mail_counts_down_and_undo_brings_its_text_back(
    inbox: Inbox, window: BrowserContext
) -> None:
    inbox.write("Where is it?", by_mail=True, subject="Parcel")
    page = opened(window, f"{PAGES}1/")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.fill("It is **lost**")
    answer.press("Control+Enter")
    expect(page.get_by_text("sending in")).to_be_visible()
    page.locator("[data-desk-undo]").click()
    expect(answer).to_have_value("It is **lost**")
    expect(page.locator(".bubble.ours")).to_have_count(0)
    assert entries(inbox, "reply") == []


def test_a_day_by_keyboard(inbox: Inbox, window: BrowserContext) -> None:
    inbox.write("First", email="a@example.com")
    inbox.write("Second", email="b@example.com")
    page = opened(window, PAGES)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Taken, Owner")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Only we know")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-note").get_by_text("Only we know")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("Yes")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.ours").get_by_text("Yes")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    assert (entries(inbox, "note"), entries(inbox, "reply")) == (["Only we know"], ["Yes"])
    with store_scope(inbox.market.bench.store.pk):
        assert Conversation.objects.get(number=1).status == "resolved"
    page.keyboard.press("?")
    for name in ("Reply", "Internal note", "Reopen", "Snooze"):
        expect(page.locator("#keys-list").get_by_text(name).first).to_be_attached()


def test_a_saved_reply_is_found_by_typing(inbox: Inbox, window: BrowserContext) -> None:
    inbox.write("Hello?")
    with store_scope(inbox.market.bench.store.pk):
        save_reply(name="Norway", text="Yes {{customer.first_name}}, we ship to Norway.")
        save_reply(name="Sizes", text="It is true to size.")
    page = opened(window, f"{PAGES}1/")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.press_sequentially("/norw")
    offers = page.get_by_role("listbox", name="Saved replies").get_by_role("option")
    expect(offers).to_have_count(1)
    answer.press("Enter")
    expect(answer).to_have_value("Yes Mara, we ship to Norway.")


def test_older_ones_are_fetched_and_several_resolved_at_once(
    inbox: Inbox, window: BrowserContext
) -> None:
    for number in range(42):
        inbox.write(f"Question {number}", email=f"p{number}@example.com")
    page = opened(window, PAGES)
    rows = page.locator("#desk-rows .list-item")
    expect(rows).to_have_count(40)
    page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(42)
    for number in (1, 2):
        page.get_by_role("checkbox", name=f"Choose conversation {number}", exact=True).check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Resolve").click()
    job = page.locator("#desk-jobs")
    expect(job.get_by_text("Resolved: 2 conversations.")).to_be_visible()
    expect(rows).to_have_count(40)
    expect(page.get_by_text("2 chosen")).to_be_hidden()
    # all of the view, in the background: what it comes to survives a reload, and is undone
    page.get_by_role("checkbox", name="Choose conversation 9", exact=True).check()
    page.get_by_role("button", name="All in this view").click()
    expect(page.get_by_text("All 40 in this view chosen")).to_be_visible()
    page.locator("#desk-bulk summary").click()
    page.get_by_role("button", name="High", exact=True).click()
    expect(job.get_by_role("progressbar")).to_be_visible()
    while run_bulk():
        pass
    expect(job.get_by_text("Priority high: 40 conversations.")).to_be_visible()
    page.reload()
    job.get_by_role("button", name="Undo").click()
    expect(job.get_by_role("progressbar")).to_be_visible()
    while run_bulk():
        pass
    expect(job.get_by_text("Undone: 40 conversations.")).to_be_visible()

    # and the filters, which are fetched when somebody turns to them
    page.locator("summary", has_text="Filter").click()
    page.locator("#desk-choices").get_by_role("link", name="Owner").click()
    expect(page.get_by_role("link", name="One person")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_label("Words, name, order or number").press_sequentially("mara ow")
    expect(page.locator("#desk-asks option[value='mara owner:me']")).to_be_attached()


def test_a_draft_outlives_the_page(inbox: Inbox, window: BrowserContext) -> None:
    inbox.write("Hello?")
    page = opened(window, f"{PAGES}1/")
    page.get_by_role("textbox", name="Your answer").fill("Half a sen")
    page.get_by_label("Words, name, order or number").focus()
    expect(page.get_by_text("Draft kept")).to_be_visible()
    with store_scope(inbox.market.bench.store.pk):
        assert Draft.objects.get().text == "Half a sen"
    page.reload()
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("Half a sen")


def test_a_foreign_mail_runs_nothing_and_loads_nothing(
    inbox: Inbox, window: BrowserContext
) -> None:
    fill(inbox)
    page = opened(window, f"{PAGES}2/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_text("Show original").click()
    expect(page.frame_locator("iframe.frame").get_by_text("cracked")).to_be_visible()
    page.wait_for_timeout(500)
    assert not [url for url in asked if "127.0.0.1" not in url and not url.startswith("data:")]


def test_pictures_come_through_us_and_only_when_asked(inbox: Inbox, window: BrowserContext) -> None:
    with site((200, {"content-type": "image/png"}, png())) as place:
        inbox.write("Look", by_mail=True, email="mara@mail.example", html=(
            f'<p>Cups</p><img src="{place.url}/cup.png" alt="A cup">'
            f'<img src="{place.url}/inside.png" alt="Not for us">'
        ))  # fmt: skip
        # The page's own process refuses loopback, so the first has to be there already.
        shown = remote_picture(
            inbox.market.bench.store, f"{place.url}/cup.png", fetcher=fetcher_to(place)
        )
        assert shown is not None
        page = opened(window, f"{PAGES}1/")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_text("Show original").click()
        expect(page.get_by_text("2 pictures from elsewhere are not shown")).to_be_visible()
        assert not [url for url in asked if "mail-pictures" in url]
        with page.expect_response(lambda answer: "mail-pictures" in answer.url and answer.ok):
            page.get_by_role("button", name="Show them").click()
        cup = page.frame_locator("iframe.frame").get_by_alt_text("A cup")
        expect(cup).to_have_js_property("naturalWidth", 40)
        assert [each[1] for each in place.seen] == ["/cup.png"]
        assert not [url for url in asked if f":{place.port}" in url]
        inbox.write("And?", by_mail=True, email="mara@mail.example")  # drawn anew, and it stays
        expect(page.get_by_text("And?").first).to_be_visible()
        expect(cup).to_have_js_property("naturalWidth", 40)


def test_a_colleague_is_seen_writing(inbox: Inbox, window: BrowserContext) -> None:
    inbox.write("Hello?")
    page = opened(window, f"{PAGES}1/")
    colleague = inbox.market.person("agent")
    colleague.post(f"{PAGES}1/here/", {"typing": "1"})
    expect(page.get_by_text("Agent is writing")).to_be_visible()


def test_it_fits_a_phone(inbox: Inbox, window: BrowserContext) -> None:
    fill(inbox)
    page = opened(window, PAGES)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_text("Cracked cup").click()
    expect(page.get_by_role("heading", name="Cracked cup")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your answer")).to_be_in_viewport()
    page.get_by_role("button", name="Customer").click()
    expect(page.get_by_text("Reached at")).to_be_visible()
    page.get_by_role("button", name="Conversation").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_text("Do you ship to Norway?")).to_be_visible()


def test_axe_finds_nothing_and_nothing_sticks_out(inbox: Inbox, window: BrowserContext) -> None:
    pages = [PAGES]
    for address in pages:
        assert axe_faults(opened(window, address)) == []
    fill(inbox)
    for address in (PAGES, f"{PAGES}1/", f"{PAGES}2/", f"{PAGES}?q=nothing", f"{PAGES}saved/"):
        dark = window.new_page()
        dark.emulate_media(color_scheme="dark")
        dark.goto(address)
        assert axe_faults(dark) == [], f"{address} dark"
        dark.close()
        page = opened(window, address)
        page.evaluate(
            "document.querySelectorAll('.bubble details').forEach((it) => it.open = true)"
        )
        assert axe_faults(page) == [], address
        for width in (320, 390, 768, 1100):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
        page.close()
