"""Composing: blocks are typed, moved and kept without scripts, and shown as readers get them."""

import uuid
from typing import Any

from django.http import QueryDict
from django.test import Client

from shopbell.campaigns.composing import done, typed_content
from shopbell.campaigns.models import Campaign, Variant
from shopbell.campaigns.queries import campaign_by_id
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.orders.models import Product
from tests.campaigns.ground import SAID, Shop, add_people_who_agree, work
from tests.campaigns.test_pages import BASE, said, visitor

BERLIN = zone_or_utc("Europe/Berlin")


def form(**fields: Any) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, value in fields.items():
        made.setlist(name.replace("__", "."), value if isinstance(value, list) else [value])
    return made


def blocks_of(*kinds: str) -> dict[str, Any]:
    return {"blocks": [{"kind": kind} for kind in kinds]}


def kinds(content: dict[str, Any]) -> list[str]:
    return [block["kind"] for block in content["blocks"]]


def test_buttons_add_move_copy_and_take_out_blocks() -> None:
    content = blocks_of("heading", "text")
    assert done(content, "add:button:") == "3"
    assert done(content, "up:3") == "2"
    assert kinds(content) == ["heading", "button", "text"]
    assert done(content, "copy:1") == "2"
    assert done(content, "down:4") == "4"
    assert done(content, "drop:1") == "1"
    assert kinds(content) == ["heading", "button", "text"]
    assert done(content, "add:columns:") == "4"
    assert done(content, "add:text:4.left") == "4.left.1"
    assert done(content, "add:columns:4.left") == ""
    for nonsense in ("up:9", "drop:0", "up:x", "add:script:", "burn:1", "", "add:text:1.left"):
        assert done(content, nonsense) == ""
    assert len(content["blocks"]) == 4


def test_a_form_becomes_blocks_in_their_order_with_hours_of_the_store() -> None:
    typed = typed_content(
        form(
            subject="Hello", place=["1", "2", "2.left.1", "9.left.1", "x"],
            **{
                "1__kind": "countdown", "1__ends": "2026-11-30T23:59", "2__kind": "columns",
                "2.left.1__kind": "coupon", "2.left.1__whose": "own", "9.left.1__kind": "text",
            },
        ),
        BERLIN,
    )  # fmt: skip
    countdown, columns = typed["blocks"]
    assert countdown["ends"] == "2026-11-30T23:59:00+01:00"
    assert columns["left"][0]["code"] == "{{ coupon.code }}"


def texts(shop: Shop, row: Campaign) -> dict[str, Any]:
    with store_scope(shop.store.pk):
        found: dict[str, Any] = Variant.objects.get(campaign=row, name="A").texts
        return found


def save(shop: Shop, row: Campaign, *clients: Client, **fields: Any) -> Any:
    data = {"subject": "New", "place": "1", "1.kind": "text", "1.text": "Hello"} | fields
    client = clients[0] if clients else visitor(shop)
    return client.post(f"{BASE}{row.pk}/write/save/?variant=A", data)


def test_what_is_typed_is_kept_and_shown_as_readers_get_it(shop: Shop) -> None:
    # given
    row, client = shop.draft(), visitor(shop)
    # when
    answer = save(shop, row, do="add:button:", **{"1.text": "Warm coats <b>"})
    # then it is kept, and the page shows the form and the frames
    assert answer.status_code == 302
    assert [block["kind"] for block in texts(shop, row)["en"]["blocks"]] == ["text", "button"]
    page = client.get(answer["Location"]).content.decode()
    assert 'value="up:2"' in page
    assert page.count("<iframe") == 4
    # and a frame is the mail in a document that can do nothing, dark if it is asked to be
    light = client.get(f"{BASE}{row.pk}/write/frame/?look=light")
    dark = client.get(f"{BASE}{row.pk}/write/frame/?look=dark")
    assert "Warm coats &lt;b&gt;" in light.content.decode()
    assert "sandbox" in light["Content-Security-Policy"]
    assert "@media not all" in light.content.decode()
    assert "@media all" in dark.content.decode()


def test_it_is_shown_as_a_customer_would_get_it(shop: Shop) -> None:
    # given a draft that greets by name
    row, client = shop.draft(texts=SAID), visitor(shop)
    who = f"{BASE}{row.pk}/write/{{}}/?as="
    # then it greets the customer who is named, and says when there is none
    assert "Hello Mara!" in client.get(f"{who.format('frame')}P3@mail.example").content.decode()
    assert "as Mara Lind would get it" in said(
        client.get(f"{who.format('check')}p3@mail.example").content
    )
    nobody = client.get(f"{who.format('check')}x@mail.example")
    assert "No customer has the address x@mail.example" in said(nobody.content)
    assert "Hello Ada!" in client.get(f"{who.format('frame')}x@mail.example").content.decode()


