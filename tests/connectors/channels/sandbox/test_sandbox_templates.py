"""The sandbox's WhatsApp has approved templates, and approves of others at once."""

import pytest

from shopbell.kit.db.scope import store_scope
from shopbell.messaging.approving import submit_template, sync_templates
from shopbell.messaging.models import ApprovedTemplate
from shopbell.messaging.ports import ProviderTemplate, TemplateButton
from tests.support.shop import make_store
from tests.support.talk import connect

pytestmark = pytest.mark.django_db


def test_what_was_submitted_is_approved_and_stays_when_the_list_is_asked_for_again() -> None:
    store = make_store()
    line = connect(store, "sandbox_whatsapp")
    assert sync_templates(store, line) == 3
    button = TemplateButton("url", "Follow it", "https://shop.example/{{1}}")
    made = ProviderTemplate(
        "late", "en", "utility", "Sorry {{1}}, it is late.", examples=("Mia",), buttons=(button,)
    )
    submit_template(store, line, made)
    assert sync_templates(store, line) == 4
    with store_scope(store.pk):
        kept = ApprovedTemplate.objects.get(name="late")
    assert (kept.status, kept.gone_at) == ("approved", None)
    assert kept.content["buttons"][0]["value"] == "https://shop.example/{{1}}"
