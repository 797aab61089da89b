"""The mails about sign-ups as they arrive, and what a merchant's words cannot do in them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django import app

from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.signups.models import Signup
from tests.signups.ground import MARA, Reader, add_form, link, standing
from tests.support.shop import add_smtp, make_store, settle
from tests.support.smtp_sink import SinkMessage, SmtpSink

pytestmark = pytest.mark.usefixtures("committed_db")
HOSTILE = "<script>alert(1)</script> {{ 7 | times: 7 }} {% include 'x' %} {{ settings.SECRET_KEY }}"


def parts(mail: SinkMessage) -> tuple[str, str]:
    found: list[Any] = [mail.parsed.get_body((kind,)) for kind in ("plain", "html")]
    return found[0].get_content(), found[1].get_content()


def test_what_people_agree_to_is_printed_as_it_was_written_and_never_run() -> None:
    store = make_store("lark")
    add_form(
        store,
        texts={"en": {"title": "News", "wording": HOSTILE}},
        languages=["en"],
    )
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        Reader(store).signup()
        settle()
        [mail] = sink.wait_for(1)
    plain, html = parts(mail)
    assert "{{ 7 | times: 7 }}" in plain
    assert "49" not in html.split("agree to")[1][:200]
    assert "<script>" not in html
    assert link(store) in plain


def test_it_goes_to_whom_offers_are_blocked_for_and_carries_no_unsubscribe() -> None:
    store = make_store("lark", locale="de")
    add_form(store)
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        Reader(store, query="?lang=de").signup()
        settle()
        [mail] = sink.wait_for(1)
    assert mail.recipients == (MARA,)
    assert mail.subject.startswith("Bitte bestätigen")
    assert mail.parsed["Auto-Submitted"] == "auto-generated"
    assert mail.parsed["List-Unsubscribe"] is None
    assert "Tee" in parts(mail)[0]


def test_without_an_account_to_send_by_the_ledger_says_so() -> None:
    store = make_store("lark")
    add_form(store)
    Reader(store).signup()
    settle()
    with store_scope(store.pk):
        message = Message.objects.get()
        assert (message.state, message.reason) == ("skipped", "no_inbox")


def test_what_nobody_confirms_is_forgotten_after_thirty_days() -> None:
    store = make_store("lark")
    add_form(store)
    for days, email in ((31, "old@shop.example"), (31, MARA), (29, "new@shop.example")):
        with clock.at(clock.now() - timedelta(days=days)):
            Reader(store, remote=f"81.{days}.{len(email)}.1").signup(email=email)
            if email == MARA:
                Client().post(link(store))
    app.tasks["signups.clean_up"](0)
    with store_scope(store.pk):
        left = set(Signup.objects.values_list("email", flat=True))
    assert left == {MARA, "new@shop.example"}
    assert standing(store)["marketing", ""] == "granted"
