"""What a parcel's dates and status are called in messages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shopbell.kit import clock
from shopbell.kit.days import DAY_ENDS, DAY_STARTS
from shopbell.messaging.rendering.parcels import expected_text, status_text

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "locale", "said"),
    [
        (_at(23, 14), _at(23, 17), "en", "today, 14:00–17:00"),
        (_at(24, 14), _at(24, 17), "en", "tomorrow (Tue), 14:00–17:00"),
        (_at(24, 14), _at(24, 17), "de", "morgen (Di), 14–17 Uhr"),
        (_at(24, 14, 30), _at(24, 17), "de-AT", "morgen (Di), 14:30–17:00 Uhr"),
        (_at(26, 9), _at(26, 12), "en", "Thursday, November 26, 09:00–12:00"),
        (_at(26, 9), _at(26, 12), "de", "Donnerstag, 26. November, 9–12 Uhr"),
        (_at(24, 14), _at(24, 17), "fr", "demain (mar), 14:00–17:00"),
        (_at(24, 14), None, "en", "tomorrow (Tue)"),
        (None, _at(24, 14), "en", "tomorrow (Tue)"),
        (_at(24, 17), _at(24, 14), "en", ""),
        (None, None, "en", ""),
    ],
)
def test_a_window_reads_well_after_a_colon(
    start: datetime | None, end: datetime | None, locale: str, said: str
) -> None:
    with clock.at(NOW):
        assert expected_text(start, end, locale, "Europe/Berlin") == said


def test_a_day_without_hours_is_told_without_hours() -> None:
    day = datetime(2026, 11, 25, tzinfo=UTC).date()
    with clock.at(NOW):
        said = expected_text(
            datetime.combine(day, DAY_STARTS), datetime.combine(day, DAY_ENDS), "en", "Asia/Tokyo"
        )
    # Tokyo's clock turns the end into the 26th, but the carrier said the 25th.
    assert said == "Wednesday, November 25"


def test_a_span_of_days_is_told_as_one() -> None:
    with clock.at(NOW):
        said = expected_text(_at(25, 9), _at(27, 18), "de", "Europe/Berlin")
    assert said == "Mi., 25. – Fr., 27. Nov."


def test_the_day_is_that_of_the_customers_zone() -> None:
    evening = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # the 25th in Berlin
    with clock.at(NOW):
        assert expected_text(evening, evening, "en", "Europe/Berlin") == "Wednesday, November 25"
        assert expected_text(evening, evening, "en", "Europe/London") == "tomorrow (Tue)"


def test_the_reason_is_said_before_the_status() -> None:
    assert status_text("in_transit", "delayed", "en") == "Delayed"
    assert status_text("out_for_delivery", "", "de-CH") == "In Zustellung"
    assert status_text("delivered", "", "pt") == "Delivered"
