"""The page on which a store says when people work."""

from datetime import timedelta

import pytest

from shopbell.calendars.models import Calendar
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market, text_of

PAGES = "/s/lark/inbox/setup/hours/"
EVE, LATER = (f"{clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (10, 20))
FORM = {
    "name": "Office",
    "zone": "Europe/Berlin",
    "mon": "9-12:30, 13:30-17",
    "fri": "9–15",
    "country": "DE",
    "region": "BE",
    "days_off": f"{EVE} Christmas Eve\n\n{LATER}",
    "feed_url": "",
}


@pytest.fixture
def market(committed_db: None) -> Market:
    return Market.open()


def test_hours_are_entered_shown_and_changed(market: Market) -> None:
    person = market.person()
    assert "No hours yet" in text_of(person, PAGES)
    assert person.post(f"{PAGES}add/", FORM).status_code == 302
    page = text_of(person, PAGES)
    assert "9-12:30, 13:30-17" in page
    assert "Christmas Eve" in page
    with store_scope(market.bench.store.pk):
        row = Calendar.objects.get()
    assert row.week[4] == [[540, 900]]
    assert row.is_default
    assert f"{LATER} Day off" in text_of(person, f"{PAGES}{row.pk}/")
    person.post(f"{PAGES}{row.pk}/", FORM | {"name": "Everybody"})
    assert "Everybody" in text_of(person, PAGES)
    person.post(f"{PAGES}{row.pk}/drop/")
    assert "No hours yet" in text_of(person, PAGES)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mon": "nine to five"}, "is not understood"),
        ({"mon": "22-2"}, "ends before it begins"),
        ({"mon": "", "fri": ""}, "at least one day"),
        ({"days_off": "Christmas"}, "does not begin with a day"),
        ({"region": "ZZ"}, "has no region"),
        ({"feed_url": "not an address"}, "valid URL"),
    ],
)
def test_mistakes_are_told_beside_their_field(
    market: Market, change: dict[str, str], sentence: str
) -> None:
    answer = market.person().post(f"{PAGES}add/", FORM | change)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_agents_do_not_set_hours(market: Market) -> None:
    assert market.person("agent").get(PAGES).status_code == 403
