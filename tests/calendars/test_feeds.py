"""Feeds of days off: read from a real server, kept when it fails, never trusted."""

import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shopbell.accounts.models import Store
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.feeds import read_feed, refresh
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calendars.queries import schedule_of
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.http import PublicFetcher
from tests.support.shop import make_store

TODAY = date(2026, 11, 22)
FEED = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas\\, closed
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20200501
RRULE:FREQ=YEARLY;UNTIL=20271231
EXDATE;VALUE=DATE:20270501
SUMMARY:Stock-taking
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20261201T100000Z
SUMMARY:A meeting
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART;VALUE=DATE:20261231
STATUS:CANCELLED
SUMMARY:Not after all
END:VEVENT
BEGIN:VEVENT
UID:5
DTSTART;VALUE=DATE:20261230
RRULE:FREQ=SECONDLY
SUMMARY:Hostile
END:VEVENT
END:VCALENDAR
"""


class Server:
    """An address that gives `body`, or fails."""

    def __init__(self) -> None:
        self.body, self.status = FEED, 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        self.url = f"http://feeds.example:{self.port}/days.ics"
        self.fetcher = PublicFetcher(
            resolve=lambda *_: ["127.0.0.1"],
            permitted=lambda _: True,
            ports=frozenset({self.port}),
        )
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


def calendar(store: Store, url: str) -> Calendar:
    with store_scope(store.pk):
        return save_calendar(
            name="Office", zone="Europe/Berlin", week=parse_hours("Mon-Fri 9-17"), feed_url=url
        )


def test_whole_days_count_also_repeated_ones_and_nothing_else() -> None:
    found = read_feed(FEED, today=TODAY)
    assert found.days == [
        (date(2026, 12, 24), "Christmas, closed"),
        (date(2026, 12, 25), "Christmas, closed"),
        (date(2026, 12, 26), "Christmas, closed"),
        (date(2026, 12, 30), "Hostile"),
    ]
    assert found.timed == 1
    earlier = read_feed(FEED, today=date(2026, 4, 1))
    assert (date(2026, 5, 1), "Stock-taking") in earlier.days


@pytest.mark.parametrize("raw", [b"", b"<html>no</html>", b"BEGIN:VCALENDAR\nEND:VCALENDAR", b"\0"])
def test_what_is_no_feed_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_feed(raw, today=TODAY)


def test_a_feed_is_fetched_and_its_days_are_off(store: Store, server: Server) -> None:
    row = calendar(store, server.url)
    assert refresh(calendar=row, fetcher=server.fetcher) == ""
    with store_scope(store.pk):
        row.refresh_from_db()
        assert date(2026, 12, 25) in schedule_of(row).days_off
    assert row.feed_read_at is not None


def test_a_failing_feed_says_why_and_its_days_stay(store: Store, server: Server) -> None:
    row = calendar(store, server.url)
    refresh(calendar=row, fetcher=server.fetcher)
    server.status = 503
    note = refresh(calendar=row, fetcher=server.fetcher)
    with store_scope(store.pk):
        row.refresh_from_db()
    assert note
    assert row.feed_note == note
    assert len(row.feed_days) == 4


def test_a_feed_in_the_own_network_is_refused(store: Store, server: Server) -> None:
    row = calendar(store, f"http://127.0.0.1:{server.port}/days.ics")
    assert "not fetched" in refresh(calendar=row)
    row = Calendar(pk=row.pk, store_id=store.pk, feed_url="http://127.0.0.1/days.ics")
    assert "public internet" in refresh(calendar=row)
