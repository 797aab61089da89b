"""Each permission of a customer is a card that a person can read, with all that proves it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from shopbell.backoffice.allowed import permissions_of
from shopbell.backoffice.proofs import proof_of
from shopbell.consent.actions import record_consent
from shopbell.consent.choosing import choose_frequency, choose_topic, note_leaving
from shopbell.consent.models import ConsentEvent
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from shopbell.signups.rules import SoftRules, change_soft_opt_in
from tests.signups.ground import Reader, add_form, link
from tests.support.people import client_of, people_of

pytestmark = pytest.mark.django_db


def test_a_sign_up_is_told_with_words_place_time_and_proof() -> None:
    # given Mara, who signed up by a form and later left a topic
    people = people_of("lark")
    add_form(people.store)
    reader = Reader(people.store)
    reader.signup(topics=["tea", "sale"], page="https://lark.example/tea?<b>")
    Client(REMOTE_ADDR="81.2.70.9").post(link(people.store))
    with store_scope(people.store.pk):
        mara = Customer.objects.get()
        choose_topic(customer=mara, topic="sale", channel="email", wanted=False, source="t")
        choose_frequency(customer=mara, frequency="weekly")
        note_leaving(customer=mara, because="often")
    # when somebody who works here looks at her
    page = client_of(people.user("agent")).get(f"/s/lark/customers/{mara.pk}/").content.decode()
    # then everything stands there
    for said in (
        "Offers and news",
        "“I want offers from Lark by e-mail.”",
        "sign-up form “Foot of the page”",
        "English",
        "<dt>Tea</dt><dd>wanted</dd>",
        "<dt>Sale</dt><dd>not wanted</dd>",
        "Confirmed by the link in the mail (double opt-in) from 81.2.70.0/24,",
        "Asked for from 81.2.69.0/24,",
        "Form “news”, wording 1",
        "On the page https://lark.example/tea?&lt;b&gt;",
        "For the address mara@shop.example",
        "Asked, not confirmed",
        "At most once a week",
        "Too often",
    ):
        assert said in page, said
    assert "<b>" not in page.split("On the page")[1][:60]


@pytest.mark.parametrize(
    ("proof", "lines"),
    [
        ({}, []),
        ({"words": "STOP", "number": "+4930", "had": True}, ["Said “STOP” from +4930"]),
        ({"words": "by phone"}, ["Said “by phone”"]),
        ({"event": 7, "double_opt_in": True},
         ["The shop says that it was confirmed by mail",
          "Told by the shop, entry 7 of the log"]),
        ({"conversation": 12, "something_new": "x"},
         ["In conversation #12", "Something new: x"]),
        ({"confirmed_at": "never"}, ["Confirmed by the link in the mail (double opt-in),"]),
    ],
)  # fmt: skip
def test_every_kind_of_proof_is_said(proof: dict[str, Any], lines: list[str]) -> None:
    assert [line.words for line in proof_of(ConsentEvent(proof=proof))] == lines


def test_a_topic_alone_and_a_permission_without_proof_are_shown_too() -> None:
    people = people_of("lark")
    with store_scope(people.store.pk):
        mara = Customer.objects.create(email="mara@shop.example")
        choose_topic(customer=mara, topic="gone", channel="email", wanted=False, source="t")
        for action in ("granted", "withdrawn", "granted"):
            record_consent(
                customer=mara, purpose="tracking", channel="email", action=action, source=""
            )
        found = permissions_of(mara)
        assert [(each.title, each.topics, len(each.earlier)) for each in found] == [
            ("Measuring opens and clicks", [], 2),
            ("Offers and news", [("gone", False)], 0),
        ]
    page = client_of(people.user("light")).get(f"/s/lark/customers/{mara.pk}/").content.decode()
    assert "No proof was kept." in page
    assert "not told" in page


def test_whether_offers_go_to_an_existing_customer_is_a_card_with_the_reason() -> None:
    people = people_of("lark")
    add_form(people.store)
    with store_scope(people.store.pk):
        rules = SoftRules(["DE"], ["tea"], date(2026, 1, 5))
        change_soft_opt_in(store=people.store, rules=rules, by="ada@lark.example")
        mara = Customer.objects.create(email="mara@shop.example", country="DE")
        Order.objects.create(
            source="x", source_id="1", customer=mara, email=mara.email, placed_at=clock.now()
        )
    there, agent = f"/s/lark/customers/{mara.pk}/", client_of(people.user("agent"))
    page = agent.get(there).content.decode()
    assert "May be written to about similar goods" in page
    assert "Last order by this address" in page
    with store_scope(people.store.pk):
        record_consent(
            customer=mara, purpose="marketing", channel="email", action="withdrawn", source="t"
        )
    assert "Not without a permission. They objected before." in agent.get(there).content.decode()
