"""A newsletter from the first word to the last number, and the one click that ends it for somebody.

The owner of `lark` composes in Chromium; mails go over a real SMTP server.
"""

import json
import re

from playwright.sync_api import Page, expect

from tests.flows.ground import KEY, Town, moment
from tests.support.smtp_sink import SinkMessage

ADDRESS = """
[[store]]
slug = "lark"
postal_address = "Lark, Lerchenweg 3, 28203 Bremen, Germany"
"""
SUBJECT = "Soup weather in the shop"


def subscribe(town: Town, numbers: range, *, granted: bool = True) -> list[str]:
    """Let the shop tell of customers who want offers by mail, or said nothing of it."""
    found = []
    for number in numbers:
        email = f"reader{number}@example.com"
        body: dict[str, object] = {"id": f"r{number}", "email": email, "first_name": "Mia"}
        if granted:
            body["consents"] = [
                {"channel": "email", "granted": True, "purpose": "marketing",
                 "changed_at": moment(-1)}
            ]  # fmt: skip
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {KEY.format(store='lark')}",
        }
        done = town.bell.ask("POST", "/api/v1/customers", json.dumps(body).encode(), headers)
        assert done.status in (200, 201, 202), done.body
        found.append(email)
    return found


def mails(town: Town, email: str) -> list[SinkMessage]:
    """Return the newsletters somebody got."""
    return [mail for mail in town.post.to(email) if SUBJECT in mail.subject]


def test_a_newsletter_is_written_sent_counted_and_left(town: Town, merchant: Page) -> None:
    # given six who want it, and one who was not asked
    first = town.number() * 100
    readers = subscribe(town, range(first, first + 6))
    [unasked] = subscribe(town, range(first + 6, first + 7), granted=False)
    town.bell.apply(ADDRESS)
    town.settled()

    # when it is written
    merchant.goto("/s/lark/campaigns/")
    begin = re.compile("New campaign|Write the first one")
    merchant.get_by_role("button", name=begin).first.click()
    merchant.get_by_label("Name", exact=True).fill("Soup weather")
    merchant.get_by_role("button", name="Save").click()
    merchant.get_by_role("link", name="What it says").click()
    merchant.get_by_label("Subject").fill(SUBJECT)
    merchant.get_by_role("button", name="Heading", exact=True).click()
    merchant.locator("[name='1.text']").fill("Soup weather")
    merchant.get_by_role("button", name="Text", exact=True).click()
    merchant.locator("[name='2.text']").fill(
        "Hello {{ customer.first_name | default: 'there' }}, the iron pan is back."
    )
    seen = merchant.frame_locator("iframe[title='The mail on a desk']")
    expect(seen.get_by_text("the iron pan is back")).to_be_visible()
    merchant.get_by_role("link", name="Done").click()

    # and sent
    expect(merchant.get_by_text("may be written to now")).to_be_visible()
    merchant.get_by_role("button", name="Send", exact=True).first.click()
    merchant.get_by_role("alertdialog").get_by_role("button", name="Send", exact=True).click()

    # then the page tells that everybody is done, and the numbers add up
    expect(merchant.locator("#campaign .pill", has_text=re.compile("^sent$")).first).to_be_visible()
    shown = {
        row.locator("th").inner_text().split("\n")[0]: int(row.locator("td").inner_text())
        for row in merchant.locator("#campaign table").first.locator("tbody tr").all()
    }
    assert shown["Sent"] == 6
    assert sum(shown.values()) == 2 * shown["Everybody"]
    town.bell.wait_until(lambda: all(len(mails(town, email)) == 1 for email in readers))
    assert mails(town, unasked) == []
    [mail] = mails(town, readers[0])
    assert b"Hello Mia, the iron pan is back." in mail.data.replace(b"=\r\n", b"")

    # when one of them leaves by one click of the mail program
    left = re.search(r"<(https?://[^>]+)>", str(mail.parsed["List-Unsubscribe"]))
    assert left is not None
    assert str(mail.parsed["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    path = "/" + left[1].split("/", 3)[3]
    done = town.bell.ask(
        "POST", path, b"List-Unsubscribe=One-Click",
        {"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert done.status == 200
    town.settled()

    # then another one like it is for the others only, and waits: one offer a day is enough
    merchant.get_by_role("button", name="Make another like it").click()
    merchant.get_by_role("button", name="Save").click()
    merchant.get_by_role("button", name="Send", exact=True).first.click()
    merchant.get_by_role("alertdialog").get_by_role("button", name="Send", exact=True).click()
    expect(
        merchant.get_by_role("row", name="Waits They were told enough lately (5) 5")
    ).to_be_visible()
    expect(
        merchant.get_by_role("row", name=re.compile("Left out No permission.* 2$"))
    ).to_be_visible()
    merchant.get_by_role("button", name="Cancel", exact=True).click()
    merchant.get_by_role("alertdialog").get_by_role("button", name="Cancel it").click()
    expect(merchant.get_by_text("was cancelled before (5)")).to_be_visible()
    assert len(mails(town, readers[0])) == len(mails(town, readers[1])) == 1
