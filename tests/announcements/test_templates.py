"""An approved template reaches those by WhatsApp who have not written there for a day."""

import re
from collections.abc import Iterator

import pytest

from shopbell.announcements.approved import choose_template, chosen_for
from shopbell.announcements.models import Announcement
from shopbell.announcements.outlook import Outlook, outlook
from shopbell.connections.models import Connection
from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.approving import sync_templates
from shopbell.messaging.chosen import Choice
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import Written
from shopbell.messaging.windows import open_windows
from tests.announcements.ground import Strike
from tests.announcements.test_pages import PAGES, _window
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.test_turns import connect

CHOICE = Choice(
    "late", body=("{{ customer.first_name | default: 'there' }}", "{{ affected.numbers }}")
)
PHONES = ("+4917011110001", "+4917011110002")


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake() as fake:
        fake.add_template("late", "Hello {{1}}, {{2}} comes later, sorry.", "en_GB")
        fake.add_template("offer", "Hello {{1}}, news.", category="MARKETING")
        yield fake


@pytest.fixture
def line(strike: Strike, meta: MetaFake) -> Connection:
    """A number, and two affected people who want to be told there; one wrote just now."""
    for number, phone in zip((1001, 1002), PHONES, strict=True):
        strike.ship(number, phone=phone)
    row = connect(strike.store, meta)
    sync_templates(strike.store, row)
    with store_scope(strike.store.pk):
        for customer in Customer.objects.all():
            record_consent(
                customer=customer, purpose="order_updates", channel="whatsapp",
                action="granted", source="test",
            )  # fmt: skip
        open_windows(row, [Written("in-1", PHONES[0], clock.now())])
    meta.wrote(PHONES[0])
    return row


def seen(strike: Strike, row: Announcement) -> Outlook:
    with store_scope(strike.store.pk):
        return outlook(strike.store, row.tellings.select_related("announcement").get())


def choose(strike: Strike, row: Announcement, choice: Choice | None) -> None:
    with store_scope(strike.store.pk):
        choose_template(telling=row.tellings.select_related("announcement").get(), choice=choice)


@pytest.mark.usefixtures("line")
def test_the_preview_and_the_sending_agree_on_who_gets_the_template(
    strike: Strike, meta: MetaFake
) -> None:
    # given an announcement by WhatsApp, else by mail: without a template one goes by mail
    row = strike.draft(media=("whatsapp", "email"))
    assert dict(seen(strike, row).by_medium) == {"whatsapp": 1, "email": 1}
    # when a template is chosen, both are reached there
    choose(strike, row, CHOICE)
    found = seen(strike, row)
    assert dict(found.by_medium) == {"whatsapp": 2}
    assert (found.template_medium, found.by_template) == ("whatsapp", 1)
    # then that is what happens: our words within 24 hours, the template after them
    mails = strike.sink.count
    strike.submit(row)
    strike.tell()
    sent = {taken.to: taken.content for taken in meta.sent}
    assert sent[PHONES[0][1:]]["type"] == "text"
    told = sent[PHONES[1][1:]]["template"]
    assert told["name"] == "late"
    values = [one["text"] for one in told["components"][0]["parameters"]]
    assert values == ["Mara", "#1002"]
    assert strike.sink.count == mails
    [_, second] = strike.messages(kind="announcement")
    assert second.text == "Hello Mara, #1002 comes later, sorry."


@pytest.mark.usefixtures("line")
def test_what_cannot_be_sent_is_not_chosen_and_a_dropped_draft_leaves_nothing(
    strike: Strike,
) -> None:
    row = strike.draft(media=("whatsapp", "email"))
    for choice, words in (
        (Choice("unknown"), "cannot be sent now"),
        (Choice("late", body=("Mara",)), "Fill every gap"),
        (Choice("late", body=("Mara", "{{ order.number")), "."),
    ):
        with pytest.raises(Invalid, match=words):
            choose(strike, row, choice)
    # a template that counts as marketing goes to nobody who has not agreed to offers
    choose(strike, row, Choice("offer", body=("Mara",)))
    assert dict(seen(strike, row).by_medium) == {"whatsapp": 1, "email": 1}
    # and one that is paused in the meantime lets the next channel have it
    choose(strike, row, CHOICE)
    with store_scope(strike.store.pk):
        ApprovedTemplate.objects.update(status="paused")
    assert dict(seen(strike, row).by_medium) == {"whatsapp": 1, "email": 1}
    window = _window(strike)
    window.post(f"{PAGES}{row.pk}/1/drop/")
    with store_scope(strike.store.pk):
        assert not ApprovedText.objects.exists()


@pytest.mark.usefixtures("line")
def test_the_form_offers_templates_with_their_gaps_suggested(strike: Strike) -> None:
    row = strike.draft(media=("whatsapp", "email"))
    window, path = _window(strike), f"{PAGES}{row.pk}/1/"
    assert "offer (marketing)" in window.get(f"{path}words/").content.decode()
    typed = {
        "locale": ["en"], "en-subject": "Late", "en-text": "Sorry, it is late.",
        "channels": ["whatsapp", "email"], "useful_hours": "24", "template": "late",
        "in_quiet_hours": "on",
    }  # fmt: skip
    # when one is taken, its text and its gaps are shown
    shown = window.post(f"{path}words/", {**typed, "then": "template"}).content.decode()
    assert "Hello {{1}}, {{2}} comes later, sorry." in shown
    assert 'value="{{ affected.numbers }}"' in shown
    assert re.search(r"\{\{2\}\}</label>", shown)  # not optional
    # an empty gap is refused there
    gaps = {"template-body_0": "Mara", "template-body_1": ""}
    assert window.post(f"{path}words/", {**typed, **gaps}).status_code == 422
    gaps["template-body_1"] = "{{ affected.numbers }}"
    assert window.post(f"{path}words/", {**typed, **gaps}).status_code == 302
    shown = window.get(f"{path}check/").content.decode()
    assert "1 with the approved template" in shown
    example = window.get(f"{path}example/", {"medium": "whatsapp"}).content.decode()
    assert "Sorry, it is late." in example
    assert "Hello Mara, #1001 comes later, sorry." in example.replace("#1002", "#1001")
    # and it can be left out again
    window.post(f"{path}words/", {**typed, "template": ""})
    with store_scope(strike.store.pk):
        assert chosen_for(row.tellings.get()) is None
