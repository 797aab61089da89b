"""People in journeys: they come in once, go on in time, and leave the moment they did it."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.conversations.models import Conversation
from shopbell.events.pump import PUMPS
from shopbell.feedback.actions import answer_check
from shopbell.journeys import actions, engine
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.messaging.models import Message
from shopbell.orders.actions.facts import record_customers
from shopbell.orders.ports import ConsentFacts, CustomerFacts
from tests.journeys.ground import Shop, pass_time, work

ADA = "ada@example.com"


def mails(shop: Shop) -> list[str]:
    return [str(mail.parsed["subject"]) for mail in shop.sink.messages]


def test_somebody_who_subscribes_is_welcomed_over_ten_days(shop: Shop) -> None:
    shop.switch_on("welcome")
    shop.subscribe(ADA, first_name="Ada")
    work()
    assert shop.told() == [("welcome_first", "sent", "")]
    # then nothing for three days
    pass_time(days=2)
    assert len(shop.told()) == 1
    pass_time(days=2)
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first", "welcome_order"]
    pass_time(days=7)
    assert [state for _, state, _ in shop.told()] == ["sent"] * 3
    assert shop.run().state == EnrolmentState.DONE
    assert mails(shop)[0] == "Welcome to Lark"


def test_nobody_is_welcomed_twice(shop: Shop) -> None:
    shop.switch_on("welcome")
    customer = shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        from shopbell.consent.actions import record_consent

        for action in ("withdrawn", "granted"):
            record_consent(
                customer=customer, purpose="marketing", channel="email", action=action, source="t"
            )
    work()
    assert len(shop.runs()) == 1


def test_a_cart_is_recovered_with_exactly_what_was_in_it(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA, first_name="Ada")
    shop.leave_cart(ADA)
    work()
    assert shop.told() == []
    pass_time(minutes=31)
    assert shop.told() == [("cart_reminder", "sent", "")]
    with store_scope(shop.store.pk):
        text = Message.objects.get(kind="cart_reminder").text
    assert "Stoneware mug" in text
    assert "Sage" in text
    assert "https://lark.example/recover/c1" in text
    # and a day later the last one
    pass_time(hours=24)
    assert [kind for kind, _, _ in shop.told()] == ["cart_reminder", "cart_last_call"]


def test_without_permission_nothing_leaves_and_the_ledger_says_why(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.leave_cart(ADA)
    work()
    pass_time(minutes=31)
    assert shop.told() == [("cart_reminder", "skipped", "no_consent")]


def test_who_orders_gets_no_further_reminder(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    pass_time(minutes=31)
    shop.order(ADA)
    work()
    pass_time(days=2)
    assert [kind for kind, _, _ in shop.told()] == ["cart_reminder"]
    run = shop.run()
    assert (run.state, run.reason) == (EnrolmentState.GOAL, "They ordered.")


def test_an_order_whose_news_is_still_on_its_way_stops_the_reminder_too(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    shop.order(ADA)  # its event is not handled yet
    with store_scope(shop.store.pk):
        Enrolment.objects.update(due_at="2026-01-01T00:00:00Z")
    PUMPS["journeys"].run()
    run = shop.run()
    assert (run.state, run.reason) == (EnrolmentState.GOAL, "They ordered (#1001).")
    assert shop.told() == []


def test_an_order_stops_even_what_is_queued_already(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    with store_scope(shop.store.pk):
        Enrolment.objects.update(due_at="2026-01-01T00:00:00Z")
    PUMPS["journeys"].run()  # queued, not sent
    shop.order(ADA)
    PUMPS["outbox"].run()
    [(kind, state, reason)] = shop.told()
    assert (kind, state, reason) == ("cart_reminder", "skipped", "left_journey")


def test_a_cart_that_changes_is_waited_for_anew(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    pass_time(minutes=20)
    shop.leave_cart(ADA, total=5000)
    work()
    pass_time(minutes=20)
    assert shop.told() == []
    pass_time(minutes=11)
    assert [kind for kind, _, _ in shop.told()] == ["cart_reminder"]
    assert len(shop.runs()) == 1


def test_a_completed_cart_leaves(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    shop.leave_cart(ADA, completed=True)
    work()
    assert shop.run().state == EnrolmentState.LEFT
    assert shop.run().reason == "The cart was completed."


def test_a_cart_of_nobody_starts_nothing(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.leave_cart("")
    work()
    assert shop.runs() == []


def test_what_is_off_starts_nothing(shop: Shop) -> None:
    shop.subscribe(ADA)
    work()
    assert shop.runs() == []


def test_a_pause_means_wait(shop: Shop) -> None:
    row = shop.switch_on("welcome")
    shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        actions.pause(journey=row, by=None)
    shop.subscribe("eve@example.com")
    pass_time(days=30)
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first"]
    assert len(shop.runs()) == 1  # nobody came in
    # then it goes on where it was, with nobody lost
    shop.switch_on("welcome")
    pass_time()
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first", "welcome_order"]


def test_a_pause_holds_what_is_queued_and_going_on_sends_it(shop: Shop) -> None:
    row = shop.switch_on("welcome")
    shop.subscribe(ADA)
    for name in ("events", "journeys"):
        PUMPS[name].run()
    with store_scope(shop.store.pk):
        actions.pause(journey=row, by=None)
    work()
    assert shop.told() == [("welcome_first", "held", "journey_paused")]
    shop.switch_on("welcome")
    work()
    assert shop.told() == [("welcome_first", "sent", "")]


def test_switched_off_it_finishes_or_stops_as_chosen(shop: Shop) -> None:
    row = shop.switch_on("welcome")
    shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        assert actions.switch_off(journey=row, by=None, finish=True) == 0
    pass_time(days=4)
    assert len(shop.told()) == 2
    with store_scope(shop.store.pk):
        actions.switch_on(key="welcome", by=None)
        assert actions.switch_off(journey=row, by=None, finish=False) == 1
    pass_time(days=30)
    assert len(shop.told()) == 2
    assert shop.run().reason == "The journey was switched off."
    with pytest.raises(Conflict), store_scope(shop.store.pk):
        actions.pause(journey=Journey.objects.get(), by=None)


def test_somebody_can_be_taken_out_once(shop: Shop) -> None:
    shop.switch_on("welcome")
    shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        actions.take_out(enrolment=Enrolment.objects.get(), by="Olga")
        with pytest.raises(Conflict):
            actions.take_out(enrolment=Enrolment.objects.get(), by="Olga")
    pass_time(days=30)
    assert len(shop.told()) == 1
    assert shop.run().reason == "Taken out by Olga."


def test_people_under_way_stay_in_the_version_they_began(shop: Shop) -> None:
    row = shop.switch_on("welcome")
    shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        steps: list[dict[str, Any]] = [{"do": "send", "text": "welcome_choose"}]
        trigger = {"event": "consent.changed", "where": {"action": "granted"}}
        definition = {"trigger": trigger, "steps": steps}
        assert actions.save_version(journey=row, definition=definition, by=None).number == 2
    shop.subscribe("eve@example.com")
    work()
    pass_time(days=4)
    assert sorted(kind for kind, _, _ in shop.told()) == [
        "welcome_choose", "welcome_first", "welcome_order",
    ]  # fmt: skip


def test_the_same_person_comes_in_again_only_after_a_while(shop: Shop) -> None:
    shop.own(
        {
            "trigger": "order.placed",
            "again_after_days": 30,
            "steps": [{"do": "wait", "days": 1}],
        }
    )
    shop.order(ADA, "#1")
    work()
    pass_time(days=2)
    shop.order(ADA, "#2")
    work()
    assert len(shop.runs()) == 1
    pass_time(days=31)
    shop.order(ADA, "#3")
    work()
    assert len(shop.runs()) == 2


def test_one_broken_run_stops_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.subscribe("eve@example.com")
    shop.leave_cart(ADA, "bad")
    shop.leave_cart("eve@example.com", "good")
    work()
    with store_scope(shop.store.pk):
        from shopbell.orders.models import Cart

        Cart.objects.filter(source_id="bad").update(lines=[None])
    for _ in range(engine.GIVE_UP_AFTER):
        pass_time(minutes=31)
    states = {run.state: run.reason for run in shop.runs()}
    assert states.keys() == {EnrolmentState.STUCK, EnrolmentState.ACTIVE}
    assert states[EnrolmentState.STUCK].startswith("It could not go on")
    assert [kind for kind, _, _ in shop.told()] == ["cart_reminder"]


def test_everything_that_happened_can_be_read(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    pass_time(minutes=31)
    shop.order(ADA)
    work()
    said = shop.said()
    assert said[0] == "Waits 30 minutes"
    assert said[1] == "“Cart: your things are still here” by WhatsApp or e-mail"
    assert said[-1] == "They ordered."


def test_old_news_starts_nothing(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.leave_cart(ADA, updated_at=clock.now() - timedelta(days=30))
    work()
    assert shop.runs() == []


def test_who_got_a_parcel_is_asked_a_day_later_and_answers(shop: Shop) -> None:
    shop.switch_on("delivery_check")
    shop.order(ADA)
    shop.deliver()
    work()
    pass_time(hours=49)
    with store_scope(shop.store.pk):
        message = Message.objects.get(kind="delivery_check")
    assert (message.state, message.purpose) == ("sent", "survey")
    assert message.order_id is not None
    assert shop.run().awaits == "check.answered"
    # when she answers
    with store_scope(shop.store.pk):
        answer_check(message=message, answer="bad", comment="A cup is broken.")
    work()
    run = shop.run()
    assert (run.state, run.reason) == (EnrolmentState.DONE, "They answered.")
    with store_scope(shop.store.pk):
        conversation = Conversation.objects.get()
    assert conversation.customer_id == message.customer_id


def test_who_does_not_answer_is_not_asked_again(shop: Shop) -> None:
    shop.switch_on("delivery_check")
    shop.order(ADA)
    shop.deliver()
    work()
    pass_time(hours=49)
    pass_time(days=8)
    shop.deliver()
    work()
    assert shop.run().reason == "They did not answer."
    assert [kind for kind, _, _ in shop.told()].count("delivery_check") == 1


def test_who_gets_two_parcels_is_asked_about_both_at_once(shop: Shop) -> None:
    shop.switch_on("delivery_check")
    shop.order(ADA)
    shop.deliver(parcel="p2", status="in_transit")
    shop.deliver(parcel="p1")
    work()
    assert shop.runs() == []
    shop.deliver(parcel="p2")
    work()
    assert len(shop.runs()) == 1


def test_an_order_that_came_in_a_while_after_it_was_placed_does_not_end_its_own_run(
    shop: Shop,
) -> None:
    shop.switch_on("win_back")
    shop.order(ADA, "#1", placed_at=clock.now() - timedelta(minutes=3))
    work()
    pass_time(minutes=1)
    with store_scope(shop.store.pk):
        Enrolment.objects.update(due_at="2026-01-01T00:00:00Z")
    PUMPS["journeys"].run()
    assert shop.run().step == "a-week"


def test_who_does_not_come_back_is_asked_how_it_is_and_who_does_is_left_alone(shop: Shop) -> None:
    shop.switch_on("win_back")
    shop.subscribe(ADA)
    shop.subscribe("eve@example.com")
    shop.order(ADA, "#1")
    shop.order("eve@example.com", "#2")
    work()
    pass_time(days=30)
    shop.order("eve@example.com", "#3")
    work()
    pass_time(days=61)
    assert [kind for kind, _, _ in shop.told()] == ["win_back"]
    with store_scope(shop.store.pk):
        message = Message.objects.get(kind="win_back")
    assert message.to_address == ADA
    assert message.subject == "How is your Stoneware mug doing?"
    states = sorted(str(run.state) for run in shop.runs())
    assert states == ["active", "active", "goal"]


def test_a_list_of_subscribers_without_dates_is_not_welcomed(shop: Shop) -> None:
    shop.switch_on("welcome")
    said = ConsentFacts(channel="email", granted=True)
    fact = CustomerFacts(source_id="c1", email=ADA, consents=(said,))
    with store_scope(shop.store.pk):
        record_customers(source="shopify/main", facts=[fact])
    work()
    assert shop.runs() == []
    # and who agreed a moment ago is
    said = ConsentFacts(channel="email", granted=True, changed_at=clock.now())
    fact = CustomerFacts(source_id="c2", email="eve@example.com", consents=(said,))
    with store_scope(shop.store.pk):
        record_customers(source="shopify/main", facts=[fact])
    work()
    assert len(shop.runs()) == 1
