"""Trying a channel plan on last month's news, with the gate and without sending anything."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from shopbell.consent.actions import record_consent, suppress_address
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.notifications import trials
from shopbell.notifications.actions import save_rule
from shopbell.notifications.models import PlanTrial, TrialRow
from shopbell.notifications.queries import settings_of_store
from shopbell.orders.models import Order, Shipment
from tests.messaging.ground import add_sandbox_sms
from tests.support.people import People, SignIn
from tests.support.shop import add_smtp
from tests.support.talk import connect

PLAN = "/s/lark/notifications/dispatched/plan"
PHONE = "+4915112345678"


@pytest.fixture
def owner(lark: People, signed_in: SignIn) -> Client:
    add_smtp(lark.store, 2525)
    add_sandbox_sms(lark.store)
    return signed_in(lark.user("owner"))


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "everybody_1_medium": "sms",
        "everybody_1_wait": "20",
        "everybody_2_medium": "email",
        "do": "try",
        **changes,
    }


def news(name: str, *, phone: str = PHONE, days_ago: float = 3, **fields: Any) -> Message:
    """Let somebody have been told of a dispatch by e-mail."""
    number = Message.objects.count()
    mail = f"{name}@shop.example"
    customer, _ = Customer.objects.get_or_create(email=mail, defaults={"phone": phone})
    at = clock.now() - timedelta(days=days_ago)
    order = Order.objects.create(
        source="x", source_id=str(number), number=str(1000 + number), customer=customer,
        email=mail, placed_at=at,
    )  # fmt: skip
    values = {
        "kind": "dispatched",
        "purpose": "order_updates",
        "medium": "email",
        "media": ["email"],
        "state": "delivered",
        "created_at": at,
        "handed_at": at,
        **fields,
    }
    return Message.objects.create(
        business_key=f"dispatched:{number}", customer=customer, order=order, **values
    )


def _tried(owner: Client, lark: People, **changes: Any) -> PlanTrial:
    answer = owner.post(f"{PLAN}/save", _form(**changes))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    with store_scope(lark.store.pk):
        return PlanTrial.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[-1])


def _page(owner: Client, trial: PlanTrial, query: str = "") -> str:
    text = owner.get(f"/s/lark/notifications/trials/{trial.pk}{query}").content.decode()
    return " ".join(text.split())


def test_last_months_news_is_judged_by_the_new_plan_and_nothing_is_sent(
    owner: Client, lark: People
) -> None:
    # given
    with store_scope(lark.store.pk):
        news("mara")
        news("nophone", phone="")
        blocked = news("blocked", phone="+4915112345999")
        suppress_address(
            store=lark.store,
            medium="sms",
            address="+4915112345999",
            reason="unsubscribed",
            scope="*",
        )
        news("old", days_ago=40)
        news("other", kind="delivered")
        before = list(Message.objects.order_by("pk").values())

    # when
    trial = _tried(owner, lark)

    # then
    with store_scope(lark.store.pk):
        rows = {row.order.email.partition("@")[0]: row for row in TrialRow.objects.all()}
        assert list(Message.objects.order_by("pk").values()) == before
        assert not settings_of_store()["dispatched"].is_own
    assert set(rows) == {"mara", "nophone", "blocked"}
    assert (rows["mara"].medium, rows["mara"].then, rows["mara"].was_medium) == (
        "sms", "email", "email",
    )  # fmt: skip
    assert (rows["nophone"].medium, rows["nophone"].then) == ("email", "")
    assert rows["nophone"].text == "There is no phone number for this customer."
    assert rows["blocked"].medium == "email"
    assert "So it goes by e-mail" in rows["blocked"].text
    assert rows["blocked"].message_id == blocked.pk
    assert trial.finished


def test_the_page_counts_by_channel_says_why_and_leads_to_the_rows(
    owner: Client, lark: People
) -> None:
    with store_scope(lark.store.pk):
        for name in ("mara", "ben", "eve"):
            news(name)
        news("nophone", phone="")
        news("failed", state="failed")
    trial = _tried(owner, lark)
    text = _page(owner, trial)
    assert 'would=sms#rows">4</a>' in text
    assert 'would=email#rows">1</a>' in text
    assert 'was=email#rows">4</a>' in text
    assert 'was=nobody#rows">1</a>' in text
    assert 'changed=1#rows">4</a>' in text
    assert "SMS; not delivered in 20 minutes: E-mail" in text
    only = _page(owner, trial, "?would=email")
    assert "nophone" in only or "1003" in only
    assert only.count('data-label="Would"') == 1


def test_quiet_hours_of_then_count(owner: Client, lark: People) -> None:
    night = clock.now().replace(hour=1, minute=0) - timedelta(days=2)
    with store_scope(lark.store.pk):
        news("mara", created_at=night)
        save_rule(kind="dispatched", respect_quiet_hours=True)
    trial = _tried(owner, lark)
    with store_scope(lark.store.pk):
        row = TrialRow.objects.get()
    assert (row.answer, row.medium, row.reason) == ("wait", "sms", "quiet_hours")
    assert "later" in _page(owner, trial)


def test_stages_are_those_of_then(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        talking = news("mara", days_ago=5)
        news("ben", days_ago=20)
        news("ben", days_ago=4)
        Conversation.objects.create(
            number=1, customer=talking.customer, medium="email",
            created_at=clock.now() - timedelta(days=6),
        )  # fmt: skip
    _tried(
        owner, lark,
        returning_own="on", returning_1_medium="email",
        complaining_own="on", complaining_1_medium="used", complaining_2_medium="sms",
    )  # fmt: skip
    with store_scope(lark.store.pk):
        rows = TrialRow.objects.order_by("at")
        found = [(row.order.email[0], row.stage, row.medium) for row in rows]
    assert found == [
        ("b", "new", "sms"),
        ("m", "complaining", "email"),
        ("b", "returning", "email"),
    ]


def test_what_was_told_by_the_second_channel_counts_as_that(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        first = news("mara", medium="sms", media=["sms", "email"], state="failed")
        news("mara2", tried_before=first, medium="email")
    _tried(owner, lark)
    with store_scope(lark.store.pk):
        row = TrialRow.objects.get()
    assert (row.message_id, row.was_medium) == (first.pk, "email")


def test_news_that_was_never_told_is_tried_on_parcels(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        told = news("mara", kind="delivered")
        Shipment.objects.create(source="x", source_id="1", order=told.order)
    answer = owner.post("/s/lark/notifications/in_transit/plan/save", _form())
    text = " ".join(owner.get(answer["Location"]).content.decode().split())
    assert "Tried on <strong>1 parcels</strong>" in text
    assert "Use this plan and switch it on" in text


def test_without_any_news_the_page_says_so(owner: Client, lark: People) -> None:
    assert "Nothing happened in the last 30 days" in _page(owner, _tried(owner, lark))


def test_many_are_judged_by_the_worker_with_progress(
    owner: Client, lark: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "AT_ONCE", 2)
    monkeypatch.setattr(trials, "BATCH", 2)
    with store_scope(lark.store.pk):
        for number in range(5):
            news(f"c{number}")
    trial = _tried(owner, lark)
    assert (trial.done, trial.total, trial.finished) == (0, 5, False)
    assert ProcrastinateJob.objects.filter(task_name=trials.TASK).count() == 1
    assert trials.TASK in app.tasks
    assert "0 of 5" in _page(owner, trial)
    with store_scope(lark.store.pk):  # one batch, then the worker ends
        trials.work_on(lark.store, PlanTrial.objects.get())
    assert "2 of 5" in _page(owner, trial)
    trials.try_in_batches(lark.store.pk, trial.pk)
    with store_scope(lark.store.pk):
        assert TrialRow.objects.count() == 5
        assert PlanTrial.objects.get().finished
    assert "Use this plan" in _page(owner, trial)


def test_a_plan_is_saved_or_taken_from_its_trial(owner: Client, lark: People) -> None:
    owner.post(f"{PLAN}/save", _form(do="save", new_own="on", new_1_medium="email"))
    with store_scope(lark.store.pk):
        saved = settings_of_store()["dispatched"]
    assert (saved.media, saved.waits) == (("sms", "email"), {"sms": 20})
    assert saved.stages["new"].media == ("email",)
    trial = _tried(owner, lark, everybody_1_medium="email", everybody_2_medium="")
    owner.post(f"/s/lark/notifications/trials/{trial.pk}/use")
    with store_scope(lark.store.pk):
        taken = settings_of_store()["dispatched"]
    assert (taken.media, taken.stages) == (("email",), {})
    page = owner.get(PLAN).content.decode()
    assert '<option value="email" selected>' in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"everybody_2_medium": "sms"}, "Name each channel once"),
        ({"everybody_1_wait": "0"}, "greater than or equal to 1"),
        ({"new_own": "on"}, "Choose at least one channel"),
        ({"everybody_1_medium": "used"}, "Select a valid choice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    owner: Client, lark: People, changes: dict[str, Any], said: str
) -> None:
    answer = owner.post(f"{PLAN}/save", _form(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with store_scope(lark.store.pk):
        assert not PlanTrial.objects.exists()


def test_whatsapp_needs_its_permission_in_the_preview_too(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        connect(lark.store, "sandbox_whatsapp")
        mara = news("mara")
        news("ben", phone="+4915112345888")
        assert mara.customer is not None
        record_consent(
            customer=mara.customer, purpose="order_updates", channel="whatsapp",
            action="granted", source="x",
        )  # fmt: skip
    _tried(owner, lark, everybody_1_medium="whatsapp")
    with store_scope(lark.store.pk):
        found = {row.order.email[0]: row.medium for row in TrialRow.objects.all()}
    assert found == {"m": "whatsapp", "b": "email"}


def test_an_agent_may_look_and_not_change(lark: People, owner: Client, signed_in: SignIn) -> None:
    trial = _tried(owner, lark)
    agent = signed_in(lark.user("agent"))
    assert agent.get(PLAN).status_code == 200
    assert agent.get(f"/s/lark/notifications/trials/{trial.pk}").status_code == 200
    assert agent.post(f"{PLAN}/save", _form()).status_code == 403
    assert agent.post(f"/s/lark/notifications/trials/{trial.pk}/use").status_code == 403
