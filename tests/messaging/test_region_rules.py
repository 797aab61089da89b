"""The law of the place and the store's own hours, as the gate tells them."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.messaging.regions import region_rules, rules_for
from tests.messaging.ground import KIND, add_sandbox_sms, make_due, only, send_due, write_texts
from tests.support.shop import add_smtp, make_store

PARIS, MIAMI, DALLAS = "+33612345678", "+13055550123", "+12145550123"


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(timezone="Europe/Berlin")
    add_smtp(made, 2525)
    add_sandbox_sms(made)
    return made


def _reader(store: Store, phone: str, **fields: Any) -> Customer:
    with store_scope(store.pk):
        reader, _ = Customer.objects.get_or_create(phone=phone, defaults=fields)
        for channel in ("sms", "email"):
            record_consent(
                customer=reader, purpose="marketing", channel=channel, action="granted", source="x"
            )
    return reader


def _ask(store: Store, phone: str, local: str, zone: str, **fields: Any) -> Verdict:
    reader = _reader(store, phone, **fields.pop("reader", {}))
    values = {"kind": KIND, "purpose": "marketing", "media": ["sms"], **fields}
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    with clock.at(moment), store_scope(store.pk):
        return decide(store, [Message(customer=reader, **values)])[0]


def _at(verdict: Verdict, zone: str) -> str:
    assert verdict.until is not None
    return f"{verdict.until.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


def test_a_french_sunday_waits_until_monday_and_says_whose_rule_it_is(store: Store) -> None:
    verdict = _ask(store, PARIS, "2026-11-22T10:00", "Europe/Paris")
    assert (verdict.answer, verdict.reason) == (Answer.WAIT, "region_rule")
    assert _at(verdict, "Europe/Paris") == "Mon 23 Nov 08:00"
    assert verdict.text == (
        "By the rules of France: no advertising by SMS between 22:00 and 8:00, on Sundays or"
        " public holidays. It waits until 08:00 in Paris."
    )


def test_a_saturday_night_in_france_is_more_than_a_day(store: Store) -> None:
    verdict = _ask(store, PARIS, "2026-11-21T22:30", "Europe/Paris")
    assert "until Monday 08:00 in Paris" in verdict.text


def test_a_french_holiday_is_quiet_for_advertising_only(store: Store) -> None:
    noon = "2027-07-14T12:00"
    assert _at(_ask(store, PARIS, noon, "Europe/Paris"), "Europe/Paris") == "Thu 15 Jul 08:00"
    for purpose in ("order_essentials", "order_updates", "support", "account"):
        assert _ask(store, PARIS, noon, "Europe/Paris", purpose=purpose).answer == Answer.SEND
    mail = _ask(
        store, PARIS, noon, "Europe/Paris", media=["email"], reader={"email": "a@shop.example"}
    )
    assert mail.answer != Answer.WAIT


@pytest.mark.parametrize(
    ("phone", "local", "zone", "until"),
    [
        (MIAMI, "2026-11-23T19:59", "America/New_York", ""),
        (MIAMI, "2026-11-23T20:00", "America/New_York", "Tue 24 Nov 08:00"),
        (DALLAS, "2026-11-22T11:59", "America/Chicago", "Sun 22 Nov 12:00"),
        (DALLAS, "2026-11-23T08:30", "America/Chicago", "Mon 23 Nov 09:00"),
        ("+12125550123", "2026-11-23T20:59", "America/New_York", ""),
        ("+12125550123", "2026-11-23T21:00", "America/New_York", "Tue 24 Nov 08:00"),
        # eight in the east of the panhandle is seven in its west
        ("+18505550123", "2026-11-23T08:30", "America/New_York", "Mon 23 Nov 09:00"),
    ],
)
def test_the_hours_of_american_states(
    store: Store, phone: str, local: str, zone: str, until: str
) -> None:
    verdict = _ask(store, phone, local, zone)
    if not until:
        assert verdict.answer == Answer.SEND
    else:
        assert _at(verdict, zone) == until


def test_the_law_holds_where_the_store_has_no_quiet_hours(store: Store) -> None:
    store.policies = {"quiet_from": "00:00", "quiet_until": "00:00"}
    assert _ask(store, MIAMI, "2026-11-23T20:30", "America/New_York").reason == "region_rule"
    german = _ask(store, "+4915112345678", "2026-11-23T23:30", "Europe/Berlin")
    assert german.answer == Answer.SEND


def test_the_stores_own_hours_are_told_as_its_own(store: Store) -> None:
    verdict = _ask(store, "+4915112345678", "2026-11-23T22:00", "Europe/Berlin")
    assert (verdict.reason, verdict.text) == (
        "quiet_hours",
        "Quiet hours in Berlin until 08:00.",
    )


def test_days_off_of_a_store_are_for_offers_only(store: Store) -> None:
    store.policies = {"quiet_days": [5, 6], "quiet_holidays": True}
    noon = {"local": "2026-11-21T12:00", "zone": "Europe/Berlin"}  # a Saturday
    assert _at(_ask(store, "+4915112345678", **noon), "Europe/Berlin") == "Mon 23 Nov 08:00"
    told = _ask(store, "+4915112345678", **noon, purpose="order_updates", ignore_quiet=False)
    assert told.answer == Answer.SEND
    unity = _ask(store, "+4915112345678", "2028-10-03T12:00", "Europe/Berlin")
    assert _at(unity, "Europe/Berlin") == "Wed 04 Oct 08:00"


def test_a_number_from_one_country_and_an_address_in_another_minds_both(store: Store) -> None:
    reader = {"country": "FR"}
    verdict = _ask(store, "+4915112345999", "2026-11-22T12:00", "Europe/Berlin", reader=reader)
    assert verdict.reason == "region_rule"


def test_what_would_come_too_late_after_the_wait_ends_with_the_rule_as_reason(store: Store) -> None:
    late = datetime(2026, 11, 22, 20, tzinfo=UTC)
    verdict = _ask(store, PARIS, "2026-11-22T10:00", "Europe/Paris", not_after=late)
    assert (verdict.answer, verdict.reason) == (Answer.EXPIRE, "region_rule")
    assert verdict.text.endswith("That would have been too late to be of use.")


def test_what_waited_in_vain_says_what_it_waited_for(store: Store) -> None:
    verdict = _ask(
        store,
        PARIS,
        "2026-11-23T10:00",
        "Europe/Paris",
        not_after=datetime(2026, 11, 23, 8, 59, tzinfo=UTC),
        reason="region_rule",
        reason_text="By the rules of France …",
    )
    assert (verdict.answer, verdict.reason) == (Answer.EXPIRE, "region_rule")
    assert "It waited: By the rules of France" in verdict.text


def test_every_rule_says_where_it_comes_from() -> None:
    for rule in region_rules():
        assert rule.source.startswith(("https://", "http://")), rule.law
        assert date(2026, 1, 1) < rule.read < date.today() + timedelta(days=2), rule.law
        assert rule.law
        assert rule.purpose in ("marketing", *PURPOSES), rule.law
        assert rule.says[0].islower(), rule.law
        assert not rule.says.endswith("."), rule.law


def test_the_data_has_no_key_that_nobody_reads() -> None:
    text = files("shopbell.messaging").joinpath("regions.toml").read_text(encoding="utf-8")
    known = {"country", "state", "media", "purpose", "allowed", "holidays", "most", "says"}
    known |= {"law", "source", "read"}
    for row in tomllib.loads(text)["rule"]:
        assert set(row) <= known


def test_rules_of_country_and_state_hold_together() -> None:
    laws = {rule.state for rule in rules_for({("US", "FL")}, "sms", "marketing")}
    assert laws == {"", "FL"}
    assert rules_for({("US", "FL")}, "email", "marketing") == []
    assert rules_for({("US", "FL")}, "sms", "order_updates") == []
    assert rules_for({("US", "FL")}, "sms", "survey") != []


@pytest.mark.django_db(transaction=True)
def test_on_its_way_it_waits_over_the_sunday_and_leaves_on_monday() -> None:
    # given an offer that is due on a Sunday morning in Paris
    store = make_store(timezone="Europe/Berlin")
    add_sandbox_sms(store)
    write_texts(store)
    sunday = datetime(2027, 11, 21, 10, tzinfo=ZoneInfo("Europe/Paris"))
    reader = _reader(store, PARIS)
    with store_scope(store.pk):
        queue_messages(drafts=[Draft("offer", KIND, "marketing", ("sms",), customer=reader)])

    # when it is its turn, it waits and the ledger says whose rule it is
    with clock.at(sunday):
        send_due()
    waiting = only(store)
    assert (waiting.state, waiting.reason) == ("queued", "region_rule")
    assert waiting.due_at == datetime(2027, 11, 22, 7, tzinfo=UTC)
    with store_scope(store.pk):
        assert "By the rules of France" in waiting.log.get().text

    # then on Monday it leaves
    make_due()
    with clock.at(sunday + timedelta(hours=22)):
        send_due()
    assert only(store).state == "sent"
