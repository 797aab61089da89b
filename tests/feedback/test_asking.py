"""The question: what is written, to whom it is not put, and what its links show."""

import re

import pytest
from django.test import Client

from shopbell.feedback.catalogue import KIND, Checks
from shopbell.feedback.words import LANGUAGES, phrases
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.catalogue import LOCALES, shipped_text
from shopbell.messaging.ports import Medium, Rendered
from shopbell.messaging.rehearsals import send_test
from shopbell.messaging.rendering.compile import compile_template
from shopbell.messaging.rendering.jobs import RenderJob
from shopbell.messaging.rendering.pool import RenderPool
from shopbell.orders.models import Order, Return, Shipment
from tests.backoffice.market import text_of
from tests.feedback.ground import Asking, link_in, links_in, page
from tests.support.shop import settle


def test_a_mail_asks_and_has_a_link_for_each_answer(asking: Asking) -> None:
    message = asking.ask()
    assert message.state == "sent"
    assert message.subject == "Is everything right with order #1001?"
    good, bad = links_in(message)
    assert (good.partition("?")[2], bad.partition("?")[2]) == ("a=good", "a=bad")
    assert 'href="http://localhost:8000/a/' in message.html
    assert "/u/" in message.text  # it can be unsubscribed from


def test_a_text_message_is_short_and_has_one_link(asking: Asking) -> None:
    message = asking.ask_by_phone(email="", customer=None)
    assert (message.state, message.medium) == ("sent", "sms")
    assert len(links_in(message)) == 1
    assert "?" not in links_in(message)[0]
    assert len(message.text) <= 160


@pytest.mark.parametrize("locale", LOCALES)
def test_there_are_texts_in_every_language_and_for_every_channel(locale: str) -> None:
    for medium in (Medium.EMAIL, Medium.SMS, Medium.WHATSAPP):
        assert shipped_text(KIND, locale, medium) is not None
    assert "good" in Checks().sample(KIND, locale)["links"]


def test_the_texts_read_well_with_everything_known_and_with_almost_nothing() -> None:
    minimal = {"store": {"name": "Lark & Larder"}, "customer": {}, "order": {}, "links": {}}
    with RenderPool() as pool:
        for locale in LOCALES:
            for medium in (Medium.EMAIL, Medium.SMS):
                source = shipped_text(KIND, locale, medium)
                assert source is not None
                for context in (Checks().sample(KIND, locale), minimal):
                    job = RenderJob(compile_template(source), context, locale=locale)
                    [said] = pool.render_many([job])
                    assert isinstance(said, Rendered), said
                    assert said.missing == ()
                    assert not re.search(r" [.,?]|\.\.|\(\)|  \w|!", said.subject + said.text)
                    assert len(said.subject) <= 78


def test_the_page_says_the_same_in_every_language() -> None:
    assert {frozenset(phrases(each)) for each in LANGUAGES} == {frozenset(phrases("en"))}
    for key, phrase in phrases("en").items():
        assert phrases("de")[key].count("{") == phrase.count("{"), key


def test_the_tapped_answer_is_chosen_and_looking_answers_nothing(asking: Asking) -> None:
    good, bad = links_in(asking.ask())
    for _ in range(3):  # a mail scanner opens each link, more than once
        assert 'value="good" required checked' in page(good)
        assert 'value="bad" required checked' in page(bad)
        Client().head(bad)
    assert " checked" not in page(good.partition("?")[0])
    settle()
    assert asking.checks() == []
    assert asking.cases() == []


def test_it_speaks_the_customers_language(asking: Asking) -> None:
    message = asking.ask(locale="de-AT")
    assert message.subject == "Ist alles in Ordnung mit Bestellung #1001?"
    link = link_in(message)
    assert "Ja, alles ist in Ordnung" in page(link)
    assert "Yes, everything is right" in page(f"{link}?lang=en")


def test_nobody_is_asked_about_a_cancelled_order(asking: Asking) -> None:
    order = asking.market.order(1001)
    with store_scope(asking.store.pk):
        Order.objects.filter(pk=order.pk).update(status="cancelled")
    message = asking.ask_about(order)
    assert (message.state, message.reason) == ("skipped", "order_cancelled")


def test_nobody_is_asked_about_what_goes_back(asking: Asking) -> None:
    back, returned, kept = (asking.market.order(number) for number in (1001, 1002, 1003))
    for number in (1001, 1002, 1003):
        asking.market.dispatch(number)
    with store_scope(asking.store.pk):
        Shipment.objects.filter(order=back).update(returning=True)
        Return.objects.create(order=returned, source_id="r1", status="registered")
        Return.objects.create(order=kept, source_id="r2", status="cancelled")
    said = [asking.ask_about(order) for order in (back, returned, kept)]
    assert [each.state for each in said] == ["skipped", "skipped", "sent"]
    assert [each.reason for each in said[:2]] == ["returning", "returned"]


@pytest.mark.parametrize("wrong", ["/a/x", "/a/AAAA.bbbb", "/a/%00"])
def test_a_made_up_link_leads_nowhere(asking: Asking, wrong: str) -> None:
    assert "Is everything right" not in page(wrong, 404)


def test_a_link_that_was_changed_leads_nowhere_and_takes_no_answer(asking: Asking) -> None:
    first, second = asking.ask(1001), asking.ask(1002)
    body, mac = link_in(first).removeprefix("/a/").split(".")
    other = link_in(second).removeprefix("/a/").split(".")[0]
    for token in (f"{other}.{mac}", f"{body}.{mac[:-1]}x", f"{body}.", body):
        assert Client().get(f"/a/{token}").status_code == 404
        assert Client().post(f"/a/{token}", {"answer": "bad"}).status_code == 404
    # the token of another page does not open this one
    token = first.text.partition("/u/")[2].split()[0]
    assert Client().get(f"/a/{token}").status_code == 404
    assert asking.checks() == []


def test_a_test_message_shows_the_page_and_keeps_no_answer(asking: Asking) -> None:
    order = asking.market.order(1001)
    with store_scope(asking.store.pk):
        message = send_test(
            store=asking.store,
            kind=KIND,
            medium="email",
            locale="en",
            to="me@shop.example",
            order_id=order.pk,
        )
    settle()
    with store_scope(asking.store.pk):
        message.refresh_from_db()
    assert message.state == "sent"
    assert "This is a test message." in page(link_in(message))
    reply = asking.answer(message, "bad", "Broken")
    assert "This is a test message." in page(reply.headers["location"])
    assert (asking.checks(), asking.cases()) == ([], [])


def test_its_text_stands_among_the_templates_with_a_preview(asking: Asking) -> None:
    client = asking.market.person()
    assert "Is everything right?" in text_of(client, "/s/lark/templates/")
    shown = text_of(client, f"/s/lark/templates/{KIND}/email/en/")
    assert "links.good" in shown
