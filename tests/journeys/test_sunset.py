"""Who reacts to nothing is asked once; without an answer offers stop, and can begin anew."""

from datetime import timedelta

from django.test import Client

from shopbell.consent.actions import record_consent
from shopbell.consent.models import Suppression
from shopbell.customers.models import Customer
from shopbell.journeys.silence import ask_the_silent
from shopbell.journeys.staying import links_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from tests.journeys.ground import Shop, pass_time, work

ADA, BEA, CLEO = "ada@example.com", "bea@example.com", "cleo@example.com"


def mailed(shop: Shop, email: str, *, times: int = 10, measured: bool = True) -> Customer:
    """Let somebody have got mails for a year without a sign of life."""
    customer = shop.subscribe(email)
    with store_scope(shop.store.pk):
        if measured:
            record_consent(
                customer=customer, purpose="tracking", channel="email", action="granted", source="t"
            )
        then = clock.now() - timedelta(days=365)
        Customer.objects.filter(pk=customer.pk).update(first_seen_at=then)
        queue_messages(
            drafts=[
                Draft(
                    business_key=f"{email}:{number}",
                    kind="welcome_first",
                    purpose="marketing",
                    media=("email",),
                    customer=customer,
                )
                for number in range(times)
            ]
        )
        Message.objects.filter(customer=customer).update(
            state="sent", medium="email", handed_at=clock.now() - timedelta(days=60)
        )
    return customer


def asked(shop: Shop) -> list[tuple[str, str]]:
    with store_scope(shop.store.pk):
        rows = Message.objects.filter(kind="last_question").order_by("created_at")
        return [(row.to_address, row.state) for row in rows]


def blocks(shop: Shop) -> list[tuple[str, str, bool]]:
    with store_scope(shop.store.pk):
        rows = Suppression.objects.order_by("created_at")
        return [(row.scope, row.reason, row.lifted_at is None) for row in rows]


def measure(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        shop.store.policies = {**shop.store.policies, "track_clicks": True}
        shop.store.save(update_fields=["policies"])


def test_only_who_is_known_to_react_to_nothing_is_asked(shop: Shop) -> None:
    shop.switch_on("sunset")
    mailed(shop, ADA)
    mailed(shop, BEA, times=9)
    mailed(shop, CLEO, measured=False)
    buyer = mailed(shop, "dora@example.com")
    reader = mailed(shop, "emmy@example.com")
    shop.order("dora@example.com")
    with store_scope(shop.store.pk):
        Message.objects.filter(customer=reader).update(clicked_at=clock.now())
    work()
    # given a store that measures nothing: nobody is known to be silent
    ask_the_silent()
    assert shop.runs() == []
    measure(shop)
    for _ in range(2):
        ask_the_silent()
    work()
    assert asked(shop) == [(ADA, "sent")]
    assert {run.customer_id for run in shop.runs()}.isdisjoint({buyer.pk, reader.pk})


def test_without_an_answer_offers_stop_and_can_begin_anew(shop: Shop) -> None:
    shop.switch_on("sunset")
    ada = mailed(shop, ADA)
    measure(shop)
    ask_the_silent()
    work()
    pass_time(days=22)
    # then offers stop, with the reason; news of orders do not
    assert blocks(shop) == [("marketing", "silent", True)]
    with store_scope(shop.store.pk):
        row = Suppression.objects.get()
        message = Message.objects.get(kind="last_question")
        path = links_of(shop.store, message)["stay"].partition("/k/")[2]
    assert "Reacts to nothing" in row.detail
    # when she presses the button of that mail after all
    assert Client().get(f"/k/{path}").status_code == 200
    assert blocks(shop) == [("marketing", "silent", True)]
    assert Client().post(f"/k/{path}").status_code == 303
    assert blocks(shop) == [("marketing", "silent", False)]
    # and she is not asked again within a year
    ask_the_silent()
    assert [run.customer_id for run in shop.runs()] == [ada.pk]


def test_who_answers_goes_on_and_who_read_is_left_alone(shop: Shop) -> None:
    shop.switch_on("sunset")
    mailed(shop, ADA)
    bea = mailed(shop, BEA)
    measure(shop)
    ask_the_silent()
    work()
    with store_scope(shop.store.pk):
        message = Message.objects.get(kind="last_question", customer__email=ADA)
        path = links_of(shop.store, message)["stay"].partition("/k/")[2]
        Message.objects.filter(kind="last_question", customer=bea).update(read_at=clock.now())
    Client().post(f"/k/{path}")
    work()
    pass_time(days=22)
    states = {run.customer_id == bea.pk: (run.state, run.reason) for run in shop.runs()}
    assert states[False][0] == "goal"
    assert states[True] == ("done", "They have read us since.")
    assert blocks(shop) == []
