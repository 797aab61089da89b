"""A campaign by WhatsApp: a template to whom it has not heard from, mail to the others."""

from collections.abc import Iterator

import pytest

from shopbell.campaigns import actions
from shopbell.campaigns.actions import Plan
from shopbell.consent.actions import record_consent
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.approving import sync_templates
from shopbell.segments.profiles import refresh
from tests.campaigns.ground import SAID, Shop, work
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.test_turns import connect
from tests.support.people import client_of

TEXTS = {"en": {**SAID["en"], "text": "Spring is here."}}


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake() as fake:
        fake.add_template("spring", "Hello {{1}}, spring is here.", category="MARKETING")
        yield fake


def test_a_template_goes_to_who_agreed_there_and_mail_to_the_others(
    shop: Shop, meta: MetaFake
) -> None:
    # given two people who agreed to offers by WhatsApp too
    sync_templates(shop.store, connect(shop.store, meta))
    with store_scope(shop.store.pk):
        people = [shop.customer(number) for number in (1, 2)]
        for place, person in enumerate(people):
            person.phone = f"+4917011110{place:03d}"
            person.save()
            record_consent(
                customer=person, purpose="marketing", channel="whatsapp", action="granted",
                source="a test",
            )  # fmt: skip
        refresh(customers=[person.pk for person in people])
    row = shop.draft(texts=TEXTS, media=("whatsapp", "email"))
    client = client_of(shop.people["supervisor"].user)
    page = f"/s/lark/campaigns/{row.pk}/A/whatsapp/"

    # when the template is chosen on its page; an empty gap is refused there
    assert "Hello {{1}}, spring is here." in client.get(page).content.decode()
    assert client.post(page, {"template": "spring", "body_0": ""}).status_code == 422
    chosen = client.post(
        page, {"template": "spring", "body_0": "{{ customer.first_name | default: 'you' }}"}
    )
    assert chosen.status_code == 302
    with store_scope(shop.store.pk):
        copied = actions.copy_campaign(campaign=row, by=None)
        actions.change_plan(campaign=copied, name="Copy", plan=Plan(media=("whatsapp", "email")))
    shop.submit(copied)
    work()

    # then
    [first, second] = [taken.content["template"] for taken in meta.sent]
    assert {first["name"], second["name"]} == {"spring"}
    assert first["components"][0]["parameters"][0]["text"] == "Mara"
    assert len(shop.mails()) == 10
    assert shop.places(copied) == {"sent": 12, "left_out no_consent": 1}


def test_without_a_number_the_page_says_what_to_do(shop: Shop) -> None:
    row = shop.draft(texts=TEXTS, media=("whatsapp", "email"))
    client = client_of(shop.people["supervisor"].user)
    page = client.get(f"/s/lark/campaigns/{row.pk}/A/whatsapp/").content.decode()
    assert "No WhatsApp number is connected" in page
