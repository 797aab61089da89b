"""From the first sign-up to a choice of topics: journeys, permission and the desk as one.

Mails go over a real SMTP server, WhatsApp is the sandbox's phone, the shop posts signed webhooks,
and both sides are seen in Chromium. Only time is moved by hand.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from shopbell.accounts.stamps import QUICKEST
from tests.flows.conftest import sign_in
from tests.flows.ground import KEY, SECRET, Town, moment, shopify_order, shopify_parcel
from tests.support.smtp_sink import SinkMessage

_DOVE = """
[organisation]
name = "Feather Goods"

[[store]]
slug = "dove"
name = "Dove & Daughters"
locale = "en"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "dove.example"

[store.policies]
quiet_from = "00:00"
quiet_until = "00:00"
budgets = []
desk = {{ undo_seconds = 1 }}

[[store.staff]]
email = "ada@dove.example"
name = "Ada Dove"
role = "admin"

[[store.inbox]]
slug = "orders"
channel = "smtp"
address = "orders@dove.example"
settings = {{ host = "127.0.0.1", port = {port}, security = "none", timeout = 5.0 }}

[[store.inbox]]
slug = "whatsapp"
channel = "sandbox_whatsapp"
address = "+4930555200"
settings = {{ webhook_secret = "the secret of this whatsapp, long" }}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "dove.myshopify.com", webhook_secret = "{shop}" }}

[[store.carrier]]
slug = "vans"
connector = "generic_carrier"
settings = {{ webhook_secret = "{shop}", carrier = "DHL" }}

[[store.api_key]]
name = "stories"
key = "{key}"
scopes = ["*"]
"""
_LATER = """
    UPDATE journeys_enrolment SET due_at = now() - interval '1 second'
    WHERE state = 'active' AND waits AND customer_id = %s
        AND journey_id = (SELECT id FROM journeys_journey WHERE key = %s AND store_id =
            (SELECT id FROM accounts_store WHERE slug = 'dove'))
    RETURNING id"""


@dataclass
class Dove:
    """The store, the agent's page, and the customer's."""

    town: Town
    ada: Page
    mia: Page
    number: int

    @property
    def email(self) -> str:
        """The customer's address."""
        return f"mia{self.number}@example.com"

    @property
    def phone(self) -> str:
        """The customer's number."""
        return f"+49151{self.number:07d}"

    @property
    def customer(self) -> str:
        """The customer's id."""
        found = "SELECT id FROM customers_customer WHERE email = %s"
        return str(self.town.bell.value(found, self.email))

    def switch_on(self, journey: str) -> None:
        """Let the merchant switch a journey on."""
        self.ada.goto("/s/dove/journeys/")
        self.ada.get_by_role("link", name=journey).click()
        self.ada.get_by_role("button", name="Switch on").click()
        expect(self.ada.get_by_role("button", name="Pause")).to_be_visible()

    def later(self, journey: str) -> None:
        """Let the time pass that somebody waits in a journey."""
        bell = self.town.bell
        bell.wait_until(lambda: bell.rows(_LATER, self.customer, journey))
        self.town.settled()

    def judged(self, kind: str, why: str) -> tuple[str, str]:
        """Return the state of the one message of a kind and why, once the gate has spoken."""
        told = f"SELECT state, {why} FROM messaging_message WHERE kind = %s AND customer_id = %s"
        found: list[tuple[str, str]] = []

        def look() -> bool:
            found[:] = self.town.bell.rows(told, kind, self.customer)
            return bool(found) and found[0][0] not in ("queued", "claimed", "handed")

        self.town.bell.wait_until(look)
        [answer] = found
        return answer

    def mail(self, subject: str) -> SinkMessage:
        """Return the one mail to her with such a subject, once it is there."""
        found: list[SinkMessage] = []

        def look() -> bool:
            found[:] = [one for one in self.town.post.to(self.email) if subject in one.subject]
            return bool(found)

        self.town.bell.wait_until(look)
        [mail] = found
        return mail

    def follow(self, mail: SinkMessage, path: str) -> None:
        """Open the link in a mail."""
        self.mia.goto(link_in(mail, path))


