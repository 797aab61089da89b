"""What Meta tells about templates counts at once, and is told to the merchant where it matters."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shopbell.connections.actions import store_requests
from shopbell.connections.models import Connection, Intake
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.approved import approved_for
from shopbell.messaging.approving import run_syncing, sync_templates
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.template_news import PLACE, lost_texts
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.test_turns import connect
from tests.support.talk import settle_talk

pytestmark = pytest.mark.usefixtures("committed_db")
KIND = "dispatched"
PAUSED: dict[str, Any] = {
    "event": "PAUSED",
    "reason": "NONE",
    "other_info": {
        "title": "SECOND_PAUSE",
        "description": "It has been paused for 6 hours until Aug 31 at 12:47 AM UTC.",
    },
}


@pytest.fixture
def people() -> Any:
    from tests.support.people import people_of

    return people_of("lark")


@pytest.fixture
def owner(people: Any) -> Any:
    from tests.support.people import client_of

    return client_of(people.user("owner"))


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake(with_window=False) as fake:
        fake.add_template("order_shipped", "Your order is on its way.", "en_GB")
        yield fake


@pytest.fixture
def inbox(people: Any, meta: MetaFake) -> Connection:
    """A number whose dispatch notice is told by a template."""
    row = connect(people.store, meta)
    sync_templates(people.store, row)
    with store_scope(row.store_id):
        ApprovedText.objects.create(connection=row, kind=KIND, name="order_shipped")
    return row


def hear(inbox: Connection, webhook: Any) -> None:
    """Let a webhook come in as it does at the door."""
    body = json.dumps(webhook).encode()
    with store_scope(inbox.store_id):
        store_requests(connection=inbox, topic="whatsapp.templates", bodies={str(uuid7()): body})
    settle_talk()


def template(inbox: Connection) -> ApprovedTemplate:
    with store_scope(inbox.store_id):
        return ApprovedTemplate.objects.get(connection=inbox, name="order_shipped")


def usable(inbox: Connection) -> bool:
    with store_scope(inbox.store_id):
        return bool(approved_for([inbox.pk], [KIND]))


def losses(inbox: Connection) -> list[str]:
    with store_scope(inbox.store_id):
        return [each.says for each in lost_texts()]


def test_a_paused_template_is_used_no_more_and_told_where_it_is_used(
    inbox: Connection, meta: MetaFake, owner: Any
) -> None:
    assert usable(inbox)
    # when Meta pauses it
    hear(inbox, meta.template_news("order_shipped", **PAUSED))
    # then nothing runs into a refusal, and the merchant reads why, in three places
    assert not usable(inbox)
    with store_scope(inbox.store_id):
        assert [row.state for row in Intake.objects.all()] == ["done"]
    why = "It is paused by the provider. It has been paused for 6 hours until Aug 31"
    places = (
        "/s/lark/problems/", "/s/lark/notifications/", f"/s/lark/notifications/{KIND}/",
        f"/s/lark/connections/{inbox.pk}/templates/",
    )  # fmt: skip
    for page in places:
        assert why in owner.get(page).text, page
    assert "1 about templates" in owner.get("/s/lark/").text
    # and when it may be sent again, all of that is over
    hear(inbox, meta.template_news("order_shipped", event="APPROVED", reason="NONE"))
    assert usable(inbox)
    assert template(inbox).reason == ""
    for page in places:
        assert "paused by the provider" not in owner.get(page).text, page


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"event": "DISABLED", "reason": "NONE"}, "It is switched off by the provider."),
        ({"event": "REJECTED", "reason": "INCORRECT_CATEGORY"},
         "It is refused by the provider. incorrect category"),
        ({"event": "REJECTED", "reason": "INVALID_FORMAT",
          "rejection_info": {"reason": "Gaps touch.", "recommendation": "Part them."}},
         "It is refused by the provider. Gaps touch. Part them."),
        ({"event": "PENDING_DELETION", "reason": None},
         "It is switched off by the provider. Deleted at Meta."),
        ({"event": "PENDING", "reason": "NONE"}, "It waits for approval."),
        ({"event": "FLAGGED", "reason": "NONE"},
         "Customers complain about it. Meta may pause or disable it."),
    ],
)  # fmt: skip
def test_each_of_metas_events_is_told_in_plain_words(
    inbox: Connection, meta: MetaFake, value: dict[str, Any], says: str
) -> None:
    hear(inbox, meta.template_news("order_shipped", **value))
    assert losses(inbox) == [says]
    assert usable(inbox) == (value["event"] == "FLAGGED")


def test_quality_and_category_are_kept_and_marketing_is_told(
    inbox: Connection, meta: MetaFake
) -> None:
    hear(
        inbox,
        meta.template_news(
            "order_shipped", "message_template_quality_update",
            previous_quality_score="GREEN", new_quality_score="RED",
        ),
    )  # fmt: skip
    assert (template(inbox).quality, template(inbox).status) == ("red", "approved")
    assert losses(inbox) == []
    # when Meta says what it will be tomorrow, and then what it is
    coming = {"new_category": "UTILITY", "correct_category": "MARKETING",
              "category_update_timestamp": 1795341600}  # fmt: skip
    hear(inbox, meta.template_news("order_shipped", "template_category_update", **coming))
    assert template(inbox).category == "utility"
    assert losses(inbox) == ["Meta makes it marketing on 22 Nov 2026."]
    done = {"previous_category": "UTILITY", "new_category": "MARKETING"}
    hear(inbox, meta.template_news("order_shipped", "template_category_update", **done))
    assert template(inbox).category == "marketing"
    [says] = losses(inbox)
    assert "counts it as marketing" in says


def test_old_news_that_comes_late_changes_nothing(inbox: Connection, meta: MetaFake) -> None:
    paused = meta.template_news("order_shipped", **PAUSED)
    paused["entry"][0]["time"] = int(time.time()) - 3600  # before the list was fetched
    hear(inbox, paused)
    assert template(inbox).status == "approved"
    # nor does what another account says
    paused = meta.template_news("order_shipped", **PAUSED)
    paused["entry"][0]["id"] = "999"
    hear(inbox, paused)
    assert template(inbox).status == "approved"


def test_another_number_of_the_account_hears_of_it_too(
    inbox: Connection, meta: MetaFake, people: Any
) -> None:
    meta.add_number("100200300400501", "+49 30 555001")
    second = connect(people.store, meta, "100200300400501")
    sync_templates(people.store, second)
    hear(inbox, meta.template_news("order_shipped", **PAUSED))
    assert template(second).status == "paused"


def test_what_is_new_or_unclear_lets_the_list_be_fetched(inbox: Connection, meta: MetaFake) -> None:
    meta.add_template("brand_new", "Hello.", "en_GB")
    _asked(inbox, timedelta(hours=1))
    hear(inbox, meta.template_news("brand_new", event="APPROVED", reason="NONE"))
    run_syncing()
    with store_scope(inbox.store_id):
        assert ApprovedTemplate.objects.filter(name="brand_new").exists()
    # and what came in with it was not asked for over and over
    meta.templates[0]["status"] = "PAUSED"
    hear(inbox, meta.template_news("order_shipped", event="LIMIT_EXCEEDED"))
    run_syncing()
    assert template(inbox).status == "approved"
    _asked(inbox, timedelta(hours=1))
    hear(inbox, meta.template_news("order_shipped", event="LIMIT_EXCEEDED"))
    run_syncing()
    assert template(inbox).status == "paused"


def _asked(inbox: Connection, ago: timedelta) -> None:
    with store_scope(inbox.store_id):
        place = {"asked_at": (clock.now() - ago).isoformat(), "trouble": ""}
        Connection.objects.filter(pk=inbox.pk).update(sync={PLACE: place})


def test_a_template_that_is_refused_without_a_word_lets_the_list_be_fetched(
    inbox: Connection, meta: MetaFake
) -> None:
    meta.templates[0]["status"] = "PAUSED"
    _asked(inbox, timedelta(hours=1))
    run_syncing()
    assert template(inbox).status == "approved"  # nobody knows
    with store_scope(inbox.store_id):
        Message.objects.create(
            business_key="refused", kind=KIND, purpose="order_updates", medium="whatsapp",
            connection=inbox, state="failed", reason="template", closed_at=clock.now(),
        )  # fmt: skip
    run_syncing()
    assert template(inbox).status == "paused"
