"""A step tells a program of the merchant's own; one that is down stops nobody."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database

from shopbell.connections.actions import delete_connection, save_connection
from shopbell.connections.exchanges import keep_exchanges, log_of
from shopbell.connections.models import Connection, Posting
from shopbell.connections.postings import WAITS, run_postings
from shopbell.connectors.signatures import standard_fits
from shopbell.journeys.foresight import courses_of
from shopbell.journeys.mistakes import reading_of
from shopbell.journeys.models import EnrolmentState
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.privacy.erasing import erase_customer
from tests.journeys.ground import Shop, work
from tests.journeys.test_backtests import age, tried
from tests.support.people import add_people, client_of
from tests.support.site import Site

ADA, BEA = "ada@example.com", "bea@example.com"
SECRET = "a secret of sixteen"
TELL = {"do": "webhook", "to": "points", "name": "welcome-bonus"}
DEFINITION: dict[str, Any] = {
    "trigger": "customer.added",
    "steps": [TELL, {"do": "tag", "tag": "told"}],
}


class Program:
    """A merchant's program that notes what it is told, and answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.site = Site(lambda method, path: (self.status, {}, b""))

    @property
    def told(self) -> list[tuple[dict[str, str], bytes]]:
        """Return headers and body of each post."""
        return [(headers, body) for _, _, headers, body in self.site.seen]


@pytest.fixture
def program(shop: Shop) -> Iterator[Program]:
    found = Program()
    settings = {"url": f"{found.site.url}/shopbell", "secret": SECRET}
    save_connection(
        store=shop.store, family="receiver", connector="generic_receiver", slug="points",
        settings=settings, name="Bonus points",
    )  # fmt: skip
    yield found
    found.site.close()


def at_the_step(window: Any) -> dict[str, str]:
    """Return the figures under the step on the journey's page."""
    page = window.get("/s/lark/journeys/own/").content.decode()
    blocks = re.findall(r'<dl class="journey-figures.*?</dl>', page, re.DOTALL)
    figures = next(block for block in blocks if "came here" in block)
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(?:<a [^>]*>)?([^<]*)", figures))


def make_due() -> None:
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute("UPDATE connections_posting SET due_at = due_at - interval '1 day'")


def test_a_program_is_told_once_who_came_there_and_can_check_who_says_so(
    shop: Shop, program: Program
) -> None:
    shop.own(DEFINITION)
    ada = shop.subscribe(ADA)
    work()
    run = shop.run()
    assert run.state == EnrolmentState.DONE  # before anything was posted
    assert program.told == []
    run_postings()
    run_postings()
    [(headers, body)] = program.told
    key, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert standard_fits(body, key, stamp, headers["webhook-signature"], [SECRET])
    told = json.loads(body)
    assert told["type"] == "journey.step"
    assert told["data"]["run"] == str(run.pk)
    assert told["data"]["step"]["name"] == "welcome-bonus"
    assert told["data"]["customer"]["id"] == str(ada.pk)
    assert told["data"]["customer"]["email"] == ADA
    assert "The program “points” told of it" in shop.said()
    with store_scope(shop.store.pk):
        assert Posting.objects.get().body == ""  # nobody's name is kept longer than needed


def test_a_program_that_is_down_stops_nobody_and_is_told_later(
    shop: Shop, program: Program
) -> None:
    program.status = 503
    shop.own(DEFINITION)
    for email in (ADA, BEA):
        shop.subscribe(email)
    work()
    assert {run.state for run in shop.runs()} == {EnrolmentState.DONE}
    # after the first failure the other waits with it
    run_postings()
    assert len(program.told) == 1
    with store_scope(shop.store.pk):
        assert sorted(Posting.objects.values_list("tries", flat=True)) == [0, 1]
    keep_exchanges()
    with store_scope(shop.store.pk):
        [said] = log_of(Connection.objects.get(slug="points"))
        assert (said.says, said.tone) == ("503", "red")
    # the same one comes again under the same id
    program.status = 204
    make_due()
    run_postings()
    ids = [headers["webhook-id"] for headers, _ in program.told]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_what_is_never_taken_is_given_up_and_can_be_told_again(
    shop: Shop, program: Program
) -> None:
    program.status = 400
    shop.own(DEFINITION)
    ada = shop.subscribe(ADA)
    work()
    for _ in range(len(WAITS) + 2):
        run_postings()
        make_due()
    assert len(program.told) == len(WAITS) + 1
    with store_scope(shop.store.pk):
        assert Posting.objects.get().state == "given_up"
        there = f"/s/lark/connections/{Connection.objects.get(slug='points').pk}/"
    owner = client_of(add_people(shop.store).user("owner"))
    page: Any = owner.get(there)
    assert "1 given up" in page.content.decode()
    # the journey says so at the step
    assert at_the_step(owner) == {"came here": "1", "told": "0", "given up": "1"}
    program.status = 200
    owner.post(f"{there}again")
    run_postings()
    with store_scope(shop.store.pk):
        assert Posting.objects.get().state == "taken"
    assert at_the_step(owner) == {"came here": "1", "told": "1"}
    with store_scope(shop.store.pk):
        # who is erased is forgotten here too
        erase_customer(store=shop.store, customer=ada, by="owner@lark.example")
        assert not Posting.objects.exists()


def test_looking_back_and_ahead_say_it_and_post_nothing(shop: Shop, program: Program) -> None:
    wait = {"do": "wait", "days": 1}
    steps: dict[str, Any] = {"steps": [wait, {**TELL, "id": "tell"}]}
    shop.leave_cart(ADA)
    work()
    age(days=10)
    row = tried(shop, exits=[], goal=None, **steps)
    assert row.result["passed"]["tell"] == 1
    shop.own({**DEFINITION, **steps})
    bea = shop.subscribe(BEA)
    work()
    with store_scope(shop.store.pk):
        [course] = courses_of(shop.store, bea)
        assert [each.text for each in course.ahead] == ["The program “points” told of it"]
        assert not Posting.objects.exists()
    assert program.told == []


def test_a_program_that_is_gone_is_told_at_the_step_and_people_pass_it(
    shop: Shop, program: Program
) -> None:
    shop.own(DEFINITION)
    with store_scope(shop.store.pk):
        assert reading_of(DEFINITION).wrong == {}
        delete_connection(connection=Connection.objects.get(slug="points"))
        assert list(reading_of(DEFINITION).wrong) == ["steps.1.to"]
    shop.subscribe(ADA)
    work()
    assert shop.run().state == EnrolmentState.DONE
