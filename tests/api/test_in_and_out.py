"""Orders, parcels, products and customers in and out."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from tests.api.callers import Caller, make_caller, order


def test_an_order_is_created_then_kept_up_to_date(lark: Caller) -> None:
    created = lark.ask("POST", "/orders", order(payment="pending"))
    assert created.status == 201
    told = created.json
    assert (told["source"], told["source_id"], told["total"]) == ("api/default", "1001", "49.90")
    assert told["lines"][0]["total"] == "44.90"
    assert told["customer"]["email"] == "mara@example.com"
    # told again with news: the same order
    again = lark.ask("POST", "/orders", order(updated_at="2026-11-21T11:00:00Z"))
    assert again.status == 200
    assert again.json["id"] == told["id"]
    assert again.json["payment"] == "paid"
    # told again with what is old: nothing changes
    stale = lark.ask("POST", "/orders", order(payment="failed", updated_at="2026-11-20T09:00:00Z"))
    assert stale.status == 200
    assert stale.json["payment"] == "paid"
    with store_scope(lark.store.pk):
        names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names.count("order.placed") == 1
    assert names.count("order.paid") == 1


def test_an_order_is_found_by_our_id_and_by_the_one_of_the_source(lark: Caller) -> None:
    mine = lark.ask("POST", "/orders", order(7)).json
    assert lark.get(f"/orders/{mine['id']}") == lark.get("/orders/7")
    other = lark.ask("POST", "/orders?source=till", order(7, number="#T7")).json
    assert other["source"] == "api/till"
    for query, number in (
        ("number=%23T7", "#T7"),
        ("source=api/till", "#T7"),
        ("source_id=7&source=api/default", "#7"),
    ):
        assert [item["number"] for item in lark.get(f"/orders?{query}")["items"]] == [number]
    assert len(lark.get("/orders?customer=mara@example.com")["items"]) == 2
    assert len(lark.get("/orders?customer=c1")["items"]) == 1 + 1
    assert lark.get("/orders?customer=nobody@example.com")["items"] == []
    assert lark.get("/orders?payment=pending")["items"] == []


def test_lists_are_paged_to_their_end_without_gap_or_repeat(lark: Caller) -> None:
    for number in range(7):
        lark.ask("POST", "/orders", order(number + 1))
    seen: list[str] = []
    cursor = ""
    while True:
        page = lark.get(f"/orders?limit=3&cursor={cursor}")
        seen += [item["source_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]
    assert lark.ask("GET", "/orders?cursor=nonsense").status == 422
    assert lark.ask("GET", "/orders?limit=0").status == 422
    assert lark.ask("GET", "/orders?limit=201").status == 422


def test_a_parcel_may_come_before_its_order(lark: Caller) -> None:
    parcel = {
        "id": "p1",
        "order_id": "1001",
        "tracking_number": "JD014600006281230000",
        "carrier": "dhl",
        "events": [
            {"status": "in_transit", "happened_at": "2026-11-21T08:00:00+01:00", "message": "Hub"}
        ],
    }
    first = lark.ask("POST", "/shipments", parcel)
    assert first.status == 201
    assert first.json["status"] == "in_transit"
    assert first.json["events"][0]["message"] == "Hub"
    assert lark.get("/orders/1001")["complete"] is False
    assert lark.ask("POST", "/orders", order()).status == 200  # it was known by its parcel
    known = lark.get("/orders/1001")
    assert known["complete"] is True
    assert [row["id"] for row in known["shipments"]] == [first.json["id"]]
    again = lark.ask("POST", "/shipments", parcel | {"status": "delivered", "events": []})
    assert again.status == 200
    assert again.json["id"] == first.json["id"]
    assert lark.get("/shipments/p1")["source_id"] == "p1"
    # a parcel that is said to belong to another order by now stays where it was
    moved = lark.ask("POST", "/shipments", parcel | {"order_id": "2002"})
    assert (moved.status, moved.json["order"]) == (200, known["id"])
    for query in ("order=1001", "order=%231001", "tracking_number=JD014600006281230000"):
        assert len(lark.get(f"/shipments?{query}")["items"]) == 1


def test_products_go_in_and_out(lark: Caller) -> None:
    product = {
        "id": "11",
        "title": "Speckled cup",
        "currency": "JPY",
        "variants": [{"id": "12", "sku": "CUP-O", "price": "2245", "stock": 4}],
    }
    assert lark.ask("POST", "/products", product).status == 201
    assert lark.get("/products/11")["variants"][0]["price"] == "2245"
    gone = lark.ask("POST", "/products", {"id": "11", "deleted": True})
    assert (gone.status, gone.json["active"]) == (200, False)
    assert lark.get("/products?active=true")["items"] == []
    assert len(lark.get("/products?active=false")["items"]) == 1


def test_customers_go_in_and_out(lark: Caller) -> None:
    person = {"id": "c9", "email": "Tom@Example.com", "first_name": "Tom", "phone": "+4930123456"}
    created = lark.ask("POST", "/customers", person)
    assert created.status == 201
    assert created.json["email"] == "tom@example.com"
    kinds = {row["kind"] for row in created.json["identities"]}
    assert kinds == {"shop", "email"}
    again = lark.ask("POST", "/customers", {"email": "tom@example.com", "last_name": "Ott"})
    assert again.status == 200
    assert again.json["id"] == created.json["id"]
    for ref in (created.json["id"], "c9", "tom@example.com"):
        assert lark.get(f"/customers/{quote(ref)}")["last_name"] == "Ott"
        assert len(lark.get(f"/customers?customer={quote(ref)}")["items"]) == 1
    assert lark.ask("GET", "/customers/nobody").status == 404
    assert lark.ask("POST", "/customers", {"email": "not an address"}).status == 422
    refused = lark.ask("POST", "/customers", {"id": "c9", "deleted": True})
    assert refused.status == 422
    assert "deleted" in refused.json["error"]["fields"]


def test_a_phone_alone_makes_a_customer(lark: Caller) -> None:
    body = {"phone": "030 123456", "country": "DE"}
    first = lark.ask("POST", "/customers", body)
    assert (first.status, first.json["phone"]) == (201, "+4930123456")
    assert lark.ask("POST", "/customers", body).status == 200
    assert lark.get("/customers/+4930123456")["id"] == first.json["id"]


def test_a_key_says_whose_it_is(lark: Caller) -> None:
    told = lark.get("/store")
    assert told["store"]["slug"] == "lark"
    assert told["key"]["scopes"] == ["*"]
    assert told["key"]["requests_per_minute"] == 600


def test_nothing_of_another_store_is_there(lark: Caller, wren: Caller) -> None:
    mine = lark.ask("POST", "/orders", order()).json
    for path in (f"/orders/{mine['id']}", "/orders/1001", f"/orders/{mine['id']}/messages"):
        assert wren.ask("GET", path).status == 404
    assert wren.get("/orders")["items"] == []
    assert wren.get(f"/messages?order={mine['id']}")["items"] == []
    assert wren.ask("POST", "/orders", order()).status == 201


STRANGE: list[Any] = [
    "nul \x00 inside",
    "half \ud800 of one",
    "\u202eright to left",
    "👨‍👩‍👧‍👦 family",
    "a" + "\u0301" * 400,
    "İıß＝１ ﬁ",
    "x" * 65_536,
    "' OR 1=1 --",
    "{{ 7*7 }} {% x %} <script>",
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_text_is_stored_or_refused_with_a_sentence(lark: Caller, text: str) -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/orders", order(note=text, customer={"email": "a@example.com", "first_name": text})),
        ("/orders", order(id=text)),
        ("/orders", order(tags=[text], lines=[{"title": text, "quantity": 1}])),
        ("/orders", order(shipping_address={"name": text, "city": text, "country": text})),
        ("/shipments", {"id": text, "order_id": text, "tracking_number": text, "carrier": text}),
        ("/products", {"id": text, "title": text, "variants": [{"id": text, "sku": text}]}),
        ("/customers", {"id": text, "last_name": text, "phone": text, "locale": text}),
    ]
    for path, body in bodies:
        answer = lark.ask("POST", path, json.dumps(body).encode())
        assert answer.status in (200, 201, 422), (path, answer.json)
        if answer.status == 422:
            assert answer.json["error"]["fields"]
    for path in ("/orders", "/shipments", "/customers", "/messages", "/products"):
        name = {"/customers": "customer", "/products": "source_id"}.get(path, "order")
        name = "number" if path == "/orders" else name
        encoded = quote(text.encode("utf-8", "replace"))
        assert lark.ask("GET", f"{path}?{name}={encoded}").status in (200, 422)
        assert lark.ask("GET", f"{path}/{encoded[:3000]}").status in (200, 404)


@pytest.mark.usefixtures("committed_db")
def test_the_same_new_order_told_eight_times_at_once_is_one() -> None:
    caller = make_caller("crowd")

    def tell(_: int) -> int:
        try:
            return caller.ask("POST", "/orders", order()).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(tell, range(8)))
    assert set(statuses) <= {200, 201}
    with store_scope(caller.store.pk):
        assert Order.objects.count() == 1
        assert Event.objects.filter(name="order.placed").count() == 1
