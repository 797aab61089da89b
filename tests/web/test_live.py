"""Announcements reach listeners after the commit, once per topic."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from shopbell.web.live import CHANNEL, announce

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Return a second connection that listens."""
    with connection.cursor():
        parameters = connection.get_connection_params()
    heard = psycopg.connect(
        host=parameters.get("host"),
        port=parameters.get("port"),
        dbname=parameters["dbname"],
        user=parameters.get("user"),
        password=parameters.get("password"),
        autocommit=True,
    )
    heard.execute(f"LISTEN {CHANNEL}")
    yield heard
    heard.close()


def heard_by(listener: psycopg.Connection[tuple[object, ...]]) -> list[dict[str, object]]:
    """Return what arrived; a marker sent after it says that nothing more can come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '\"end\"')", [CHANNEL])
    found: list[dict[str, object]] = []
    for notice in listener.notifies(timeout=10):
        payload = json.loads(notice.payload)
        if payload == "end":
            return found
        found.append(payload)
    raise AssertionError("the marker never came")


def test_a_change_is_announced_after_the_commit(
    listener: psycopg.Connection[tuple[object, ...]],
) -> None:
    with transaction.atomic():
        announce(7, "orders", "4812")
        assert list(listener.notifies(timeout=0.05)) == []

    assert heard_by(listener) == [{"s": 7, "t": "orders", "i": "4812"}]


def test_many_changes_of_one_topic_are_one_announcement_without_id(
    listener: psycopg.Connection[tuple[object, ...]],
) -> None:
    with transaction.atomic():
        for number in range(100):
            announce(7, "orders", number)
        announce(7, "messages", 1)
        announce(8, "orders", 2)

    assert heard_by(listener) == [
        {"s": 7, "t": "orders", "i": ""},
        {"s": 7, "t": "messages", "i": "1"},
        {"s": 8, "t": "orders", "i": "2"},
    ]


def test_what_is_rolled_back_is_not_announced(
    listener: psycopg.Connection[tuple[object, ...]],
) -> None:
    with transaction.atomic():
        announce(7, "orders", "1")
        transaction.set_rollback(True)

    assert heard_by(listener) == []


def test_a_rolled_back_part_does_not_swallow_a_later_announcement(
    listener: psycopg.Connection[tuple[object, ...]],
) -> None:
    with transaction.atomic():
        with transaction.atomic():
            announce(7, "orders", "1")
            transaction.set_rollback(True)
        announce(7, "orders", "2")

    assert heard_by(listener) == [{"s": 7, "t": "orders", "i": "2"}]


def test_outside_a_transaction_it_is_announced_at_once(
    listener: psycopg.Connection[tuple[object, ...]],
) -> None:
    announce(7, "orders", "3")

    assert heard_by(listener) == [{"s": 7, "t": "orders", "i": "3"}]
