"""Shorter stories through the running town: other shops, other providers, trouble and refusals."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.connectors.shops.ground import fixture
from tests.flows.ground import Town, kinds, moment, shopify_order, shopify_parcel
from tests.support.smtp_sink import SinkMessage
from tests.support.web import Answer


def test_one_click_ends_delivery_updates_and_leaves_what_must_be_told(town: Town) -> None:
    # given a customer who got a delivery update
    number = town.number()
    address = f"mara{number}@example.com"
    town.shopify("lark", "orders/create", shopify_order(number), f"o{number}")
    town.mails(address, 1)
    town.shopify("lark", "fulfillments/create", shopify_parcel(number, f"T{number}"), f"f{number}")
    [confirmed, update] = town.mails(address, 2)
    assert confirmed.parsed["List-Unsubscribe"] is None
    assert update.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # when the mail program posts as RFC 8058 says, without any cookie
    path = urlsplit(update.parsed["List-Unsubscribe"].strip("<>")).path
    form = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = town.bell.ask("POST", path, b"List-Unsubscribe=One-Click", form)
        assert answer.status == 200

    # then the next update is not sent, with the reason, and money is still told
    scan = {"tracking_number": f"T{number}", "status": "delivered", "happened_at": moment(-1)}
    town.carrier("lark", scan, f"c{number}")
    refund = {
        "id": 800_000 + number,
        "order_id": 5_000_000_000 + number,
        "created_at": moment(-1),
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"}
        ],
    }
    town.shopify("lark", "refunds/create", refund, f"r{number}")
    [*_, money] = town.mails(address, 3)
    assert money.subject == f"We have refunded €10.00 (order #{number})"
    town.settled()
    assert ("delivered", "suppressed", "unsubscribed") in town.states("lark", address)


def test_an_order_of_woocommerce_speaks_too(town: Town, page: Page) -> None:
    number = town.number()
    address = f"ada{number}@example.org"
    order = _woo_order(number, address)
    assert town.woo("lark", "order.created", order, f"d1-{number}").status == 200
    [confirmed] = town.mails(address, 1)
    assert confirmed.subject == f"Your order L-{number} is confirmed"
    assert "Darjeeling" in confirmed.body()

    tracked = _woo_order(number, address, "order_tracked", date_modified_gmt=_gmt(-1))
    items = json.dumps(tracked["meta_data"]).replace("00340434161094022115", f"W{number}")
    just_now = str(int(time.time()) - 60)
    tracked["meta_data"] = json.loads(re.sub(r"(?<=date_shipped\": \")\d+", just_now, items))
    assert town.woo("lark", "order.updated", tracked, f"d2-{number}").status == 200
    town.settled()
    assert ("dispatched", "sent") in kinds(town.states("lark", address))
    mail = town.post.to(address)[-1]
    page.goto(_link(mail, town))
    expect(page.get_by_role("heading", level=1).first).to_be_visible()


def test_an_order_told_to_the_api_speaks_too(town: Town) -> None:
    number = town.number()
    address = f"ida{number}@example.org"
    order = {
        "id": f"own-{number}",
        "number": f"A-{number}",
        "currency": "EUR",
        "total": "12.00",
        "customer": {"email": address, "first_name": "Ida"},
        "lines": [{"title": "Tea towel", "quantity": 1, "unit_price": "12.00"}],
        "placed_at": moment(-1),
        "updated_at": moment(-1),
    }
    answer = town.event("lark", f"e{number}", "order.created", order)
    assert answer.status == 202, answer.body
    [mail] = town.mails(address, 1)
    assert mail.subject == f"Your order A-{number} is confirmed"
    again = town.event("lark", f"e{number}", "order.created", order)
    assert [result["status"] for result in again.json["results"]] == ["duplicate"]
    town.settled()
    town.mails(address, 1)


def test_a_bounce_reported_by_the_provider_silences_the_address(town: Town) -> None:
    # given a store that sends through Postmark
    number = town.number()
    address = f"mara{number}@example.com"
    town.shopify("finch", "orders/create", shopify_order(number), f"o{number}")
    town.bell.wait_until(
        lambda: kinds(town.states("finch", address)) == [("order_confirmed", "sent")]
    )
    [sent] = [json.loads(body) for *_, body in town.postmark.seen if address in body.decode()]

    # when Postmark reports that the address does not exist, twice
    report = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "TypeCode": 1,
        "ID": number,
        "MessageID": "pm-1",
        "Email": address,
        "BouncedAt": moment(0),
        "Details": "550 5.1.1 no such user",
        "Metadata": sent["Metadata"],
    }
    for _ in range(2):
        assert town.postmark_says("finch", report).status == 200
    town.settled()

    # then the message failed, and the next one is not even tried, with the reason
    parcel = shopify_parcel(number, f"T{number}")
    town.shopify("finch", "fulfillments/create", parcel, f"f{number}")
    wanted = [("order_confirmed", "failed"), ("dispatched", "suppressed")]
    town.bell.wait_until(lambda: kinds(town.states("finch", address)) == wanted)
    assert town.states("finch", address)[1][2] == "hard_bounce"
    assert len([1 for *_, body in town.postmark.seen if address in body.decode()]) == 1


def test_mail_waits_for_a_dead_server_and_then_comes_once(town: Town) -> None:
    number = town.number()
    address = f"mara{number}@example.com"
    town.frail.stop_listening()
    try:
        town.shopify("heron", "orders/create", shopify_order(number), f"o{number}")
        waits = [("order_confirmed", "queued", "not_tried")]
        town.bell.wait_until(lambda: town.states("heron", address) == waits)
    finally:
        town.frail.start_listening()
    town.bell.wait_until(lambda: len(town.frail.to(address)) == 1, seconds=40)
    town.settled()
    assert kinds(town.states("heron", address)) == [("order_confirmed", "sent")]
    town.mails(address, 1)


def test_what_is_not_signed_right_is_refused_and_not_kept(town: Town) -> None:
    number = town.number()
    before = town.intake_count()
    order = shopify_order(number)
    answers = [
        town.shopify("lark", "orders/create", order, f"x{number}", secret="another secret"),
        town.bell.ask("POST", "/hooks/shopify/lark/main", json.dumps(order).encode()),
        town.bell.ask("POST", "/hooks/woocommerce/lark/wool", b'{"id": 1}'),
        town.bell.ask("POST", "/hooks/generic_carrier/lark/vans", b'{"tracking_number": "1"}'),
        town.bell.ask("POST", "/hooks/anymail/finch/orders", b"{}"),
        town.bell.ask("POST", "/api/v1/events", b"{}", {"authorization": "Bearer wrong"}),
    ]
    assert [answer.status for answer in answers] == [401] * 6
    assert town.intake_count() == before


def test_two_stores_with_the_same_numbers_never_mix(town: Town, page: Page) -> None:
    number = town.number()
    address = f"mara{number}@example.com"
    for store, title in (("lark", "Larder cup"), ("wren", "Wren wool")):
        order = shopify_order(number)
        order["line_items"][0]["title"] = title
        town.shopify(store, "orders/create", order, f"same{number}")
        parcel = shopify_parcel(number, f"SAME{number}")
        town.shopify(store, "fulfillments/create", parcel, f"same{number}")
    town.mails(address, 4)
    scan = {"tracking_number": f"SAME{number}", "status": "delivered", "happened_at": moment(-1)}
    town.carrier("lark", scan, f"same{number}")
    town.mails(address, 5)
    town.settled()

    assert "delivered" in [kind for kind, _ in kinds(town.states("lark", address))]
    assert "delivered" not in [kind for kind, _ in kinds(town.states("wren", address))]
    mails = town.post.to(address)
    for name, own, other in (
        ("Lark & Larder", "Larder cup", "Wren wool"),
        ("Wren Wools", "Wren wool", "Larder cup"),
    ):
        from_store = [mail for mail in mails if name in str(mail.parsed["From"])]
        confirmed = from_store[0]
        assert own in confirmed.body()
        page.goto(_link(confirmed, town))
        expect(page.locator("body")).to_contain_text(own)
        expect(page.locator("body")).not_to_contain_text(other)


def test_the_same_webhook_fifty_times_at_once_is_one_row_and_one_effect(town: Town) -> None:
    number = town.number()
    address = f"mara{number}@example.com"
    woo_address = f"ada{number}@example.org"
    order, parcel = shopify_order(number), shopify_parcel(number, f"T{number}")
    scan = {"tracking_number": f"T{number}", "status": "delivered", "happened_at": moment(-1)}
    woo = _woo_order(number, woo_address)
    before = town.intake_count()

    def flood(post: Callable[[], Answer]) -> set[int]:
        with ThreadPoolExecutor(25) as pool:
            return {answer.status for answer in pool.map(lambda _: post(), range(50))}

    assert flood(lambda: town.shopify("lark", "orders/create", order, f"o{number}")) == {200}
    assert flood(lambda: town.shopify("lark", "orders/paid", order, f"o{number}")) == {200}
    assert flood(lambda: town.shopify("lark", "fulfillments/create", parcel, f"f{number}")) == {200}
    assert flood(lambda: town.woo("lark", "order.created", woo, f"d{number}")) == {200}
    assert flood(lambda: town.carrier("lark", scan, f"c{number}")) == {200}
    assert town.intake_count() == before + 5
    town.mails(woo_address, 1)
    town.settled()
    town.mails(address, 3)
    assert sorted(kinds(town.states("lark", address))) == [
        ("delivered", "sent"),
        ("dispatched", "sent"),
        ("order_confirmed", "sent"),
    ]
    assert _count(town, "orders_order", f"number = '#{number}'") == 1
    assert _count(town, "orders_shipment", f"tracking_number = 'T{number}'") == 1


def test_odd_names_reach_the_customer_as_far_as_they_can(town: Town) -> None:
    number = town.number()
    address = f"mara{number}@example.com"
    order = shopify_order(number)
    order["customer"]["first_name"] = "Zoë\ud800\0\u202e 👩‍👩‍👧"
    order["line_items"][0]["title"] = "Cup\0 \udfff\r\nBcc: evil@example.com"
    assert town.shopify("lark", "orders/create", order, f"o{number}").status == 200
    [mail] = town.mails(address, 1)
    assert mail.recipients == (address,)
    assert mail.parsed["Bcc"] is None
    assert "Zoë" in mail.body()
    town.settled()


def test_looking_at_links_changes_nothing(town: Town) -> None:
    """Scanners follow every link of a mail, again and again (L-01)."""
    # given
    number = town.number()
    address = f"mara{number}@example.com"
    town.shopify("lark", "orders/create", shopify_order(number), f"o{number}")
    town.mails(address, 1)
    town.shopify("lark", "fulfillments/create", shopify_parcel(number, f"T{number}"), f"f{number}")
    mail = town.mails(address, 2)[-1]
    town.settled()
    click = urlsplit(_link(mail, town)).path
    stop = urlsplit(mail.parsed["List-Unsubscribe"].strip("<>")).path
    person = {"user-agent": "Mozilla/5.0 (a person)"}
    track = urlsplit(town.bell.ask("GET", click).headers["location"]).path
    login = urlsplit(town.links["heron"]).path
    before = _what_counts(town, number)

    # when
    paths = [click, stop, track, login]

    def look(place: int) -> int:
        method = "HEAD" if place % 5 == 0 else "GET"
        agent = {} if place % 2 else {"user-agent": "SafeLinks scanner bot"}
        return town.bell.ask(method, paths[place % 4], None, agent).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(look, range(1000)))

    # then
    assert set(statuses) <= {200, 302}
    assert _what_counts(town, number) == before
    # and a person's click is counted, but changes nothing of what they get
    town.bell.ask("GET", click, None, person)
    after = _what_counts(town, number)
    assert after["suppressions"] == before["suppressions"]
    assert after["consents"] == before["consents"]
    assert after["clicks"] == before["clicks"] + 1
    assert after["links"] == before["links"]


def _what_counts(town: Town, number: int) -> dict[str, int]:
    clicks = town.bell.value(
        "SELECT coalesce(sum(click_count), 0) FROM messaging_message m JOIN orders_order o"
        " ON o.id = m.order_id WHERE o.number = %s",
        f"#{number}",
    )
    return {
        "suppressions": _count(town, "consent_suppression", "true"),
        "consents": _count(town, "consent_consentevent", "true"),
        "clicks": int(clicks),
        "links": _count(town, "accounts_loginlink", "used_at IS NULL"),
    }


def _count(town: Town, table: str, where: str) -> int:
    return int(town.bell.value(f"SELECT count(*) FROM {table} WHERE {where}"))


def _woo_order(number: int, address: str, name: str = "order", **changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = fixture("woocommerce", name)
    order["billing"]["email"] = address
    for line in order["line_items"]:
        line.pop("image", None)  # a browser would try to fetch it
    times = {
        "date_created_gmt": _gmt(-30),
        "date_modified_gmt": _gmt(-30),
        "date_paid_gmt": _gmt(-30),
    }
    return {**order, "id": number, "number": f"L-{number}", **times, **changes}


def _gmt(minutes: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + minutes * 60))


def _link(mail: SinkMessage, town: Town) -> str:
    found = re.search(re.escape(town.bell.url) + r"/c/[\w.~-]+", mail.body())
    assert found, mail.body()
    return found[0]
