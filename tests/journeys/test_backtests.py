"""A journey is tried on what really happened, by the engine's own rules, and nothing is sent."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from shopbell.consent.actions import record_consent, suppress_address
from shopbell.consent.models import SuppressionReason
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.journeys import backtests
from shopbell.journeys.backtest_report import example_of
from shopbell.journeys.models import Backtest, BacktestRow, Enrolment
from shopbell.journeys.presets import preset_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from tests.journeys.ground import Shop, pass_time, work
from tests.support.people import add_people, client_of

ADA, BEA, CAT = "ada@example.com", "bea@example.com", "cat@example.com"
_TIMES = (
    ("events_event", "recorded_at"), ("events_event", "occurred_at"),
    ("consent_consentevent", "occurred_at"), ("consent_suppression", "created_at"),
    ("orders_order", "created_at"), ("messaging_message", "handed_at"),
)  # fmt: skip


def age(**by: float) -> None:
    """Let everything that happened so far have happened so much earlier."""
    with unscoped("a test moves time"), database.cursor() as cursor:
        for table, column in _TIMES:
            cursor.execute(
                f"UPDATE {table} SET {column} = {column} - make_interval(secs => %s)",
                [timedelta(**by).total_seconds()],
            )


def tried(shop: Shop, key: str = "cart_recovery", days: int = 30, **changes: Any) -> Backtest:
    definition = {**copy.deepcopy(preset_of(key).definition), **changes}
    with store_scope(shop.store.pk):
        return backtests.start_backtest(
            store=shop.store, key=key, label="x", definition=definition, days=days, by="a test"
        )


def would(shop: Shop, row: Backtest) -> list[tuple[str, str, str]]:
    with store_scope(shop.store.pk):
        rows = BacktestRow.objects.filter(backtest=row).order_by("at", "customer__email")
        found = rows.values_list("customer__email", "step", "answer", "reason")
        return [(email, step, reason or answer) for email, step, answer, reason in found]


def happen(shop: Shop) -> None:
    """One leaves a cart and stays away, one may not be written to, one buys within the half hour.

    All of it ten days ago.
    """
    shop.subscribe(ADA)
    shop.subscribe(CAT)
    for number, email in enumerate((ADA, BEA, CAT)):
        shop.leave_cart(email, f"c{number}")
    work()
    age(minutes=20)
    shop.order(CAT)
    work()
    age(days=10)


def test_it_tells_whom_it_would_have_written_to_and_writes_to_nobody(shop: Shop) -> None:
    happen(shop)
    row = tried(shop)
    assert (row.finished, row.entered) == (True, 3)
    assert would(shop, row) == [
        (ADA, "reminder", "send"),
        (BEA, "reminder", "no_consent"),
        (ADA, "last-call", "send"),
        (BEA, "last-call", "no_consent"),
    ]
    assert row.result["states"] == {"done": 2, "goal": 1}
    assert row.result["passed"]["half-an-hour"] == 3
    with store_scope(shop.store.pk):
        first, last = BacktestRow.objects.filter(customer__email=ADA).order_by("at")
        assert last.at - first.at == timedelta(hours=23)
        ago = clock.now() - first.at  # half an hour after a cart that was left 20 minutes earlier
        assert timedelta(days=10, minutes=-11) < ago < timedelta(days=10, minutes=-9)
        assert not Enrolment.objects.exists()
        assert not Message.objects.filter(kind__startswith="cart_").exists()


def test_it_tells_what_the_journey_really_did(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    happen(shop)
    pass_time(minutes=31)
    pass_time(hours=24)
    with store_scope(shop.store.pk):
        rows = Message.objects.filter(kind__in=("cart_reminder", "cart_last_call"))
        really = sorted(rows.values_list("customer__email", "kind", "state"))
    kinds = {"reminder": "cart_reminder", "last-call": "cart_last_call"}
    states = {"send": "sent", "no_consent": "skipped"}
    found = would(shop, tried(shop))
    assert sorted((who, kinds[step], states[said]) for who, step, said in found) == really


def test_what_was_allowed_then_counts_and_not_what_is_today(shop: Shop) -> None:
    happen(shop)
    # given one who has left since, one who agreed since, and an address that was blocked since
    with store_scope(shop.store.pk):
        ada, bea = (Customer.objects.get(email=email) for email in (ADA, BEA))
        for who, action in ((ada, "withdrawn"), (bea, "granted")):
            record_consent(
                customer=who, purpose="marketing", channel="email", action=action, source="t"
            )
        suppress_address(
            store=shop.store, medium="email", address=ADA,
            reason=SuppressionReason.UNSUBSCRIBED, scope="marketing",
        )  # fmt: skip
    found = would(shop, tried(shop))
    assert (ADA, "reminder", "send") in found
    assert (BEA, "reminder", "no_consent") in found
    # and where the block is older than the cart, it counts
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute("UPDATE consent_suppression SET created_at = now() - interval '20 days'")
    assert (ADA, "reminder", "unsubscribed") in would(shop, tried(shop))


def test_what_else_they_were_told_then_counts_too(shop: Shop) -> None:
    # given somebody who was welcomed minutes before they left a cart
    shop.switch_on("welcome")
    happen(shop)
    found = would(shop, tried(shop))
    # then a reminder would have been one too many, and of no use when its turn came
    assert (ADA, "reminder", "over_budget") in found
    assert (ADA, "last-call", "send") in found
    # and one that keeps longer would have left later
    send = {"do": "send", "text": "cart_reminder", "fresh_hours": 48}
    steps = [{"do": "wait", "minutes": 30}, send]
    with store_scope(shop.store.pk):
        BacktestRow.objects.all().delete()
    tried(shop, steps=steps)
    with store_scope(shop.store.pk):
        row = BacktestRow.objects.get(customer__email=ADA)
    assert row.answer == "send"
    assert row.leaves is not None
    assert timedelta(hours=10) < row.leaves - row.at < timedelta(hours=17)


def test_an_open_conversation_of_then_holds_it(shop: Shop) -> None:
    happen(shop)
    with store_scope(shop.store.pk):
        ada = Customer.objects.get(email=ADA)
        case = Conversation.objects.create(
            number=7, customer=ada, created_at=clock.now() - timedelta(days=12)
        )
        assert (ADA, "reminder", "open_conversation") in would(shop, tried(shop))
        # one that was settled before is of no account
        case.resolved_at, case.status = clock.now() - timedelta(days=11), "resolved"
        case.save()
    assert (ADA, "reminder", "send") in would(shop, tried(shop))


def test_a_draft_with_conditions_is_tried_without_being_saved(shop: Shop) -> None:
    happen(shop)
    asks = {
        "do": "if", "all": [{"is": "orders", "compare": "least", "number": 1}],
        "then": [{"id": "buyer", "do": "send", "text": "win_back"}],
        "else": [{"id": "visitor", "do": "send", "text": "cart_reminder"}],
    }  # fmt: skip
    row = tried(shop, steps=[asks], goal=None)
    assert [(who, step) for who, step, _ in would(shop, row)] == [
        (ADA, "visitor"), (BEA, "visitor"), (CAT, "buyer"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "steps"), [(31, None), (0, None), (7, [{"do": "if", "segment": "nowhere"}])]
)
def test_what_cannot_be_tried_is_refused(shop: Shop, days: int, steps: Any) -> None:
    changes = {"steps": steps} if steps else {}
    with pytest.raises(Invalid):
        tried(shop, days=days, **changes)


def test_much_is_done_by_a_job_within_bounds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(shop)
    monkeypatch.setattr(backtests, "AT_ONCE", 0)
    monkeypatch.setattr(backtests, "BATCH", 2)
    monkeypatch.setattr(backtests, "JUDGED", 1)
    monkeypatch.setattr(backtests, "MOST_RUNS", 2)
    row = tried(shop)
    assert not row.finished
    owner = client_of(add_people(shop.store).user("owner"))
    path = f"/s/lark/journeys/cart_recovery/try/{row.pk}/"
    assert "Going through what happened" in str(owner.get(path).content.decode())
    [job] = ProcrastinateJob.objects.filter(task_name=backtests.TASK)
    app.tasks[job.task_name](**job.args)
    app.tasks[job.task_name](**job.args)  # a job that runs twice changes nothing
    with store_scope(shop.store.pk):
        row.refresh_from_db()
    assert (row.finished, row.entered, row.left_out) == (True, 2, 1)
    assert "Only the first 2 who came in were followed" in str(owner.get(path).content.decode())


def test_it_is_tried_from_the_page_and_each_message_can_be_read(shop: Shop) -> None:
    happen(shop)
    people = add_people(shop.store)
    owner, agent = (client_of(people.user(role)) for role in ("owner", "agent"))
    home = "/s/lark/journeys/cart_recovery/"
    assert "Try it on what really happened" in str(owner.get(home).content.decode())
    assert agent.post(f"{home}try/").status_code == 403
    assert owner.get(f"{home}try/").status_code == 405
    answer: Any = owner.post(f"{home}try/", {"days": "30"})
    assert answer.status_code == 302
    page = str(agent.get(answer["Location"]).content.decode())
    assert 'id="n-reminder"' in page  # drawn as the journey is, with these numbers
    assert "would leave" in page
    for said in ("Cart recovery, as it comes", "Came in", "1 would have reached the goal",
                 "No permission for", "Cart: your things are still here</a>"):  # fmt: skip
        assert said in page
    assert "BacktestRow" not in page
    with store_scope(shop.store.pk):
        past = Backtest.objects.get()
        row = BacktestRow.objects.get(customer__email=ADA, step="reminder")
        found = example_of(shop.store, past, row.pk)
    assert found.rendered is not None
    assert "Stoneware mug" in found.rendered.html
    read = agent.get(f"{answer['Location']}{row.pk}/")
    assert found.rendered.subject in str(read.content.decode())
    assert "Stoneware mug" in str(agent.get(f"{answer['Location']}{row.pk}/body/").content.decode())
    assert owner.get(f"{home}try/{row.pk}/").status_code == 404
    nothing: Any = owner.post("/s/lark/journeys/welcome/try/", {"days": "1"})
    assert "Nobody would have come in" in str(owner.get(nothing["Location"]).content.decode())
