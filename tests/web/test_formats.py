"""How values are written for people."""

from datetime import UTC, datetime, timedelta

import pytest

from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.money import Money
from shopbell.web import formats

NOW = datetime(2026, 11, 21, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=6), "6 min ago"),
        (timedelta(minutes=59, seconds=40), "1 h ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(seconds=-20), "in a moment"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_how_long_ago_is_said_shortly(away: timedelta, text: str) -> None:
    with clock.at(NOW):
        assert formats.ago(NOW - away) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "13:09"),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "00:30"),
        (datetime(2026, 11, 20, 17, 3, tzinfo=UTC), "yesterday 18:03"),
        (datetime(2026, 11, 22, 7, 0, tzinfo=UTC), "tomorrow 08:00"),
        (datetime(2026, 11, 16, 17, 3, tzinfo=UTC), "Mon 18:03"),
        (datetime(2026, 10, 3, 16, 3, tzinfo=UTC), "3 Oct 18:03"),
        (datetime(2025, 10, 3, 16, 3, tzinfo=UTC), "3 Oct 2025"),
    ],
)
def test_a_time_is_as_short_as_the_day_allows_in_the_stores_zone(
    moment: datetime, text: str
) -> None:
    with clock.at(NOW):
        assert formats.clock_time(moment, "Europe/Berlin") == text


def test_the_full_time_names_its_zone() -> None:
    assert formats.absolute(NOW, "Europe/Berlin") == "Sat 21 Nov 2026, 13:09 CET"


@pytest.mark.parametrize("zone", ["", None, "Mars/Olympus", "../etc/passwd", "x\0y"])
def test_an_unknown_zone_is_utc(zone: str | None) -> None:
    assert formats.absolute(NOW, zone).endswith("12:09 UTC")


def test_money_is_written_with_its_currency() -> None:
    assert formats.money(4990, "EUR") == "€49.90"
    assert formats.money(Money(1000, "JPY")) == "¥1,000"
    assert formats.money(None, "EUR") == formats.NOTHING
    with pytest.raises(Invalid):
        formats.money(4990)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mara Kessler", "MK"),
        ("Ana Maria de Lima", "AL"),
        ("ana.lima@example.org", "AL"),
        ("Élodie", "É"),
        ("张伟", "张"),
        ("", "?"),
        (None, "?"),
        ("🙂", "?"),
    ],
)
def test_initials_of_all_sorts_of_names(name: str | None, letters: str) -> None:
    assert formats.initials(name) == letters


def test_a_name_always_gets_the_same_colour() -> None:
    assert formats.tone_of("Mara") == formats.tone_of("Mara")
    assert {formats.tone_of(name) for name in "abcdefghij"} == set(range(formats.AVATAR_TONES))


def test_telephone_numbers_are_grouped_and_odd_ones_left_alone() -> None:
    assert formats.phone("+4930901820") == "+49 30 901820"
    assert formats.phone("call me") == "call me"
    assert formats.phone("") == formats.NOTHING


def test_counts_shares_and_sizes() -> None:
    assert formats.thousands(1284) == "1,284"
    assert formats.percent(0.714) == "71 %"
    assert formats.percent(None) == formats.NOTHING
    assert formats.filesize(34_567) == "35 KB"
    assert formats.filesize(3_400_000) == "3.4 MB"
