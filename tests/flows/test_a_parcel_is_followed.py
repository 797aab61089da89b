"""The story everybody knows: placed, confirmed, dispatched, delayed, delivered. In German.

Signed webhooks come in over HTTP, mails leave by SMTP, links are followed in a browser.
"""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from shopbell.kit import clock
from tests.flows.ground import Town, kinds, moment, shopify_order, shopify_parcel
from tests.support.smtp_sink import SinkMessage


def test_an_order_speaks_from_the_shop_to_the_door(town: Town, page: Page, merchant: Page) -> None:
    number = town.number()
    address, tracking = f"mara{number}@example.com", f"0034043416109{number:07d}"

    # the shop tells of an order
    order = shopify_order(number, customer_locale="de")
    assert town.shopify("lark", "orders/create", order, f"o{number}").status == 200
    [confirmed] = town.mails(address, 1)
    assert confirmed.subject == f"Ihre Bestellung #{number} ist bestätigt"
    assert "Speckled cup" in confirmed.body()
    page.goto(_link(confirmed, town))
    expect(page.get_by_role("heading", level=1)).to_have_text("Wir packen Ihre Bestellung")
    assert page.locator("html").get_attribute("lang") == "de"

    # the parcel leaves
    parcel = shopify_parcel(number, tracking)
    assert town.shopify("lark", "fulfillments/create", parcel, f"f{number}").status == 200
    [_, dispatched] = town.mails(address, 2)
    assert dispatched.subject == f"Ihre Bestellung #{number} ist unterwegs"
    assert "DHL" in dispatched.body()

    # the carrier has it, and names a day
    promised, later = clock.now() + timedelta(days=2), clock.now() + timedelta(days=4)
    scan = {"tracking_number": tracking, "status": "in_transit", "location": "Leipzig"}
    first = scan | {"happened_at": moment(-10), "expected_until": promised.isoformat()}
    assert town.carrier("lark", first, f"c1-{number}").status == 200
    town.settled()
    page.goto(_link(dispatched, town))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kommt")

    # it will be late
    second = scan | {"happened_at": moment(-8), "expected_until": later.isoformat()}
    assert town.carrier("lark", second, f"c2-{number}").status == 200
    [*_, delayed] = town.mails(address, 3)
    assert delayed.subject == f"Ihr Paket kommt später als geplant (Bestellung #{number})"
    page.reload()
    expect(page.locator("main, body").first).to_contain_text("Leipzig")

    # it arrives
    third = scan | {"happened_at": moment(-1), "status": "delivered", "location": "Berlin"}
    assert town.carrier("lark", third, f"c3-{number}").status == 200
    [*_, delivered] = town.mails(address, 4)
    assert delivered.subject == f"Ihr Paket ist angekommen (Bestellung #{number})"
    page.goto(_link(delivered, town))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zugestellt")

    # everything comes once more, as providers do, and nobody hears it twice
    for _ in range(2):
        town.shopify("lark", "orders/create", order, f"o{number}")
        town.shopify("lark", "fulfillments/create", parcel, f"f{number}")
        town.carrier("lark", third, f"c3-{number}")
        town.carrier("lark", third, f"c4-{number}")
    town.settled()
    assert len(town.mails(address, 4)) == 4
    told = ["order_confirmed", "dispatched", "delayed", "delivered"]
    ledger = kinds(town.states("lark", address))
    assert sorted(kind for kind, state in ledger if state in ("sent", "read")) == sorted(told)

    # and the merchant sees all of it
    merchant.goto("/s/lark/messages/")
    rows = merchant.locator("main").inner_text()
    for title in ("Order confirmed", "On its way", "Delayed", "Delivered"):
        assert f"{title} · #{number}" in rows
    merchant.goto("/s/lark/orders/")
    merchant.get_by_role("link", name=re.compile(f"#{number}")).first.click()
    text = merchant.locator("main")
    for word in (f"#{number}", "Speckled cup", "Delayed", "Delivered"):
        expect(text).to_contain_text(word)


def _link(mail: SinkMessage, town: Town) -> str:
    """Return the counted link of a mail."""
    found = re.search(re.escape(town.bell.url) + r"/c/[\w.~-]+", mail.body())
    assert found, mail.body()
    return found[0]
