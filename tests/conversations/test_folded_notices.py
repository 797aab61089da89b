"""Many notices in a row take one line; what was not told stays in sight."""

from datetime import UTC, datetime, timedelta

from shopbell.conversations.history import Line, fold_notices

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def notices(number: int) -> list[Line]:
    return [
        Line(NINE + timedelta(minutes=each), "told", says=f"notice {each}")
        for each in range(number)
    ]


def test_three_notices_are_shown_as_they_are() -> None:
    assert fold_notices(notices(3)) == notices(3)


def test_of_more_the_last_two_are_seen_and_the_others_folded() -> None:
    # given five before somebody wrote, and one after
    wrote = Line(NINE + timedelta(hours=1), "incoming")
    # when
    found = fold_notices([*notices(5), wrote, *notices(1)])
    # then
    assert [line.kind for line in found] == ["folded", "told", "told", "incoming", "told"]
    assert [line.says for line in found[0].inside] == ["notice 0", "notice 1", "notice 2"]


def test_what_was_not_told_is_never_folded() -> None:
    failed = Line(NINE, "told", says="not told", why="The mailbox is full.")
    found = fold_notices([*notices(3), failed, *notices(3)])
    assert "folded" not in [line.kind for line in found]


def test_a_new_day_is_not_folded_into_the_one_before() -> None:
    later = Line(NINE + timedelta(days=1), "told", says="tomorrow", day=NINE.date())
    found = fold_notices([*notices(3), later])
    assert [line.kind for line in found] == ["told"] * 4
