"""Offers to existing customers without a permission: each bound fails alone, and all say the same.

The gate asks in Python, audiences and segments in SQL. One table of cases is asked of all three.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.backoffice.allowed import as_existing_customer
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.models import Campaign
from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.consent.choosing import save_topic
from shopbell.consent.models import Suppression
from shopbell.consent.optouts import opt_out
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from shopbell.segments.membership import look_again
from shopbell.segments.models import Profile
from shopbell.segments.queries import count_of
from shopbell.segments.tree import read
from shopbell.signups.rules import SoftRules, change_soft_opt_in
from tests.campaigns.ground import Shop, know_people, work
from tests.messaging.ground import KIND, add_sandbox_sms
from tests.support.shop import add_smtp, make_store

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
NOTICE = datetime(2024, 12, 15, tzinfo=UTC)
RULES = SoftRules(["DE", "AT"], ["similar"], NOTICE.date(), 24)
MARA, PHONE = "mara@shop.example", "+4915112345678"

type Change = Callable[[Store, Customer, Order], object]


def _change(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _block(store: Store, reason: str, *, lift: bool = False, **more: Any) -> None:
    told = {"medium": "email", "address": MARA} | more
    row = suppress_address(store=store, reason=reason, **told)
    if lift:
        lift_suppression(suppression=row)


def _say(customer: Customer, action: str, **more: Any) -> None:
    told: dict[str, Any] = {"purpose": "marketing", "channel": "email", "occurred_at": NOON} | more
    record_consent(customer=customer, source="a test", action=action, **told)


def _leave_and_come_back(store: Store, customer: Customer, order: Order) -> None:
    _say(customer, "withdrawn", occurred_at=NOON - timedelta(days=9))
    _say(customer, "granted", occurred_at=NOON - timedelta(days=8))


def _leave_by_sms(store: Store, customer: Customer, order: Order) -> None:
    opt_out(store=store, number=PHONE, what="STOP", words="STOP", source="sms", at=NOON)


def _agree_elsewhere(store: Store, customer: Customer, order: Order) -> None:
    _say(customer, "granted")
    _change(customer, country="ES")


def _placed(day: datetime) -> Change:
    return lambda s, c, o: _change(o, placed_at=day)


def _blocked(reason: str, **more: Any) -> Change:
    return lambda s, c, o: _block(s, reason, **more)


CASES: dict[str, tuple[bool, Change]] = {
    "all four hold": (True, lambda s, c, o: None),
    "in capitals": (True, lambda s, c, o: _change(o, email=" MARA@shop.example")),
    "asked, not confirmed": (True, lambda s, c, o: _say(c, "pending")),
    "no delivery updates": (True, _blocked("unsubscribed", scope="order_updates")),
    "a bounce, lifted": (True, _blocked("hard_bounce", lift=True)),
    "a plea that was none": (True, _blocked("asked", lift=True)),
    "the day of the notice": (True, _placed(NOTICE)),
    # The address did not come with an order.
    "no order": (False, lambda s, c, o: o.delete()),
    "another address": (False, lambda s, c, o: _change(o, email="x@shop.example")),
    "a test order": (False, lambda s, c, o: _change(o, is_test=True)),
    "a stub of an order": (False, lambda s, c, o: _change(o, is_stub=True)),
    "a cancelled order": (False, lambda s, c, o: _change(o, status="cancelled")),
    # The notice; the country.
    "before the notice": (False, _placed(NOTICE - timedelta(hours=2))),
    "another country": (False, lambda s, c, o: _change(c, country="ES")),
    "no country": (False, lambda s, c, o: _change(c, country="")),
    # Objections, of any kind and for good.
    "left": (False, lambda s, c, o: _say(c, "withdrawn")),
    "left a topic": (False, lambda s, c, o: _say(c, "withdrawn", topic="other")),
    "left by SMS": (False, _leave_by_sms),
    "one click": (False, _blocked("unsubscribed", scope="marketing")),
    "a complaint, lifted": (False, _blocked("complaint", lift=True)),
    "blocked by staff, lifted": (False, _blocked("manual", lift=True)),
    "seems to want none": (False, _blocked("asked")),
    "no such address": (False, _blocked("hard_bounce")),
    # Whoever agrees needs no exception.
    "agreed, lives elsewhere": (True, _agree_elsewhere),
    "left and came back": (True, _leave_and_come_back),
}


@pytest.fixture
def store(db: None) -> Store:
    made = make_store("lark", policies={"quiet_from": "00:00", "quiet_until": "00:00"})
    add_smtp(made, 2525)
    add_sandbox_sms(made)
    with store_scope(made.pk):
        save_topic(names={"en": "Similar goods"}, key="similar")
        save_topic(names={"en": "Recipes"}, key="other")
        change_soft_opt_in(store=made, rules=RULES, by="ada@lark.example")
    return made


def _buyer() -> tuple[Customer, Order]:
    customer = Customer.objects.create(email=MARA, phone=PHONE, country="DE")
    order = Order.objects.create(
        source="x",
        source_id="1",
        customer=customer,
        email=MARA,
        placed_at=NOON - timedelta(days=30),
    )
    return customer, order


def _ask(store: Store, customer: Customer, topic: str = "similar", **more: Any) -> Verdict:
    told = {"kind": KIND, "purpose": "marketing", "media": ["email"], "customer": customer} | more
    return decide(store, [Message(data={"topic": topic}, **told)])[0]


def _allowed(topic: str = "similar") -> tuple[int, int]:
    """Return how many a campaign may write to, and how many a segment says may be."""
    size = size_of(Campaign(name=topic, media=["email"], topic=topic))
    assert size is not None
    mail = {"is": "reachable", "channel": "email"}
    said = {"all": [{"is": "consent", "purpose": "marketing", "channel": "email"}, mail]}
    return size.allowed, count_of(read(said)) or 0


def test_gate_audience_and_segment_say_the_same_of_each_case(store: Store) -> None:
    for name, (may, change) in CASES.items():
        with clock.at(NOON), store_scope(store.pk):
            customer, order = _buyer()
            change(store, customer, order)
            look_again(customers=[customer.pk], facts={"new"}, quiet=True)
            verdict = _ask(store, customer)
            assert (verdict.answer == Answer.SEND) is may, (name, verdict)
            assert _allowed() == ((1, 1) if may else (0, 0)), name
            for rows in (Suppression.objects, Profile.objects, Order.objects, Customer.objects):
                rows.all().delete()


def test_it_ends_some_months_after_the_last_order(store: Store) -> None:
    with store_scope(store.pk):
        with clock.at(NOON):
            customer, _ = _buyer()  # ordered on 24 October 2026
        for at, may in ((datetime(2028, 10, 23, tzinfo=UTC), True),
                        (datetime(2028, 10, 25, tzinfo=UTC), False)):  # fmt: skip
            with clock.at(at):
                look_again(customers=[customer.pk], facts={"new"}, quiet=True)
                verdict = _ask(store, customer)
                assert (verdict.answer == Answer.SEND) is may
                assert _allowed() == ((1, 1) if may else (0, 0))
        assert "their last order is more than 24 months ago" in verdict.text


def test_only_a_topic_about_similar_goods_is_covered_and_only_mail(store: Store) -> None:
    with clock.at(NOON), store_scope(store.pk):
        customer, _ = _buyer()
        look_again(customers=[customer.pk], facts={"new"}, quiet=True)
        for topic in ("other", ""):
            verdict = _ask(store, customer, topic)
            assert (verdict.answer, verdict.reason) == (Answer.SKIP, "no_consent")
            assert "not about similar goods of your own" in verdict.text
            assert _allowed(topic)[0] == 0
        assert _ask(store, customer, media=["sms"]).reason == "no_consent"
        assert _ask(store, customer, purpose="tracking").reason == "no_consent"


def test_it_is_off_until_a_store_states_it(store: Store) -> None:
    with clock.at(NOON), store_scope(store.pk):
        customer, _ = _buyer()
        look_again(customers=[customer.pk], facts={"new"}, quiet=True)
        held = as_existing_customer(store, customer)
        assert held is not None
        assert held.against == ""
        change_soft_opt_in(store=store, rules=None, by="ada@lark.example")
        verdict = _ask(store, customer)
        assert verdict.text == "No permission for offers and news by e-mail."
        assert _allowed() == (0, 0)
        assert as_existing_customer(store, customer) is None


def test_the_foot_of_the_mail_says_why_it_came(shop: Shop) -> None:
    store = shop.store
    with store_scope(store.pk):
        save_topic(names={"en": "Similar goods"}, key="similar")
        change_soft_opt_in(store=store, rules=RULES, by="ada@lark.example")
        buyer = Customer.objects.create(email=MARA, country="DE")
        Order.objects.create(
            source="x", source_id="1", customer=buyer, email=MARA, placed_at=clock.now()
        )
    know_people(store)
    row = shop.start(topic="similar")
    work()
    assert shop.places(row) == {"sent": 13, "left_out no_consent": 1}
    for mail in shop.sink.messages:
        for kind in ("plain", "html"):
            part = mail.parsed.get_body((kind,))
            assert part is not None
            said = "You get this because you bought from us" in part.get_content()
            assert said is (mail.recipients == (MARA,))
