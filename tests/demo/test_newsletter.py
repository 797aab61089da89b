"""The demo's campaign can be sent as it is."""

import pytest

from shopbell.campaigns.content.words import Content, check_content
from shopbell.campaigns.models import Campaign, Stage
from shopbell.demo.seeding import seed
from shopbell.kit.db.scope import store_scope

pytestmark = pytest.mark.django_db


def test_the_demo_comes_with_a_draft_that_is_complete() -> None:
    store = seed()
    with store_scope(store.pk):
        row = Campaign.objects.get()
        assert row.stage == Stage.DRAFT
        [variant] = row.variants.all()
        texts = {locale: Content.of(said) for locale, said in variant.texts.items()}
        check_content(texts, list(row.media), store.locale)
