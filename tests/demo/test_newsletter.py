"""The demo's campaigns can be sent as they are: one leaves by itself, one is left for visitors."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shopbell.accounts.actions import change_store
from shopbell.campaigns.content.words import Content, check_content
from shopbell.campaigns.models import Campaign, Stage
from shopbell.consent.choosing import save_topic
from shopbell.demo.newsletter import DRAFT, ENOUGH, SENT, Newsletter, set_up_newsletter
from shopbell.demo.seeding import seed
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.campaigns.ground import Shop, add_people_who_agree, know_people, open_shop, work
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


def test_the_demo_comes_with_drafts_that_are_complete() -> None:
    store = seed()
    with store_scope(store.pk):
        assert set(Campaign.objects.values_list("name", flat=True)) == {DRAFT, SENT}
        for row in Campaign.objects.all():
            assert row.stage == Stage.DRAFT
            [variant] = row.variants.all()
            texts = {locale: Content.of(said) for locale, said in variant.texts.items()}
            check_content(texts, list(row.media), store.locale)


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    with SmtpSink() as sink:
        yield open_shop(sink)


def test_one_is_sent_once_enough_people_allowed_it(shop: Shop) -> None:
    def stages() -> dict[str, str]:
        with store_scope(shop.store.pk):
            return dict(Campaign.objects.values_list("name", "stage"))

    # given both, and too few people
    change_store(store=shop.store, url="https://lark.example")
    with store_scope(shop.store.pk):
        save_topic(names={"en": "New"}, key="news")
        set_up_newsletter()
    desk, now = Newsletter(shop.store), clock.now()
    add_people_who_agree(shop.store, ENOUGH - 1)
    know_people(shop.store)
    desk.work(now)
    assert stages() == {SENT: "draft", DRAFT: "draft"}

    # when one more allows it
    add_people_who_agree(shop.store, 1, first=ENOUGH - 1)
    know_people(shop.store)
    desk.work(now + timedelta(minutes=1))
    work()

    # then it went to all of them, once, and the other waits for a visitor
    assert stages() == {SENT: "done", DRAFT: "draft"}
    assert len(shop.mails()) == ENOUGH
    desk.work(now + timedelta(minutes=2))
    assert desk.done
