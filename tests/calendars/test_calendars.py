"""Keeping calendars: one default, clear refusals, the chat tells when a person is back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.calendars.actions import drop_calendar, make_default, save_calendar
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import NEVER, parse_hours
from shopbell.calendars.queries import calendars, default_calendar, standing_of_store
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.support.shop import make_store

WEEK = parse_hours("Mon-Fri 9-17")


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


def keep(name: str = "Office", **values: Any) -> Calendar:
    return save_calendar(**{"name": name, "zone": "Europe/Berlin", "week": WEEK} | values)


def test_the_first_calendar_is_the_default_and_another_may_become_it(store: Store) -> None:
    assert standing_of_store(datetime(2026, 11, 23, 20, tzinfo=UTC)) is None
    office, chat = keep(), keep("Chat")
    assert default_calendar() == office
    with pytest.raises(Conflict, match="default"):
        drop_calendar(calendar=office)
    make_default(calendar=chat)
    drop_calendar(calendar=Calendar.objects.get(pk=office.pk))
    assert [row.name for row in calendars()] == ["Chat"]
    found = standing_of_store(datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert found is not None
    assert found.back == datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"week": NEVER}, "week"),
        ({"country": "XX"}, "country"),
        ({"country": "DE", "region": "NOPE"}, "region"),
        ({"region": "BE"}, "region"),
    ],
)
def test_what_cannot_be_a_calendar_is_refused(
    store: Store, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        keep(**values)
    assert field in caught.value.fields


def test_two_calendars_never_share_a_name(store: Store) -> None:
    keep()
    with pytest.raises(Conflict):
        keep()


def test_another_feed_forgets_the_days_of_the_old_one(store: Store) -> None:
    row = keep(feed_url="https://a.example/x.ics")
    row.feed_days = [["2026-12-24", "Closed"]]
    row.feed_read_at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(0)
    row.save()
    assert keep(calendar=row, feed_url="https://a.example/x.ics").feed_days
    assert keep(calendar=row, feed_url="https://b.example/x.ics").feed_days == []
