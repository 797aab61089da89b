"""What customers see on the sandbox's phone, and agents in the inbox: the same stories, both sides.

They play in the store `plover`, all of whose channels are the sandbox's. No provider is talked to,
but everything comes in at the front door, signed. `test_every_channel.py` tells the first one
against strict stand-ins of providers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.conftest import sign_in
from tests.flows.ground import KEY, SECRET, Town, moment, shopify_order, shopify_parcel

_PLOVER = """
[organisation]
name = "Feather Goods"

[[store]]
slug = "plover"
name = "Plover Pots"
locale = "en"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "plover.example"

[store.policies]
quiet_from = "00:00"
quiet_until = "00:00"
desk = {{ undo_seconds = 1 }}

[[store.staff]]
email = "ada@plover.example"
name = "Ada Plover"
role = "admin"

{inboxes}
[[store.agent_phone]]
member = "ada@plover.example"
number = "+493055500777"

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "plover.myshopify.com", webhook_secret = "{shop}" }}

[[store.carrier]]
slug = "vans"
connector = "generic_carrier"
settings = {{ webhook_secret = "{shop}", carrier = "DHL" }}

[[store.api_key]]
name = "stories"
key = "{key}"
scopes = ["*"]
"""
_INBOX = """
[[store.inbox]]
slug = "{medium}"
channel = "sandbox_{medium}"
address = "{address}"
settings = {{ webhook_secret = "the secret of the {medium}, long" }}
"""
_ADDRESSES = {
    "email": "orders@plover.example",
    "whatsapp": "+4930555100",
    "sms": "+4930555100",
    "instagram": "plover.pots",
    "phone": "+4930555100",
}
_APPS = {"Phone": "phone", "Messages": "sms", "Instagram": "instagram"}


@dataclass
class Plover:
    """The store, the agent's page, and the page with the customer's phone."""

    town: Town
    ada: Page
    phone: Page

    def app(self, name: str) -> None:
        """Open an app of the phone."""
        dock = self.phone.get_by_role("navigation", name="Apps")
        dock.get_by_role("link", name=name).click()
        self.ready(f"**app={_APPS[name]}*")

    def ready(self, address: str) -> None:
        """Wait until this page's buttons work."""
        self.phone.wait_for_url(address)
        self.phone.wait_for_selector("html[data-ready]", state="attached")

    def make_up(self, name: str) -> None:
        """Take the phone of a stranger into the hand."""
        self.phone.goto("/s/plover/sandbox/")
        self.phone.wait_for_selector("html[data-ready]", state="attached")
        self.phone.get_by_role("button", name="New person").click()
        dialog = self.phone.get_by_role("dialog", name="Make somebody up")
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_role("button", name="Make up").click()
        self.ready("**who=%2B*")

    def orders(self, number: int, email: str, phone: str) -> None:
        """Let somebody order who agreed to WhatsApp."""
        body = {
            "id": f"c{number}", "email": email, "phone": phone, "first_name": "Mia",
            "consents": [{"channel": "whatsapp", "granted": True, "purpose": "order_updates",
                          "changed_at": moment(-60)}],
        }  # fmt: skip
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {KEY.format(store='plover')}",
        }
        done = self.town.bell.ask("POST", "/api/v1/customers", json.dumps(body).encode(), headers)
        assert done.status in (200, 201, 202), done.body
        order = shopify_order(number, email=email, phone=phone)
        assert self.town.shopify("plover", "orders/create", order, f"o{number}").status == 200
        self.town.settled()


@pytest.fixture(scope="module")
def plover(chromium: Browser, town: Town) -> Iterator[Plover]:
    inboxes = "".join(
        _INBOX.format(medium=medium, address=address) for medium, address in _ADDRESSES.items()
    )
    said = town.bell.apply(
        _PLOVER.format(inboxes=inboxes, shop=SECRET, key=KEY.format(store="plover"))
    )
    [link] = [line for line in said.splitlines() if line.startswith("Sign-in link for")]
    window = chromium.new_context(base_url=town.bell.url, viewport={"width": 1400, "height": 900})
    window.set_default_timeout(20_000)
    page = window.new_page()
    sign_in(page, link.split(": ", 1)[1].strip())
    yield Plover(town, page, window.new_page())
    window.close()


