"""Customers write and a person answers, on both sides of real browsers, with real mail between.

The stories play in the store `swift`, which has a mailbox (IMAP in, SMTP out), a chat, and a shop
that can be asked for refunds. Ada is an agent there, with an agent's limits.
"""

from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.conftest import sign_in
from tests.flows.ground import Town, kinds, shopify_order, shopify_parcel
from tests.support.shopify_admin import gid
from tests.support.site import Answer, site
from tests.support.smtp_sink import SinkMessage

SHOP = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Copper kettle</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script>window.shopbell = {{ identity: "{word}" }};</script>
<script type="module" src="{base}/widget/swift.js"></script></head>
<body><h1>Copper kettle</h1></body></html>"""

type Window = Callable[[str], Page]


@pytest.fixture(scope="module")
def ada(chromium: Browser, town: Town) -> Iterator[Page]:
    """Return the inbox of the store as its agent Ada sees it."""
    window = chromium.new_context(base_url=town.bell.url, viewport={"width": 1400, "height": 900})
    window.set_default_timeout(20_000)
    opened = window.new_page()
    sign_in(opened, town.links["swift"])
    opened.goto("/s/swift/inbox/")
    yield opened
    window.close()


@pytest.fixture
def visit(chromium: Browser, town: Town) -> Iterator[Window]:
    """Return a way to open the shop's page, signed in there with an address."""
    words = [""]

    def answer(method: str, path: str) -> Answer:
        html = SHOP.format(base=town.bell.url, word=words[-1])
        return 200, {"content-type": "text/html; charset=utf-8"}, html.encode()

    with site(answer) as shop:
        window = chromium.new_context(viewport={"width": 420, "height": 800})
        window.set_default_timeout(20_000)

        def opened(email: str) -> Page:
            words.append(town.signed_in("swift", email))
            page = window.new_page()
            page.goto(shop.url)
            page.locator("shopbell-chat .bell").click()
            return page

        yield opened
        window.close()


def answer(ada: Page, text: str) -> None:
    ada.get_by_role("textbox", name="Your answer").fill(text)
    ada.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_role("textbox", name="Your answer")).to_have_value("")


def replied(mail: SinkMessage, text: str, sender: str) -> bytes:
    """Return what a mail program sends when its owner answers a mail."""
    made = EmailMessage()
    made["From"] = f"Mara <{sender}>"
    made["To"] = mail.parsed["Reply-To"] or mail.parsed["From"]
    made["Subject"] = f"Re: {mail.subject.removeprefix('Re: ')}"
    made["Message-ID"] = f"<{abs(hash(text))}@mail.example>"
    made["In-Reply-To"] = mail.parsed["Message-ID"]
    made["References"] = mail.parsed["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in mail.body().splitlines())
    made.set_content(f"{text}\n\nOn Sunday, Swift Kettles wrote:\n{quoted}\n")
    return made.as_bytes()


def refund(ada: Page, amount: str) -> None:
    """Give money back as an agent does, beside the order."""
    ada.get_by_role("complementary", name="Customer").get_by_role("button", name="Refund…").click()
    dialog = ada.get_by_role("dialog", name="Refund")
    dialog.get_by_label("Amount in EUR").fill(amount)
    dialog.get_by_label("Reason").select_option("damaged")
    ada.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def test_a_chat_with_a_refund_goes_on_by_mail_and_stays_one_conversation(
    town: Town, ada: Page, visit: Window
) -> None:
    # given a customer with a paid order, signed in at the shop
    number = town.number()
    address = f"mara{number}@example.com"
    order = shopify_order(number)
    town.admin.paid[gid("Order", order["id"])] = [49.9]
    town.shopify("swift", "orders/create", order, f"c{number}")
    town.mails(address, 1)

    # she asks in the widget
    page = visit(address)
    page.get_by_role("textbox", name="Write a message").fill("One of the cups is cracked.")
    page.keyboard.press("Enter")

    # the agent sees it arrive without reloading, answers, and refunds within the limit
    ada.get_by_text("One of the cups is cracked.").first.click()
    ada.wait_for_url("**/inbox/*/")
    place = ada.url
    answer(ada, "I am **sorry**, you get half of it back.")
    refund(ada, "22.45")
    beside = ada.get_by_role("complementary", name="Customer")
    expect(beside.get_by_text("Refund of €22.45")).to_be_visible()
    expect(beside.get_by_text("Done", exact=True)).to_be_visible()
    [done] = town.admin.refunds
    assert done["transactions"][0]["amount"] == "22.45"

    # she reads the answer and the confirmation, and leaves
    expect(page.locator("shopbell-chat li.theirs").first).to_contain_text("sorry")
    expect(page.get_by_text(f"We have refunded €22.45 for your order #{number}")).to_be_visible()
    page.wait_for_timeout(500)
    page.close()

    # the next answer reaches her by mail; of the refund she is not told twice
    answer(ada, "By the way: the new cups come in black, too.")
    mail = town.mails(address, 2)[1]
    assert "come in black, too" in mail.body()
    assert "sorry" not in mail.body().split("> ")[0]

    # they reply from their mail program, and it is the same conversation
    town.imap.put(replied(mail, "Then I take the black one.", address))
    expect(ada.get_by_role("log").get_by_text("Then I take the black one.")).to_be_visible()
    assert ada.url == place
    count = "SELECT count(*) FROM conversations_conversation c JOIN accounts_store s"
    assert town.bell.value(f"{count} ON s.id = c.store_id WHERE s.slug = 'swift'") == 1

    # and the agent's answer goes where they wrote last
    answer(ada, "Done. It leaves tomorrow.")
    assert "It leaves tomorrow" in town.mails(address, 3)[2].body()

    # who comes back to the shop finds the chat as it was left
    again = visit(address)
    expect(again.locator("shopbell-chat li.theirs").first).to_contain_text("sorry")


def test_an_answer_to_the_dispatch_mail_comes_with_the_parcel_beside_it(
    town: Town, ada: Page
) -> None:
    # given a customer who was told that the parcel has left
    number = town.number()
    address = f"mara{number}@example.com"
    town.shopify("swift", "orders/create", shopify_order(number), f"d{number}")
    town.mails(address, 1)
    parcel = shopify_parcel(number, f"TRK{number}")
    town.shopify("swift", "fulfillments/create", parcel, f"p{number}")
    dispatched = town.mails(address, 2)[1]
    assert ("dispatched", "sent") in kinds(town.states("swift", address))

    # when they answer that mail
    town.imap.put(replied(dispatched, "Can you leave it with the neighbour?", address))

    # then the agent sees the question, the order and the parcel side by side
    ada.goto("/s/swift/inbox/")
    ada.get_by_text("Can you leave it with the neighbour?").first.click()
    beside = ada.get_by_role("complementary", name="Customer")
    expect(beside.get_by_text(f"#{number}")).to_be_visible()
    expect(beside.get_by_text("Speckled cup")).to_be_visible()
    expect(beside.get_by_role("link", name="On its way")).to_be_visible()
    answer(ada, "Of course, I have told the driver.")
    mails = town.mails(address, 3)
    assert "I have told the driver" in mails[2].body()
    assert mails[2].parsed["In-Reply-To"] is not None
