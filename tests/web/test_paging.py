"""Keyset paging over real rows."""

import uuid
from datetime import timedelta

import pytest

from shopbell.accounts.models import Organisation
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.web.paging import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> list[uuid.UUID]:
    """Return the ids of 25 rows, newest first; every five share one time."""
    made = [Organisation.objects.create(name=f"Number {index}") for index in range(25)]
    start = clock.now() - timedelta(days=1)
    for index, row in enumerate(made):
        Organisation.objects.filter(pk=row.pk).update(
            created_at=start + timedelta(minutes=index // 5)
        )
    ordered = Organisation.objects.filter(pk__in=[row.pk for row in made])
    return list(ordered.order_by("-created_at", "-id").values_list("pk", flat=True))


def test_paging_to_the_end_and_back_shows_every_row_once(rows: list[uuid.UUID]) -> None:
    # given
    queryset = Organisation.objects.filter(pk__in=rows)

    # when
    seen, cursor, pages = [], "", []
    while True:
        page = page_of(queryset, cursor=cursor, size=7)
        pages.append([row.pk for row in page])
        seen += pages[-1]
        if not page.older:
            break
        cursor = page.older

    # then
    assert seen == rows
    assert [len(each) for each in pages] == [7, 7, 7, 4]
    back = page_of(queryset, cursor=page.newer, size=7)
    assert [row.pk for row in back] == pages[2]


def test_a_row_that_arrives_does_not_shift_what_is_read(rows: list[uuid.UUID]) -> None:
    # given
    first = page_of(Organisation.objects.all(), size=7)

    # when
    Organisation.objects.create(name="New")

    # then
    second = page_of(Organisation.objects.all(), cursor=first.older, size=7)
    assert [row.pk for row in second] == rows[7:14]


def test_the_newest_page_has_nothing_newer_and_a_whole_list_nothing_older(
    rows: list[uuid.UUID],
) -> None:
    page = page_of(Organisation.objects.filter(pk__in=rows), size=25)

    assert (page.older, page.newer) == ("", "")
    assert len(page) == 25


def test_an_empty_list_is_an_empty_page() -> None:
    page = page_of(Organisation.objects.filter(name="nobody"))

    assert (len(page), page.older, page.newer) == (0, "", "")


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "W10", "e30", "a" * 5000, "é", "WyJvIiwiMjAyNiIsInUiLCIxIl0", "bnVsbA", "\0"],
)
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        page_of(Organisation.objects.all(), cursor=cursor)
