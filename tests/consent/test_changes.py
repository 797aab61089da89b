"""Each change of permission is news, told once."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.support.people import people_of

pytestmark = pytest.mark.django_db


def test_a_change_of_permission_is_told_once_and_what_changes_nothing_is_not() -> None:
    store = people_of("lark").store
    with store_scope(store.pk):
        mia = Customer.objects.create(email="mia@mail.example")
        told: dict[str, Any] = {
            "customer": mia, "purpose": "marketing", "channel": "email", "source": "t",
        }  # fmt: skip

        # given: granted, said again, and an older word that comes late
        record_consent(action="granted", **told)
        record_consent(action="granted", **told)
        earlier = clock.now() - timedelta(days=1)
        record_consent(action="withdrawn", occurred_at=earlier, **told)
        # when she takes it back
        record_consent(action="withdrawn", **told)

        # then there are two facts about her
        facts = Event.objects.filter(name="consent.changed", subject_id=mia.pk).order_by("id")
        assert [fact.data["action"] for fact in facts] == ["granted", "withdrawn"]
        assert facts[0].data == {
            "customer_id": str(mia.pk), "purpose": "marketing", "channel": "email",
            "action": "granted", "topic": "", "dated": True,
        }  # fmt: skip
