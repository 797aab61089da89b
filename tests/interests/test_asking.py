"""Asking to be told: what is asked, what proves it, and what a stranger cannot do."""

from typing import Any

import pytest
from django.test import Client

from shopbell.consent.models import ConsentEvent
from shopbell.interests.models import Asking, Waiting
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.privacy.erasing import erase_customer
from tests.api.callers import make_caller
from tests.interests.ground import FORM, link, send_form, set_stock, states, wait
from tests.support.people import add_people, client_of
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
MARA = "mara@shop.example"


def mails(store: Any) -> list[str]:
    with store_scope(store.pk):
        return list(Message.objects.order_by("created_at", "id").values_list("kind", flat=True))


def test_asked_then_confirmed_and_left_by_the_same_link() -> None:
    store = make_store("lark")
    set_stock(store, 0)
    answer = send_form(store, MARA)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (
        303,
        "/back-in-stock/lark/sent",
    )
    # given: nobody is in the list before the mailbox answers, and looking does not answer
    assert (states(store), mails(store)) == ({}, ["confirm_waiting"])
    shown: Any = Client().get(link(store))
    assert "Stoneware mug, Sage" in shown.content.decode()
    assert states(store) == {}
    # when the button is pressed, twice
    for _ in range(2):
        Client().post(link(store))
    # then she waits, with a permission for this and nothing else
    assert states(store) == {MARA: "waiting"}
    with store_scope(store.pk):
        event = ConsentEvent.objects.get()
        assert (event.purpose, event.action, event.proof["double_opt_in"]) == (
            "back_in_stock", "granted", True,
        )  # fmt: skip
        assert "tell me by e-mail" in event.wording
    # and the link takes her off again
    Client().post(link(store), {"leave": "1"})
    assert states(store) == {MARA: "left"}
    assert "You are off the list" in Client().get(link(store)).content.decode()
    # asked once more, her mailbox is known: she is in at once, and told how to leave
    send_form(store, MARA)
    assert states(store) == {MARA: "waiting"}


def test_the_page_says_the_same_whether_an_address_is_known_or_not() -> None:
    store = make_store("lark")
    product = set_stock(store, 0)
    wait(store, product, MARA)
    answers = [send_form(store, email) for email in (MARA, "nobody@shop.example")]
    assert len({(each.status_code, each["Location"]) for each in answers}) == 1
    # who waits already keeps the place
    assert states(store) == {MARA: "waiting"}


def test_what_is_there_is_not_waited_for_and_strangers_are_limited() -> None:
    store = make_store("lark")
    set_stock(store, 3)
    shown: Any = Client().get(FORM.format("lark"))
    assert "This is in stock" in shown.content.decode()
    assert Client().get("/back-in-stock/lark/?product=nothing").status_code == 404
    set_stock(store, 0, white=0)
    both: Any = Client().get("/back-in-stock/lark/?product=mug&lang=de")
    assert "Welches?" in both.content.decode()
    wrong = send_form(store, "not an address")
    assert wrong.status_code == 422
    # a machine that fills in what nobody sees gets the same answer, and nothing happens
    assert send_form(store, MARA, website="x").status_code == 303
    for number in range(9):
        assert send_form(store, f"{number}@shop.example").status_code == 303
    assert send_form(store, "more@shop.example").status_code == 429
    with store_scope(store.pk):
        assert Asking.objects.exclude(customer=None).count() == 9


def test_staff_see_who_waits_for_what_and_take_somebody_off() -> None:
    store = make_store("lark")
    product = set_stock(store, 0)
    waiting = wait(store, product, MARA)
    page: Any = client_of(add_people(store).user("supervisor"))
    listed = page.get("/s/lark/waiting/").content.decode()
    assert "Stoneware mug, Sage" in listed
    assert "Nobody is told yet." in listed
    one = f"/s/lark/waiting/{product.pk}/?variant=sage"
    wait(store, product, "late@shop.example")
    shown = page.get(one).content.decode()
    line = shown.partition("Told first")[2].partition("</ol>")[0]
    assert 0 < line.index(MARA) < line.index("late@shop.example")
    page.post(f"/s/lark/waiting/take-off/{waiting.pk}/")
    assert states(store) == {MARA: "left", "late@shop.example": "waiting"}


def test_an_erased_customer_waits_for_nothing() -> None:
    store = make_store("lark")
    waiting = wait(store, set_stock(store, 0), MARA)
    with store_scope(store.pk):
        erase_customer(store=store, customer=waiting.customer, by="a test")
        assert not Waiting.objects.exists()
        assert list(Asking.objects.values_list("email", flat=True)) == [""]


def test_a_shop_asks_for_its_visitors_with_a_key() -> None:
    lark = make_caller("lark")
    set_stock(lark.store, 0)
    body = {"product": "mug", "variant": "sage", "email": MARA, "page": "https://lark.example/mug"}
    # given an address that nobody has proved: its mailbox is asked
    answer = lark.ask("POST", "/waiting", body)
    assert (answer.status, answer.json) == (202, {"state": "asked"})
    assert (states(lark.store), mails(lark.store)) == ({}, ["confirm_waiting"])
    # when the shop answers for it, as of somebody who is signed in
    answer = lark.ask("POST", "/waiting", body | {"is_proved": True})
    assert (answer.status, answer.json) == (202, {"state": "waiting"})
    assert states(lark.store) == {MARA: "waiting"}
    [listed] = lark.get("/waiting")["items"]
    assert (listed["title"], listed["stock"], listed["waiting"]) == ("Stoneware mug, Sage", 0, 1)
    assert lark.ask("POST", "/waiting", body | {"variant": "blue"}).status == 404
    assert lark.ask("POST", "/waiting", body | {"email": "nobody"}).status == 422