def test_languages_begin_as_a_copy_and_can_be_taken_out(shop: Shop) -> None:
    row, client = shop.draft(), visitor(shop)
    address = f"{BASE}{row.pk}/write/language/"
    client.post(address, {"language": "de"})
    assert texts(shop, row)["de"] == texts(shop, row)["en"]
    client.post(address, {"language": "de", "drop": "1"})
    assert list(texts(shop, row)) == ["en"]


def test_a_product_is_filled_in_from_the_catalogue_with_its_stock(shop: Shop) -> None:
    # given a coat of which three are left
    row, client = shop.draft(), visitor(shop)
    with store_scope(shop.store.pk):
        coat = Product.objects.create(
            source="x/main", source_id="1", title="Coat", url="https://lark.example/coat",
            currency="EUR", variants=[{"price": 9000, "stock": 3}, {"price": 9900, "stock": 0}],
        )  # fmt: skip
    # when it is chosen, and called the last ones
    save(
        shop, row, client, subject="Last pieces", do="fill:1",
        **{"1.kind": "product", "1.product": str(coat.pk)},
    )  # fmt: skip
    # then it says what the catalogue says, and the claim holds
    (block,) = texts(shop, row)["en"]["blocks"]
    assert (block["name"], block["price"]) == ("Coat", "from €90.00")
    checked = said(client.get(f"{BASE}{row.pk}/write/check/").content)
    assert "is true: the shop has 3" in checked
    # and a product nobody knows is said
    answer = save(shop, row, client, do="fill:1",
                  **{"1.kind": "product", "1.product": str(uuid.uuid4())})  # fmt: skip
    assert "no such product" in said(client.get(answer["Location"]).content)


def test_the_check_tells_what_is_missing_and_sending_stops_at_it(shop: Shop) -> None:
    # given a draft with a countdown that has no end
    row, client = shop.draft(), visitor(shop)
    save(shop, row, client, **{"1.kind": "countdown"})
    # then the check says it
    assert "A countdown without an end is not true" in said(
        client.get(f"{BASE}{row.pk}/write/check/").content
    )
    # and it does not leave
    answer = client.post(f"{BASE}{row.pk}/submit/")
    assert answer["Location"].endswith("/write/")
    assert shop.again(row).stage == "draft"


def test_a_name_that_not_everybody_has_is_something_to_think_about(shop: Shop) -> None:
    row, client = shop.draft(), visitor(shop)
    save(shop, row, client, **{"1.text": "Dear {{ customer.first_name }}"})
    told = said(client.get(f"{BASE}{row.pk}/write/check/").content)
    assert "“customer.first_name” is not known of everybody" in told
    assert "can leave" in told


def test_a_test_goes_the_whole_way_to_one_address_and_nowhere_else(shop: Shop) -> None:
    # given
    row, client = shop.draft(texts=SAID), visitor(shop)
    # when
    answer = client.post(f"{BASE}{row.pk}/write/test/", {"to": "me@team.example"})
    work()
    # then
    assert answer.status_code == 200
    assert shop.mails() == ["me@team.example"]
    assert shop.again(row).stage == "draft"
    with store_scope(shop.store.pk):
        assert Message.objects.get().origin == "test"
    # and what is no address is said
    assert client.post(f"{BASE}{row.pk}/write/test/", {"to": "me"}).status_code == 422


def test_codes_are_added_on_the_page_and_counted_against_people(shop: Shop) -> None:
    # given a coupon of each person's own
    row, client = shop.draft(), visitor(shop)
    save(shop, row, client, **{"1.kind": "coupon", "1.whose": "own", "1.text": "For you"})
    # when five codes are pasted for twelve people
    client.post(f"{BASE}{row.pk}/write/codes/", {"codes": "A\nB\nC\nD\nE"})
    # then
    assert "There are 5 codes for 12 people." in said(
        client.get(f"{BASE}{row.pk}/write/check/").content
    )


def test_agents_may_not_write_and_what_is_submitted_stays(shop: Shop) -> None:
    row, agent = shop.draft(), visitor(shop, "agent")
    assert agent.get(f"{BASE}{row.pk}/write/").status_code == 403
    assert save(shop, row, agent).status_code == 403
    for part in ("test", "codes", "language", "domain"):
        assert agent.post(f"{BASE}{row.pk}/write/{part}/").status_code == 403
    assert visitor(shop).get(f"{BASE}{row.pk}/write/save/").status_code == 405
    # and what has been submitted stays as it is
    add_people_who_agree(shop.store, 1, first=90)
    shop.submit(row)
    assert 'name="do"' not in visitor(shop).get(f"{BASE}{row.pk}/write/").content.decode()
    assert save(shop, row).status_code == 409
    with store_scope(shop.store.pk):
        assert campaign_by_id(row.pk).variants.get().texts == SAID
