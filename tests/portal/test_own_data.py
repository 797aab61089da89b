"""What customers do about themselves without a login: their language, their data, its erasing."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.links import sign
from shopbell.consent.models import ConsentEvent
from shopbell.conversations.models import Conversation, Entry
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer, Identity
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.orders.models import Line, Order
from shopbell.portal import choosing, own_data
from shopbell.web.limits import Window
from tests.portal.test_preferences import MARA, Page

pytestmark = pytest.mark.django_db


def data_links(page: Page) -> list[str]:
    with store_scope(page.store.pk):
        rows = Message.objects.filter(kind="your_data").order_by("created_at")
        links = [row.data["context"]["privacy"]["link"] for row in rows]
    return [re.sub("^https?://[^/]+", "", link) for link in links]


def test_the_language_that_is_chosen_counts_from_now_on_and_shops_do_not_undo_it() -> None:
    page = Page()
    assert 'value="en" checked' in page.text()
    # when German is chosen
    shown = page.press(do="language", language="de")
    # then the page speaks it at once, and what is written from now on
    assert "Wir schreiben Ihnen ab jetzt in dieser Sprache" in shown
    with store_scope(page.store.pk):
        told = Person(source="shop", email=MARA, locale="en-GB", updated_at=clock.now())
        [mara] = record_people(people=[told])
        assert mara is not None
        assert mara.locale == "de"
        for locale in ("en-GB", "de-AT", ""):
            draft = Draft(
                business_key=f"x{locale}", kind="order_placed", purpose="order_essentials",
                media=("email",), customer=mara, locale=locale,
            )  # fmt: skip
            queue_messages(drafts=[draft])
        rows = Message.objects.filter(business_key__startswith="x")
        assert dict(rows.values_list("business_key", "locale")) == {
            "xen-GB": "de", "xde-AT": "de-AT", "x": "de",
        }  # fmt: skip
    # and one the store has no texts in is none
    assert Client().post(page.path, {"do": "language", "language": "tlh"}).status_code == 422


def test_the_data_goes_to_the_mailbox_and_never_to_who_holds_some_link() -> None:
    page = Page()
    with store_scope(page.store.pk):
        order = Order.objects.create(
            source="s", source_id="1", number="#1001", customer=page.mara, currency="EUR",
            total=4990, email=MARA, placed_at=clock.now(), address={"city": "Bremen"},
        )  # fmt: skip
        Line.objects.create(order=order, source_id="1", title="Teapot", quantity=2, total=4990)
    # given somebody presses the button: nothing of the data is on the page
    shown = page.press(do="data")
    assert "on its way to your mailbox" in shown
    assert "Teapot" not in shown
    [link] = data_links(page)
    # when the link in the mail is followed, all is there in words
    seen = Client().get(link).content.decode()
    for words in ("Teapot", "#1001", "49.90 EUR", MARA, "Offers and news (email): agreed"):
        assert words in seen, words
    # and as a file
    answer = Client().get(f"{link}/data.json")
    assert "attachment" in answer["Content-Disposition"]
    data: Any = json.loads(answer.content)
    assert data["orders"][0]["lines"][0]["title"] == "Teapot"
    assert data["consents"][0]["action"] == "granted"
    assert data["messages"][0]["kind"]
    assert "Was wir über Sie" in Client().get(f"{link}?lang=de").content.decode()


def test_the_link_to_the_data_ends_and_cannot_be_made_longer() -> None:
    page = Page()
    page.press(do="data")
    [link] = data_links(page)
    with clock.at(clock.now() + timedelta(hours=25)):
        assert Client().get(link).status_code == 404
        head, _, until = link.rpartition("/")
        assert Client().get(f"{head}/{int(until) + 9_000}").status_code == 404
    # the token of a message opens no data, and asking often mails once
    message = sign(page.store, "preferences", page.message.pk)
    assert Client().get(f"/d/{message}/{until}").status_code == 404
    page.press(do="data")
    assert len(data_links(page)) == 1


def test_data_of_somebody_without_mail_is_asked_of_the_staff() -> None:
    page = Page()
    with store_scope(page.store.pk):
        Identity.objects.all().delete()
        Customer.objects.update(email="", phone="+4915112345678")
    assert "Ask for my data" in page.text()
    assert "within a month" in page.press(do="data")
    with store_scope(page.store.pk):
        assert Conversation.objects.get().tags == ["data request"]
        assert not Message.objects.filter(kind="your_data").exists()


def test_erasing_is_asked_on_a_page_that_says_what_stays_and_done_by_a_person() -> None:
    page = Page()
    path = f"{page.path}/erase"
    assert f'href="{path}?lang=en"' in page.text()
    shown = Client().get(path).content.decode()
    assert "tax law wants them kept" in shown
    with store_scope(page.store.pk):
        assert not Conversation.objects.exists()  # looking asks for nothing
    # when it is asked for, twice
    for _ in range(2):
        answer: Any = Client(enforce_csrf_checks=True).post(path)
        assert answer.status_code == 303
    # then one conversation waits for the agents, and the page says by when they answer
    by = clock.now() + timedelta(days=30)
    assert f"{by:%B} {by.day}, {by.year}" in Client().get(answer["Location"]).content.decode()
    with store_scope(page.store.pk):
        row = Conversation.objects.get()
        assert (row.tags, row.customer_id) == (["erasure"], page.mara.pk)
        assert "please erase" in Entry.objects.get(conversation=row).text
        assert row.status == "open"
    # and nonsense in the address says nothing
    for asked in ("x", "9" * 30, "-1"):
        assert Client().get(f"{path}?asked={asked}").status_code == 200


def test_who_presses_all_day_is_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr(own_data, "ASKING", Window(2, 600))
    monkeypatch.setattr(choosing, "CHANGES", Window(4, 600))
    client = Client(REMOTE_ADDR="81.2.69.142")
    statuses = [client.post(f"{page.path}/erase").status_code for _ in range(3)]
    assert statuses == [303, 303, 429]
    done = [client.post(page.path, {"do": "language", "language": "de"}) for _ in range(5)]
    assert [each["Location"].endswith("done=wait") for each in done] == [False] * 4 + [True]
    # but leaving by one click is never held up
    assert client.post(page.path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with store_scope(page.store.pk):
        assert ConsentEvent.objects.filter(topic="tea", action="withdrawn").exists()


def test_a_message_to_nobody_known_offers_neither() -> None:
    page = Page()
    with store_scope(page.store.pk):
        Message.objects.update(customer=None)
    assert "Your data" not in page.text()
    assert Client().post(page.path, {"do": "data"}).status_code == 422
    assert Client().get(f"{page.path}/erase").status_code == 404
