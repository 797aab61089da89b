"""The composer in Chromium: files by picker, drop and paste; copies; undo gives all of it back."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from shopbell.conversations.models import Attachment, Conversation, Entry
from shopbell.kit.db.scope import store_scope
from tests.conversations.inbox_ground import PIXEL, Inbox
from tests.conversations.test_inbox_in_browser import PAGES, opened
from tests.support.browser import axe_faults

pytestmark = pytest.mark.browser
_BRING = """([kind, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "cup.png", { type: "image/png" }));
  const field = document.querySelector("[data-composer] textarea");
  const init = { bubbles: true, cancelable: true };
  field.dispatchEvent(kind === "drop" ? new DragEvent("drop", { ...init, dataTransfer: data })
    : new ClipboardEvent("paste", { ...init, clipboardData: data }));
}"""


def bring(page: Page, kind: str) -> None:
    """Drop or paste a picture."""
    import base64

    page.evaluate(_BRING, [kind, base64.b64encode(PIXEL).decode()])


def test_files_and_copies_go_along_and_undo_gives_them_back(
    inbox: Inbox,
    window: BrowserContext,
    tmp_path: Path,
) -> None:
    # given a mail with somebody in copy, and an answer with a picked, a dropped and a pasted file
    inbox.write("The label?", by_mail=True, subject="Label", copies=("tom@mail.example",))
    label = tmp_path / "label.pdf"
    label.write_bytes(b"%PDF-1.4 a label")
    page = opened(window, f"{PAGES}1/")
    page.locator("[data-picker]").set_input_files(label)
    files = page.get_by_role("list", name="Files that go along").get_by_role("listitem")
    expect(files).to_have_count(1)
    bring(page, "drop")
    expect(files).to_have_count(2)
    bring(page, "paste")
    expect(files).to_have_count(3)
    files.nth(2).get_by_role("button").click()
    expect(files).to_have_count(2)
    page.get_by_role("button", name="tom@mail.example").click()
    expect(page.get_by_label("Copy to, seen by everybody")).to_have_value("tom@mail.example")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.fill("Here it is")

    # what is refused is said beside it, and gone when it is being mended
    page.get_by_label("Hidden copy to").fill("boss@lark")
    page.get_by_role("button", name="Send", exact=True).click()
    trouble = page.get_by_role("alert").filter(has_text="boss@lark")
    expect(trouble).to_be_visible()
    expect(answer).to_have_value("Here it is")
    page.get_by_label("Hidden copy to").fill("boss@lark.example")
    expect(trouble).to_be_hidden()
    assert axe_faults(page) == []

    # when the page is loaded anew, all of it is still there
    page.get_by_label("Words, name, order or number").focus()
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(files).to_have_count(2)
    expect(page.get_by_label("Hidden copy to")).to_have_value("boss@lark.example")

    # when it is sent, it is in the thread, and undo brings all of it back
    answer.press("Control+Enter")
    expect(page.get_by_text("sending in")).to_be_visible()
    ours = page.locator(".bubble.ours")
    expect(ours.get_by_role("img", name="cup.png")).to_be_visible()
    expect(ours.get_by_text("hidden copy to boss@lark.example")).to_be_visible()
    expect(files).to_have_count(0)
    page.locator("[data-desk-undo]").click()
    expect(files).to_have_count(2)
    expect(answer).to_have_value("Here it is")
    expect(page.get_by_label("Copy to, seen by everybody")).to_have_value("tom@mail.example")

    expect(ours).to_have_count(0)

    # and sent once more it belongs to the answer
    answer.press("Control+Enter")
    expect(ours).to_have_count(1)
    with store_scope(inbox.market.bench.store.pk):
        reply = Entry.objects.get(kind="reply")
        assert sorted(reply.attachments.values_list("name", flat=True)) == ["cup.png", "label.pdf"]
        assert (reply.copies, reply.blind_copies) == (["tom@mail.example"], ["boss@lark.example"])
        assert not Attachment.objects.filter(pending_in=Conversation.objects.get()).exists()
    expect(ours).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_answer_is_scheduled_held_when_the_customer_writes_and_taken_back(
    inbox: Inbox, window: BrowserContext
) -> None:
    inbox.write("When?", by_mail=True, subject="When")
    page = opened(window, f"{PAGES}1/")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.fill("Tomorrow")
    page.get_by_text("Send and…").click()
    page.get_by_role("button", name="Tomorrow morning, 9:00").click()
    waiting = page.locator(".desk-waits")
    expect(waiting.get_by_text("will be sent")).to_be_visible()
    inbox.write("Never mind", by_mail=True)
    expect(waiting.get_by_text("The customer wrote meanwhile.")).to_be_visible()
    assert axe_faults(page) == []
    waiting.get_by_role("button", name="Take back").click()
    expect(answer).to_have_value("Tomorrow")
    expect(waiting).to_have_count(0)


def test_a_colleagues_draft_is_taken_over_and_they_see_it(
    inbox: Inbox, window: BrowserContext
) -> None:
    # given a page on which somebody has begun, and a colleague
    inbox.write("Hello?")
    page = opened(window, f"{PAGES}1/")
    answer = page.get_by_role("textbox", name="Your answer")
    answer.fill("Dear Mara")
    page.get_by_label("Words, name, order or number").focus()
    expect(page.get_by_text("Draft kept")).to_be_visible()
    colleague = inbox.market.person("agent")
    seen = colleague.get(f"{PAGES}1/").content.decode()
    assert "has a draft" in seen

    # when the colleague takes it over
    address = next(part for part in seen.split('"') if part.endswith("/take/"))
    assert colleague.post(address, headers={"HX-Request": "true"}).status_code == 204

    # then the first composer is empty and says why
    expect(answer).to_have_value("")
    expect(page.get_by_text("A colleague took your draft over")).to_be_visible()
    expect(page.get_by_text("has a draft")).to_be_visible()
    assert axe_faults(page) == []


def test_what_is_sent_before_the_scripts_are_there_is_sent_once_they_are(
    inbox: Inbox, window: BrowserContext
) -> None:
    # given a page of whose scripts one takes its time
    inbox.write("Where is it?", by_mail=True)
    page = window.new_page()
    late: list[Route] = []
    page.route("**/composer*.js", lambda route: late.append(route))
    page.goto(f"{PAGES}1/", wait_until="commit")

    # when somebody writes and sends meanwhile
    page.get_by_role("textbox", name="Your answer").fill("It left today.")
    page.get_by_role("button", name="Send", exact=True).click()
    while not late:
        page.wait_for_timeout(50)
    assert page.locator("html[data-ready]").count() == 0
    late.pop().continue_()

    # then it leaves, and stands there once
    expect(page.locator(".bubble.ours").get_by_text("It left today.")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("")
