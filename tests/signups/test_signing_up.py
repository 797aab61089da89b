"""Signing up by double opt-in: what is asked, what proves it, and what a stranger cannot do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent, suppress_address
from shopbell.consent.choosing import pause_offers
from shopbell.consent.models import ConsentEvent, Preference, Suppression
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer, Identity
from shopbell.customers.ports import Person
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.signups.actions import drop_signup_form
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.rules import change_single_opt_in
from tests.signups.ground import MARA, Reader, add_form, link, mails, make_reader, standing
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
PENDING = {("marketing", ""): "pending"}


def known(reader: Reader, action: str = "granted", email: str = MARA) -> Customer:
    """Return a customer who has said something about offers before."""
    with store_scope(reader.store.pk):
        row = Customer.objects.create(email=email, first_name="Mara", locale="en")
        Identity.objects.create(customer=row, kind="email", value=email)
        record_consent(
            customer=row, purpose="marketing", channel="email", action=action, source="t"
        )
    return row


def test_asked_then_confirmed_with_all_that_proves_it() -> None:
    reader = make_reader()
    answer = reader.send(page="https://lark.example/tea")
    assert answer.status_code == 303
    assert answer["Location"] == "/join/lark/news/sent?lang=en"
    # given: asked for, not granted
    assert standing(reader.store) == PENDING
    assert mails(reader.store) == ["confirm_signup"]

    # when the button in the mailbox is pressed
    path = link(reader.store)
    pressed: Any = Client(REMOTE_ADDR="2001:db8:1:2:3::9").post(path)
    assert pressed.status_code == 303
    assert "You are signed up" in Client().get(f"{path}?done=1").content.decode()

    # then it is granted, with the chosen topic and without the other
    assert standing(reader.store) == {
        ("marketing", ""): "granted",
        ("marketing", "tea"): "granted",
        ("marketing", "sale"): "withdrawn",
    }
    with store_scope(reader.store.pk):
        event = ConsentEvent.objects.get(action="granted", topic="")
        assert (event.wording, event.language) == ("I want offers from Lark by e-mail.", "en")
        assert "Foot of the page" in event.source
        assert event.proof["version"] == 1
        assert event.proof["page"] == "https://lark.example/tea"
        assert event.proof["asked_from"] == "81.2.69.0/24"
        assert event.proof["confirmed_from"] == "2001:db8:1::/48"
        assert event.proof["double_opt_in"] is True
        assert Identity.objects.get(value=MARA).verified
        told = Event.objects.filter(name="consent.changed", data__topic="").order_by("id")
        assert [each.data["action"] for each in told] == ["pending", "granted"]


def test_looking_at_the_link_again_and_again_confirms_nothing() -> None:
    reader = make_reader()
    reader.send()
    path, scanner = link(reader.store), Client()
    for _ in range(100):
        assert scanner.get(path).status_code == 200
    assert scanner.head(path).status_code == 200
    assert standing(reader.store) == PENDING


def test_a_link_works_once_and_says_so_kindly() -> None:
    reader = make_reader()
    reader.send()
    path = link(reader.store)
    Client().post(path)
    assert "You are signed up already" in Client().get(path).content.decode()
    # when she has left since, the old link brings nothing back
    with store_scope(reader.store.pk):
        record_consent(
            customer=Customer.objects.get(), purpose="marketing", channel="email",
            action="withdrawn", source="t",
        )  # fmt: skip
    again: Any = Client().post(path, follow=True)
    assert "There is nothing more to do" in again.content.decode()
    assert standing(reader.store)["marketing", ""] == "withdrawn"


def test_a_link_is_good_for_seven_days() -> None:
    reader = make_reader()
    reader.send()
    path = link(reader.store)
    with clock.at(clock.now() + timedelta(days=6, hours=23)):
        assert "One more step" in Client().get(path).content.decode()
    with clock.at(clock.now() + timedelta(days=7, minutes=1)):
        page = Client().get(path).content.decode()
        assert "This link is too old" in page
        assert "/join/lark/news?lang=en" in page
        assert Client().post(path).status_code == 410
    assert standing(reader.store) == PENDING


def test_forged_links_and_links_of_forms_that_are_gone_lead_nowhere() -> None:
    reader = make_reader()
    reader.send()
    path = link(reader.store)
    for forged in (path[:-1] + ("a" if path[-1] != "a" else "b"), "/j/x", "/j/" + "A" * 40):
        assert Client().post(forged).status_code == 404
        assert Client().get(forged).status_code == 404
    assert Client().get(path.replace("/j/", "/u/")).status_code == 404
    with store_scope(reader.store.pk):
        drop_signup_form(form=SignupForm.objects.get())
    assert Client().get(path).status_code == 404


def test_the_answer_is_the_same_whether_an_address_is_known_or_not() -> None:
    reader = make_reader()
    known(reader)
    known(reader, "withdrawn", "left@shop.example")
    answers = []
    for email in (MARA, "left@shop.example", "nobody@shop.example"):
        answer = reader.signup(email=email)
        page = Client().get(answer["Location"]).content
        answers.append((answer.status_code, answer["Location"], len(page)))
    trapped = reader.signup(email="bot@shop.example", website="x")
    answers.append((trapped.status_code, trapped["Location"], len(page)))
    assert len(set(answers)) == 1


def test_who_is_signed_up_keeps_it_and_hears_so_once_a_day() -> None:
    reader = make_reader()
    mara = known(reader)
    for _ in range(3):
        reader.signup()
    assert mails(reader.store) == ["already_signed_up"]
    assert standing(reader.store) == {("marketing", ""): "granted"}
    with store_scope(reader.store.pk):
        mara.refresh_from_db()
        assert (mara.first_name, mara.locale, Customer.objects.count()) == ("Mara", "en", 1)
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        reader.signup()
    assert mails(reader.store) == ["already_signed_up"] * 2


def test_who_left_is_asked_by_mail_whatever_the_form_says_and_then_written_to_again() -> None:
    reader = _reader_where_single_is_enough()
    mara = known(reader, "withdrawn")
    with store_scope(reader.store.pk):
        for reason, scope in (("unsubscribed", "marketing"), ("unsubscribed", "order_updates")):
            suppress_address(
                store=reader.store, medium="email", address=MARA, reason=reason, scope=scope
            )
        pause_offers(customer=mara, until=clock.now() + timedelta(days=9))
    reader.send()
    assert standing(reader.store) == PENDING
    Client().post(link(reader.store))
    assert standing(reader.store)["marketing", ""] == "granted"
    with store_scope(reader.store.pk):
        # what she said of other things stands
        assert [row.scope for row in Suppression.objects.filter(lifted_at=None)] == [
            "order_updates"
        ]
        assert Preference.objects.get().paused_until is None


def _reader_where_single_is_enough(**changes: Any) -> Reader:
    reader = make_reader(**({"asks_by_mail": False, "country": "ES"} | changes))
    with store_scope(reader.store.pk):
        change_single_opt_in(store=reader.store, countries=["ES"])
    return reader


def test_a_sign_up_counts_at_once_only_where_the_country_is_known_to_allow_it() -> None:
    cases: tuple[tuple[dict[str, Any], str, str, bool], ...] = (
        ({}, "", "", True),  # the form's own country
        ({"country": "DE"}, "ES", "", False),  # ... which stands above the address
        ({"country": ""}, "ES", "", True),  # that of the address
        ({"country": ""}, "", "Europe/Madrid", True),  # that of the zone
        ({"country": ""}, "", "", False),  # unknown
        ({"asks_by_mail": True}, "ES", "", False),  # the form asks whatever the country
    )
    for number, (form, country, zone, at_once) in enumerate(cases):
        reader = _reader_where_single_is_enough(**form)
        with store_scope(reader.store.pk):
            [customer] = record_people(
                people=[Person(source="shop", source_id="1", email=MARA, country=country)]
            )
            assert customer is not None
            customer.timezone = zone
            customer.save(update_fields=["timezone"])
        reader.send()
        said = standing(reader.store)["marketing", ""]
        assert (said == "granted") is at_once, number
        assert (mails(reader.store) == []) is at_once, number
        with store_scope(reader.store.pk):
            proof = ConsentEvent.objects.filter(topic="").get().proof
            assert proof.get("single_opt_in") == ("ES" if at_once else None)
        Store.objects.filter(pk=reader.store.pk).update(slug=f"past-{number}")


def test_without_a_rule_of_the_store_every_form_asks_by_mail() -> None:
    reader = make_reader(asks_by_mail=False, country="ES")
    reader.send()
    assert standing(reader.store)["marketing", ""] == "pending"


def test_a_form_that_does_not_ask_by_mail_signs_up_who_is_new() -> None:
    reader = _reader_where_single_is_enough()
    reader.send()
    assert standing(reader.store)["marketing", ""] == "granted"
    assert mails(reader.store) == []
    with store_scope(reader.store.pk):
        event = ConsentEvent.objects.get(topic="")
        assert "double_opt_in" not in event.proof
        assert not Identity.objects.get(value=MARA).verified


def test_what_a_machine_fills_in_makes_no_customer_and_no_mail() -> None:
    reader = make_reader()
    assert reader.send(website="http://spam.example").status_code == 303
    assert mails(reader.store) == []
    with store_scope(reader.store.pk):
        assert Customer.objects.count() == 0
        assert Signup.objects.get().email == ""


def test_too_quick_incomplete_or_broken_is_said_and_what_was_typed_stays() -> None:
    reader = make_reader()
    quick = reader.send(stamp="")
    assert quick.status_code == 422
    assert "That was very quick" in reader.page
    assert MARA in reader.page
    for values, said in (
        ({"email": "mara"}, "This is not an e-mail address"),
        ({"email": ""}, "Please fill this in"),
        ({"topics": []}, "Please choose at least one"),
        ({"topics": ["unknown"]}, "Please choose at least one"),
        ({"email": f"{'a' * 300}@shop.example"}, "This is not an e-mail address"),
        ({"email": "<script>@x"}, "This is not an e-mail address"),
    ):
        assert reader.send(**values).status_code == 422
        assert said in reader.page
    assert reader.send(client_id="nonsense").status_code == 422
    with store_scope(reader.store.pk):
        assert Signup.objects.count() == 0


def test_the_same_form_twice_is_one_and_a_network_sends_only_so_many() -> None:
    reader = make_reader()
    reader.send()
    reader.send()
    assert mails(reader.store) == ["confirm_signup"]
    statuses = [reader.signup(email=f"a{n}@shop.example").status_code for n in range(5)]
    assert statuses == [303] * 4 + [429]
    assert "Please wait" in reader.page
    other = Reader(reader.store, remote="81.2.70.1")
    assert other.signup(email="b@shop.example").status_code == 303


def test_a_mailbox_gets_one_mail_in_ten_minutes_however_its_address_is_written() -> None:
    reader = make_reader()
    for number in range(4):
        Reader(reader.store, remote=f"81.2.{number}.9").signup(email=f"mara+{number}@shop.example")
    assert mails(reader.store) == ["confirm_signup"]
    Reader(reader.store, remote="81.3.1.1").signup(email="noreply@shop.example")
    assert mails(reader.store) == ["confirm_signup"]


def test_an_address_of_somebody_who_is_written_to_elsewhere_gets_a_card_of_its_own() -> None:
    # given Tom, whose card once got Mara's address from a mistyped order
    reader = make_reader()
    with store_scope(reader.store.pk):
        tom = Customer.objects.create(email="tom@shop.example")
        Identity.objects.create(customer=tom, kind="email", value=MARA)
    for _ in range(2):
        reader.signup()
    Client().post(link(reader.store))
    # then the permission is not Tom's, and goes to where it was given
    with store_scope(reader.store.pk):
        assert not ConsentEvent.objects.filter(customer=tom).exists()
        event = ConsentEvent.objects.get(action="granted", topic="")
        assert event.customer.email == MARA
        tom.refresh_from_db()
        assert tom.email == "tom@shop.example"
        assert set(Message.objects.values_list("customer__email", flat=True)) == {MARA}


def test_the_page_speaks_german_and_keeps_the_german_wording() -> None:
    reader = make_reader()
    reader.query = "?lang=de"
    reader.signup()
    assert "Ausverkauf" in Reader(reader.store, query="?lang=de").open().page
    assert "Noch ein Schritt" in Client().get(link(reader.store)).content.decode()
    with store_scope(reader.store.pk):
        event = ConsentEvent.objects.get()
        assert (event.language, event.wording) == ("de", "Ich möchte Angebote von Lark per E-Mail.")
        assert Message.objects.get().locale == "de"


def test_a_closed_form_takes_nothing_and_another_stores_form_is_not_there() -> None:
    reader = make_reader()
    with store_scope(reader.store.pk):
        SignupForm.objects.update(is_open=False)
    assert reader.send().status_code == 410
    make_store("wren")
    assert Client().get("/join/wren/news").status_code == 404
    assert mails(reader.store) == []


def test_it_stands_in_a_frame_in_any_shops_page() -> None:
    reader = make_reader()
    answer = Client().get("/join/lark/news?frame=1&from=https://lark.example/")
    assert "X-Frame-Options" not in answer.headers
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert 'class="is-framed"' in answer.content.decode()
    reader.query = "?frame=1"
    assert reader.signup()["Location"] == "/join/lark/news/sent?lang=en&frame=1"


def test_a_form_without_topics_takes_everything() -> None:
    reader = make_reader(topic_keys=[])
    assert "What should it be about" not in reader.page
    reader.send(topics=[])
    Client().post(link(reader.store))
    assert standing(reader.store) == {("marketing", ""): "granted"}


def test_other_words_are_another_version() -> None:
    reader = make_reader()
    reader.send()
    with store_scope(reader.store.pk):
        form = SignupForm.objects.get()
        save = {"en": {"title": "News", "wording": "Other words."}}
    changed = add_form(reader.store, form=form, texts=save, languages=["en"])
    assert changed.version == 2
    assert add_form(reader.store, form=changed, texts=save, languages=["en"]).version == 2
    # who was asked with the first words confirms those
    Client().post(link(reader.store))
    with store_scope(reader.store.pk):
        event = ConsentEvent.objects.get(action="granted", topic="")
        assert event.wording.startswith("I want offers")
        assert event.proof["version"] == 1
