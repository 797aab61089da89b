"""A campaign that shows each reader what they ordered last."""

from datetime import timedelta
from typing import Any

from shopbell.campaigns.examined import findings_of, shown_to
from shopbell.campaigns.rehearsing import send_test
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Line, Order
from tests.campaigns.ground import Shop, messages, work

SAID = {
    "en": {
        "subject": "Was it good?",
        "blocks": [
            {
                "kind": "order",
                "text": "You ordered, {{ customer.first_name | default: 'there' }}:",
                "label": "See your order",
                "otherwise": "You have not ordered yet. [Begin here](https://lark.example/new)",
            },
        ],
    }
}


def order(shop: Shop, number: int, title: str, days: int, **about: Any) -> None:
    with store_scope(shop.store.pk):
        row = Order.objects.create(
            source="shop", source_id=title, number=f"#{days}", currency="EUR", total=4990,
            customer=shop.customer(number), placed_at=clock.now() - timedelta(days=days), **about,
        )  # fmt: skip
        Line.objects.create(order=row, source_id="1", title=title, quantity=2, total=4990)


def texts(shop: Shop) -> dict[str, str]:
    return {row.to_address: f"{row.html}\n{row.text}" for row in messages(shop)}


def test_each_reads_their_last_order_and_the_others_read_something_else(shop: Shop) -> None:
    # given one who ordered twice, one who cancelled since, and one who has only tried the shop
    order(shop, 1, "Old <b>lamp</b>", 90)
    order(shop, 1, "Blue <b>kettle</b>", 3)
    order(shop, 2, "Green bowl", 30)
    order(shop, 2, "Red bowl", 2, status="cancelled")
    order(shop, 3, "Test thing", 2, is_test=True)

    # when
    shop.start(texts=SAID)
    work()

    # then
    said = texts(shop)
    assert "Blue &lt;b&gt;kettle&lt;/b&gt;" in said["p1@mail.example"]
    assert "2 × Blue <b>kettle</b>" in said["p1@mail.example"]
    assert "See your order" in said["p1@mail.example"]
    assert "lamp" not in said["p1@mail.example"]
    assert "not ordered" not in said["p1@mail.example"]
    assert "Green bowl" in said["p2@mail.example"]
    assert "Red bowl" not in said["p2@mail.example"]
    for number in (0, 3):
        assert "You have not ordered yet." in said[f"p{number}@mail.example"]
        assert "See your order" not in said[f"p{number}@mail.example"]


def test_it_goes_where_the_permission_is_and_not_where_the_order_went(shop: Shop) -> None:
    # given
    order(shop, 1, "Blue kettle", 3, email="somebody.else@mail.example")

    # when
    shop.start(texts=SAID)
    work()

    # then
    assert "p1@mail.example" in shop.mails()
    assert "somebody.else@mail.example" not in shop.mails()


def test_a_look_at_it_shows_somebodys_order_or_one_made_up(shop: Shop) -> None:
    # given
    order(shop, 1, "Blue kettle", 3)
    row = shop.draft(texts=SAID)

    # when
    real = shown_to(shop.store, row.pk, "A", "en", "p1@mail.example").by("email")
    none = shown_to(shop.store, row.pk, "A", "en", "p2@mail.example").by("email")
    made_up = shown_to(shop.store, row.pk, "A", "en").by("email")

    # then
    assert real is not None
    assert "Blue kettle" in real.html
    assert none is not None
    assert "You have not ordered yet." in none.html
    assert made_up is not None
    assert "1042" in made_up.html
    assert "See your order" in made_up.html


def test_a_test_shows_one_made_up_and_the_check_says_who_reads_nothing(shop: Shop) -> None:
    # given
    bare = {"en": {"subject": "Was it good?", "blocks": [{"kind": "order"}]}}
    row = shop.draft(texts=bare)

    # when
    with store_scope(shop.store.pk):
        send_test(
            campaign=row, variant="A", locale="en", medium="email", to="me@lark.example",
            by=shop.people["supervisor"].user,
        )  # fmt: skip
    work()

    # then
    assert "1042" in texts(shop)["me@lark.example"]
    says = [each.says for each in findings_of(shop.store, row.pk, "A", "en")]
    assert "Who has not ordered reads nothing in the place of the last order." in says
