"""Quiet hours and budgets as a merchant sets them, and the answer when something would leave."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.policy import BUDGETS, Budget, policy_of
from tests.support.people import People, SignIn

HTMX = {"HX-Request": "true"}
PAGE = "/s/lark/notifications/quiet-hours"


@pytest.fixture
def owner(lark: People, signed_in: SignIn) -> Client:
    return signed_in(lark.user("owner"))


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "quiet_from": "22:30",
        "quiet_until": "07:00",
        "marketing_email_count": "1",
        "marketing_email_hours": "24",
        **changes,
    }


def _asked(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "marketing",
        "medium": "sms",
        "country": "FR",
        "region": "",
        "phone": "",
        "at": "2026-11-22T10:00",
        **changes,
    }


def _answer(owner: Client, **changes: Any) -> str:
    answer = owner.get(f"{PAGE}/outlook", _asked(**changes), headers=HTMX)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_shows_what_holds_and_every_rule_with_its_source(owner: Client) -> None:
    text = owner.get(PAGE).content.decode()
    assert 'name="quiet_from" value="21:00"' in text
    assert 'name="marketing_email_hours" value="16"' in text
    assert "Florida Statutes 501.616(6)" in text
    assert 'href="https://developers.brevo.com/reference/sendtransacsms"' in text
    assert "It would leave on" in text  # an example is answered at once: next Sunday in France


def test_what_is_saved_is_what_the_gate_asks(owner: Client, lark: People) -> None:
    lark.store.policies = {"track_opens": True}
    lark.store.save()
    saved = owner.post(f"{PAGE}/save", _form(quiet_days=["5", "6"], quiet_holidays="on"))
    assert saved.status_code == 302
    lark.store.refresh_from_db()
    policy = policy_of(lark.store)
    assert f"{policy.quiet_from:%H:%M}" == "22:30"
    assert (policy.quiet_days, policy.quiet_holidays) == ((5, 6), True)
    assert policy.budgets == (Budget("marketing", "email", 1, 24),)
    assert policy.track_opens


def test_what_waits_already_is_judged_by_the_new_hours(owner: Client, lark: People) -> None:
    values = {"kind": "delayed", "purpose": "order_updates", "medium": "email", "state": "queued"}
    later = clock.now() + timedelta(hours=9)
    with store_scope(lark.store.pk):
        for reason in ("quiet_hours", "over_budget", "retry"):
            Message.objects.create(business_key=reason, reason=reason, due_at=later, **values)
    owner.post(f"{PAGE}/save", _form())
    with store_scope(lark.store.pk):
        due = Message.objects.filter(due_at__lte=clock.now()).values_list("reason", flat=True)
        assert sorted(due) == ["over_budget", "quiet_hours"]


def test_without_a_change_the_standard_budgets_stay(owner: Client, lark: People) -> None:
    data = {f"{b.purpose}_{b.channel}_count": b.count for b in BUDGETS}
    data |= {f"{b.purpose}_{b.channel}_hours": b.hours for b in BUDGETS}
    owner.post(f"{PAGE}/save", {"quiet_from": "21:00", "quiet_until": "08:00", **data})
    lark.store.refresh_from_db()
    assert set(policy_of(lark.store).budgets) == set(BUDGETS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quiet_from": "late"}, "Enter a valid time"),
        ({"survey_sms_count": "2"}, "Fill in both numbers"),
        ({"marketing_email_hours": "0"}, "greater than or equal to 1"),
        ({"quiet_days": list("0123456")}, "Leave at least one day"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    owner: Client, lark: People, changes: dict[str, Any], said: str
) -> None:
    answer = owner.post(f"{PAGE}/save", _form(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    lark.store.refresh_from_db()
    assert lark.store.policies == {}


def test_a_sunday_in_paris_ends_on_monday_and_the_answer_says_why(owner: Client) -> None:
    text = _answer(owner)
    assert "It would leave on Monday 23 November at 08:00</strong> on the clock of Paris" in text
    assert "By the rules of France" in text


def test_the_answer_goes_by_state_number_channel_and_purpose(owner: Client) -> None:
    texan = _answer(owner, country="US", region="TX")
    assert "Sunday 22 November at 13:00" in texan  # noon in El Paso
    assert "Possible zones" in texan
    assert "leave at once" in _answer(owner, purpose="order_updates")
    assert "leave at once" in _answer(owner, medium="email")
    assert "clock of New York" in _answer(owner, phone="+1 305 555 0123", at="2026-11-22T20:30")
    assert "not a phone number" in _answer(owner, phone="hello")


def test_the_stores_hours_and_the_laws_are_both_reasons(owner: Client, lark: People) -> None:
    lark.store.policies = {"quiet_from": "21:00", "quiet_until": "09:00"}
    lark.store.save()
    text = _answer(owner, at="2026-11-21T22:30")
    assert "Monday 23 November at 09:00" in text


def test_without_scripts_the_question_answers_with_the_whole_page(owner: Client) -> None:
    text = owner.get(f"{PAGE}/outlook", _asked(country="TH")).content.decode()
    assert "<h2" in text
    assert "22 November at 10:00 in Bangkok" in text


def test_an_agent_may_look_and_not_change(lark: People, signed_in: SignIn) -> None:
    agent = signed_in(lark.user("agent"))
    assert agent.get(PAGE).status_code == 200
    assert agent.post(f"{PAGE}/save", _form()).status_code == 403