def link_in(mail: SinkMessage, path: str) -> str:
    """Return the first link of a mail that leads to `path`."""
    body = mail.parsed.get_body(("html",))
    assert body is not None
    found = re.search(rf'href="https?://[^/"]+({path}[^"]*)"', body.get_content())
    assert found, f"no link to {path}"
    return found.group(1).replace("&amp;", "&")


@pytest.fixture(scope="module")
def dove(chromium: Browser, town: Town) -> Iterator[Dove]:
    said = town.bell.apply(
        _DOVE.format(port=town.post.port, shop=SECRET, key=KEY.format(store="dove"))
    )
    [link] = [line for line in said.splitlines() if line.startswith("Sign-in link for")]
    agent, customer = (
        chromium.new_context(base_url=town.bell.url, viewport={"width": 1280, "height": 900})
        for _ in range(2)
    )
    for window in (agent, customer):
        window.set_default_timeout(20_000)
    page = agent.new_page()
    sign_in(page, link.split(": ", 1)[1].strip())
    yield Dove(town, page, customer.new_page(), town.number())
    agent.close()
    customer.close()


def test_from_signing_up_to_choosing_topics(dove: Dove) -> None:
    town, ada, mia = dove.town, dove.ada, dove.mia
    for journey in ("Welcome", "Cart recovery", "Is everything right?", "Win back"):
        dove.switch_on(journey)

    # given a sign-up form with two topics
    ada.goto("/s/dove/signups/")
    for topic in ("Tea", "Sale"):
        if not ada.get_by_label("Name in English").last.is_visible():
            ada.get_by_text("Add a topic").click()
        ada.get_by_label("Name in English").last.fill(topic)
        ada.get_by_role("button", name="Add", exact=True).click()
        expect(ada.locator("summary", has_text=topic)).to_be_visible()
    ada.get_by_role("link", name="Make a form").click()
    ada.get_by_label("Name", exact=True).fill("Foot of the page")
    for topic in ("Tea", "Sale"):
        ada.get_by_label(topic, exact=True).check()
    ada.get_by_role("button", name="Save", exact=True).click()
    address = ada.locator("a[href*='/join/dove/']").first.get_attribute("href")
    assert address is not None

    # when she signs up, nothing counts before she has pressed the button behind the mail's link
    mia.goto(address)
    for topic in ("Tea", "Sale"):
        mia.get_by_label(topic).check()
    mia.get_by_label(re.compile("mail", re.I)).last.fill(dove.email)
    mia.wait_for_timeout((QUICKEST + 0.2) * 1_000)  # people take a moment; robots do not
    mia.locator("main form button").last.click()
    mia.wait_for_url("**/sent*")
    dove.follow(dove.mail("onfirm"), "/j/")
    granted = "SELECT count(*) FROM consent_consentevent WHERE customer_id = %s AND topic = ''"
    granted += " AND action = 'granted'"
    assert town.bell.value(granted, dove.customer) == 0
    mia.locator("main form button").first.click()
    # then she is welcomed
    welcome = dove.mail("Welcome to Dove & Daughters")
    assert town.bell.value(granted, dove.customer) == 1

    # given she also agreed to WhatsApp and has written there, and that conversation ended well
    body = {
        "id": f"c{dove.number}", "email": dove.email, "phone": dove.phone, "first_name": "Mia",
        "consents": [
            {"channel": "whatsapp", "granted": True, "purpose": purpose, "changed_at": moment(-1)}
            for purpose in ("marketing", "order_updates")
        ],
    }  # fmt: skip
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {KEY.format(store='dove')}",
    }
    done = town.bell.ask("POST", "/api/v1/customers", json.dumps(body).encode(), headers)
    assert done.status in (200, 201, 202), done.body
    town.settled()
    phone = f"/s/dove/sandbox/?who={dove.customer}&app=whatsapp"
    ada.goto(phone)
    ada.wait_for_selector("html[data-ready]", state="attached")
    ada.get_by_label("Write as").fill("Do you have green cups?")
    ada.get_by_label("Write as").press("Enter")
    expect(ada.locator(".phone-bubble").last).to_contain_text("green cups")
    town.settled()
    resolve(ada, "green cups")

    # when she leaves a cart, she is reminded on WhatsApp of exactly what was in it
    cart = {
        "id": 2_200_000_000_000 + dove.number, "token": f"t{dove.number}",
        "email": dove.email, "currency": "EUR", "total_price": "49.90",
        "created_at": moment(-1), "updated_at": moment(), "completed_at": None,
        "abandoned_checkout_url": "https://dove.example/recover/t0k3n",
        "line_items": [{"key": "k1", "title": "Stoneware teapot", "quantity": 1,
                        "price": "49.90", "line_price": "49.90", "variant_title": "Sage"}],
    }  # fmt: skip
    assert town.shopify("dove", "checkouts/create", cart, f"k{dove.number}").status == 200
    dove.later("cart_recovery")
    ada.goto(phone)
    bubble = ada.locator("#app-whatsapp .phone-bubble").last
    expect(bubble).to_contain_text("Stoneware teapot (Sage)")
    expect(bubble).to_contain_text("dove.example/recover/t0k3n")

    # when she buys, the rest of it stops
    order = shopify_order(dove.number, email=dove.email, phone=dove.phone)
    order |= {"created_at": moment(), "processed_at": moment(), "updated_at": moment()}
    assert town.shopify("dove", "orders/create", order, f"o{dove.number}").status == 200
    town.settled()
    ada.goto("/s/dove/journeys/cart_recovery/?state=goal")
    expect(ada.get_by_role("row").filter(has_text="They ordered")).to_have_count(1)
    assert not [one for one in town.post.to(dove.email) if "still want" in one.subject]

    # when it is delivered, she is asked a day later, and something is wrong
    parcel = shopify_parcel(dove.number, f"00340{dove.number:015d}")
    assert town.shopify("dove", "fulfillments/create", parcel, f"f{dove.number}").status == 200
    scan = {
        "tracking_number": parcel["tracking_number"], "status": "delivered",
        "happened_at": moment(),
    }  # fmt: skip
    assert town.carrier("dove", scan, f"s{dove.number}").status == 200
    dove.later("delivery_check")
    check = dove.mail("right")
    mia.goto(link_in(check, r"/a/[^\"]*a=bad").split('"')[0])
    mia.locator("textarea").first.fill("The lid is broken.")
    mia.locator("main form button").last.click()
    # then somebody takes care of it
    town.settled()
    ada.goto("/s/dove/inbox/")
    ada.get_by_text("The lid is broken.").first.click()
    expect(ada.get_by_role("log").get_by_text("The lid is broken.")).to_be_visible()

    # while it is open no offer leaves
    dove.later("welcome")
    state, why = dove.judged("welcome_order", "reason_text")
    assert state == "held"
    assert re.fullmatch(r"Waits while conversation #\d+ is open\.", why)
    # and it leaves once it is resolved
    resolve(ada, "The lid is broken.")
    dove.mail("What happens when you order")

    # when she wants no more tips, it is one click behind any such mail, without a password
    dove.follow(welcome, "/u/")
    mia.get_by_role("button", name="Stop “Tips and guides” only").click()
    expect(mia.get_by_text("everything else still comes")).to_be_visible()
    for topic in ("Tea", "Sale", "Reminders"):
        expect(mia.get_by_label(topic)).to_be_checked()
    # then what is left of the welcome is not sent, for this reason
    dove.later("welcome")
    assert dove.judged("welcome_choose", "reason") == ("skipped", "no_topic")
    # and what is about something else still comes
    dove.later("win_back")
    dove.mail("doing?")

    # and her page tells it all
    ada.goto(f"/s/dove/customers/{dove.customer}/")
    for journey in ("Welcome", "Cart recovery", "Is everything right?"):
        expect(ada.get_by_role("link", name=journey).first).to_be_visible()


def resolve(ada: Page, text: str) -> None:
    """Resolve the conversation in which somebody wrote this."""
    ada.goto("/s/dove/inbox/")
    ada.get_by_text(text).first.click()
    expect(ada.get_by_role("log").get_by_text(text).first).to_be_visible()
    ada.get_by_role("button", name="Resolve", exact=True).first.click()
    expect(ada.get_by_role("log").get_by_text("Resolved").last).to_be_visible()