def test_what_whatsapp_does_not_deliver_comes_as_a_text_and_after_stop_as_a_mail(
    plover: Plover,
) -> None:
    # given a customer who agreed to WhatsApp, wrote there, and then blocked the shop there
    town, ada, phone = plover.town, plover.ada, plover.phone
    number = town.number()
    email = f"mia{number}@example.com"
    plover.orders(number, email, f"+49151{number:07d}")
    customer = town.bell.value("SELECT id FROM customers_customer WHERE email = %s", email)
    phone.goto(f"/s/plover/sandbox/?who={customer}&app=whatsapp")
    phone.wait_for_selector("html[data-ready]", state="attached")
    phone.get_by_label("Write as").fill("Hello, is it sent yet?")
    phone.get_by_label("Write as").press("Enter")
    expect(phone.locator(".phone-bubble").last).to_contain_text("is it sent yet?")
    phone.locator("#app-whatsapp [aria-label='More in this app']").click()
    phone.get_by_role("button", name="Block the shop").click()
    expect(phone.get_by_text("has blocked the shop")).to_be_visible()

    # when the parcel leaves, WhatsApp is told of it and never says that it arrived
    parcel = shopify_parcel(number, f"00340{number:015d}")
    assert town.shopify("plover", "fulfillments/create", parcel, f"f{number}").status == 200
    town.bell.wait_until(
        lambda: town.bell.rows(
            "UPDATE messaging_message SET fallback_at = now() WHERE medium = 'whatsapp'"
            " AND kind = 'dispatched' AND state = 'sent' AND fallback_at IS NOT NULL RETURNING id"
        )
    )

    # then it stands on her phone as a text message, and she answers STOP
    plover.app("Messages")
    texts = phone.locator("#app-sms .phone-bubble")
    expect(texts).to_have_count(1)
    expect(texts).to_contain_text("Plover Pots")
    phone.get_by_role("button", name="STOP").click()
    expect(texts.nth(1)).to_contain_text("STOP")
    town.settled()

    # and what comes later comes by mail
    scan = {
        "tracking_number": parcel["tracking_number"], "status": "out_for_delivery",
        "happened_at": moment(),
    }  # fmt: skip
    assert town.carrier("plover", scan, f"s{number}").status == 200
    mails = phone.locator("#sandbox-mailbox")
    expect(mails.get_by_role("button").filter(has_text="today").first).to_be_visible()
    assert texts.filter(has_not_text="STOP").count() <= 2  # the notice, and a word about STOP

    # all of it stands in her conversation, and the ledger says why
    ada.goto("/s/plover/inbox/")
    ada.get_by_text("Hello, is it sent yet?").first.click()
    log = ada.get_by_role("log")
    expect(log.get_by_text("“On its way” told by SMS")).to_be_visible()
    expect(log.get_by_text("“Out for delivery” told by e-mail")).to_be_visible()
    last = town.bell.value(
        "SELECT id FROM messaging_message WHERE customer_id = %s AND kind = 'out_for_delivery'"
        " AND medium = 'email'",
        customer,
    )
    ada.goto(f"/s/plover/messages/{last}/")
    expect(ada.get_by_text("answered STOP by SMS").first).to_be_visible()


