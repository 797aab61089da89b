"""Pages of announcements: three steps by form, who may what, and a clear word for mistakes."""

import re

from django.test import Client

from shopbell.announcements.models import Announcement, Stage
from shopbell.kit.db.scope import store_scope
from tests.announcements.ground import Strike

PAGES = "/s/lark/announcements/"


def _window(strike: Strike, role: str = "supervisor") -> Client:
    client = Client()
    client.force_login(strike.people[role].user)
    return client


def _only(strike: Strike) -> Announcement:
    with store_scope(strike.store.pk):
        return Announcement.objects.prefetch_related("tellings").get()


def test_three_steps_lead_to_those_affected(strike: Strike) -> None:
    # given an order in Berlin and one elsewhere
    strike.ship(1001)
    strike.ship(1002, postcode="20095")
    window = _window(strike)

    # when the conditions are typed, the number follows before anything is kept
    typed = {"carriers": ["DHL"], "postcodes": "10", "countries": "de", "orders": ["open"]}
    shown = window.get(f"{PAGES}count/", typed).content.decode()
    assert re.search(r'announce-figure">1<', shown)
    assert "1 affected order" in shown

    # and the three steps are walked through
    answer = window.post(f"{PAGES}new/", {"name": "DHL strike", **typed})
    row = _only(strike)
    assert answer.headers["Location"] == f"{PAGES}{row.pk}/1/words/"
    words = {
        "locale": ["en", "de"],
        "en-subject": "Late",
        "en-text": "Sorry, {{ order.number }} is late. {{ links.track }}",
        "de-subject": "Spät",
        "de-text": "{{ order.number }} kommt später.",
        "channels": ["email"],
        "useful_hours": "24",
        "in_quiet_hours": "on",
        "holds": ["delayed"],
    }
    answer = window.post(f"{PAGES}{row.pk}/1/words/", words)
    assert answer.headers["Location"] == f"{PAGES}{row.pk}/1/check/"
    shown = window.get(f"{PAGES}{row.pk}/1/check/").content.decode()
    assert "by e-mail" in shown
    assert "Up to 100 people you may tell alone" in shown
    example = window.get(f"{PAGES}{row.pk}/1/example/", {"medium": "email", "language": "de"})
    assert "As Mara Kern would read it, for order #1001" in example.content.decode()
    mail = window.get(f"{PAGES}{row.pk}/1/example/mail/", {"medium": "email"}).content.decode()
    assert "#1001 is late" in mail
    assert 'href="http' in mail

    # then it is sent at once, and the page of it says so
    window.post(f"{PAGES}{row.pk}/1/submit/")
    assert _only(strike).tellings.all()[0].stage == Stage.SENDING
    strike.tell()
    shown = window.get(f"{PAGES}{row.pk}/").content.decode()
    assert "of 1 affected" in shown
    assert "It is over" in shown
    assert "DHL strike" in window.get(PAGES).content.decode()


def test_a_mistake_keeps_the_draft_and_says_what_to_do(strike: Strike) -> None:
    strike.ship(1001)
    window = _window(strike)

    # nothing chosen at all is refused
    answer = window.post(f"{PAGES}new/", {"name": "Strike"})
    assert answer.status_code == 422
    assert "Say at least one thing about the orders" in answer.content.decode()

    # a mail without a subject, and Liquid that cannot be read, too; what was typed stays
    row = strike.draft()
    typed = {"locale": "en", "en-text": "Sorry, {{ order.number", "channels": ["email"]}
    typed |= {"useful_hours": "24"}
    answer = window.post(f"{PAGES}{row.pk}/1/words/", typed)
    assert answer.status_code == 422
    assert "A mail needs a subject" in answer.content.decode()
    answer = window.post(f"{PAGES}{row.pk}/1/words/", {**typed, "en-subject": "Late"})
    assert answer.status_code == 422
    assert "en-text_error" in answer.content.decode()
    slip = {**typed, "en-subject": "Late", "en-text": "Hello {{ customer.frist_name }}"}
    answer = window.post(f"{PAGES}{row.pk}/1/words/", slip)
    assert answer.status_code == 422
    assert "Nothing fills in “customer.frist_name”" in answer.content.decode()
    answer = window.post(f"{PAGES}{row.pk}/1/words/", {**typed, "en-subject": "Late"})
    answer = window.post(f"{PAGES}{row.pk}/1/submit/")
    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()
    telling = _only(strike).tellings.all()[0]
    assert (telling.stage, telling.texts["en"]["text"]) == ("draft", "Sorry, {{ order.number")


def test_agents_read_and_supervisors_write(strike: Strike) -> None:
    strike.ship(1001)
    row = strike.draft()
    agent = _window(strike, "agent")
    assert agent.get(PAGES).status_code == 200
    assert agent.get(f"{PAGES}{row.pk}/").status_code == 200
    assert agent.get(f"{PAGES}new/").status_code == 403
    assert agent.post(f"{PAGES}{row.pk}/1/submit/").status_code == 403
    assert _window(strike).post(f"{PAGES}limit/", {"limit": "5"}).status_code == 403
    assert _window(strike, "admin").post(f"{PAGES}limit/", {"limit": "5"}).status_code == 302


def test_what_is_sent_back_is_a_draft_again_and_cannot_be_sent_meanwhile(strike: Strike) -> None:
    strike.ship(1001)
    strike.limit(0)
    row = strike.draft()
    strike.submit(row)
    _window(strike, "admin").post(f"{PAGES}{row.pk}/1/decline/", {"why": "Say when."})
    telling = _only(strike).tellings.all()[0]
    assert telling.stage == Stage.DRAFT
    assert telling.sent_back == "Ann did not agree: Say when."
    answer = _window(strike, "admin").post(f"{PAGES}{row.pk}/1/approve/")
    assert answer.status_code == 409