def test_a_public_complaint_is_answered_in_private_and_resolved(plover: Plover) -> None:
    # given somebody with a phone, who has bought nothing yet
    ada, phone = plover.ada, plover.phone
    plover.make_up("Lena Hart")

    # when she complains below a post, where all can read it
    plover.app("Instagram")
    phone.get_by_role("link", name="Posts").click()
    plover.ready("**feed=1*")
    phone.get_by_label("Comment on").first.fill("My vase came in pieces, and nobody answers!")
    phone.get_by_role("button", name="Comment").first.click()
    expect(phone.locator(".phone-feed li")).to_contain_text("My vase came in pieces")

    # then it stands in the inbox, marked as public, and is answered in private, once
    ada.goto("/s/plover/inbox/")
    ada.get_by_text("My vase came in pieces").first.click()
    log = ada.get_by_role("log")
    expect(log.get_by_text("Public comment")).to_be_visible()
    expect(ada.get_by_text("Everybody can read this answer.")).to_be_visible()
    log.get_by_text("Reply in private").click()
    log.get_by_label("alone").fill(
        "I am sorry, Lena. A new one leaves today: may I have your order?"
    )
    log.get_by_role("button", name="Send in private").click()
    expect(log.get_by_text("Answered in private.")).to_be_visible()

    # she reads it among her messages and answers there, in the same conversation
    plover.app("Instagram")
    expect(phone.locator("#app-instagram")).to_contain_text("A new one leaves today")
    phone.get_by_label("Write as Lena Hart").fill("Thank you! It is #1001.")
    phone.get_by_label("Write as Lena Hart").press("Enter")
    expect(log.get_by_text("Thank you! It is #1001.")).to_be_visible()
    expect(ada.get_by_text("Instagram is open until")).to_be_visible()
    ada.get_by_role("textbox", name="Your answer").fill("It is on its way.")
    ada.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("#app-instagram")).to_contain_text("It is on its way.")

    # and it ends well
    ada.get_by_role("button", name="Resolve", exact=True).first.click()
    expect(log.get_by_text("Resolved").last).to_be_visible()
    resolved = plover.town.bell.value(
        "SELECT count(*) FROM conversations_conversation WHERE status = 'resolved'"
        " AND medium = 'instagram'"
    )
    assert resolved == 1


def test_a_missed_call_is_owed_a_call_back_which_rings_and_is_taken(plover: Plover) -> None:
    # given nobody is there to take calls, when she calls and wants to be called back
    ada, phone = plover.ada, plover.phone
    plover.make_up("Nora Vale")
    plover.app("Phone")
    phone.get_by_role("button", name="Call Plover Pots").click()
    captions = phone.get_by_role("log", name="What the shop says")
    expect(captions).to_contain_text("Press 1, and we call you back by")
    phone.get_by_role("button", name="1", exact=True).click()
    calls = phone.get_by_role("list", name="Calls")
    expect(calls).to_contain_text("We will call you back by")
    [promised] = re.findall(r"\d\d:\d\d", calls.inner_text())

    # then she is in the inbox, with the very time that stands on her phone
    ada.goto("/s/plover/inbox/")
    ada.locator("#desk-list a.list-item").filter(has_text="Call from").first.click()
    line = ada.locator(".call-line").first
    expect(line).to_contain_text("told in the call")
    expect(line).to_contain_text(promised)

    # when the agent calls back, the agent's own phone rings first, then hers, and she takes it
    ada.locator(".call-number").get_by_role("button", name="Call").first.click()
    shop = phone.get_by_role("region", name="Colleagues' phones")
    expect(shop).to_contain_text("Ada Plover")
    shop.get_by_role("button", name="Pick up").click()
    expect(shop).to_contain_text("You are about to call")
    shop.get_by_role("button", name="Press 1").click()
    expect(phone.get_by_text("Plover Pots calls")).to_be_visible()
    phone.get_by_role("button", name="Take the call").click()
    expect(shop).to_contain_text("In a call with Nora Vale")
    phone.locator("#phone").get_by_role("button", name="Hang up").click()
    expect(calls.get_by_role("listitem").first).to_contain_text("The shop called")

    # then the promise is kept
    expect(ada.locator(".call-line.ours")).to_contain_text("Called and reached")
    expect(ada.locator(".desk-facts")).to_contain_text("in time")
