"""The page of answers: their share, the rows behind it, and what it says before there are any."""

from datetime import timedelta

from django.test import Client

from shopbell.kit import clock
from tests.backoffice.market import text_of
from tests.feedback.ground import Asking

PAGE = "/s/lark/feedback/"


def test_before_anybody_answers_it_says_what_will_stand_here(asking: Asking) -> None:
    shown = text_of(asking.market.person(), PAGE)
    assert "No answers yet" in shown
    assert "See its text" in shown
    assert "Switch the question on" in shown
    assert "See its text" not in text_of(asking.market.person("light"), PAGE)


def test_it_shows_the_share_and_the_rows_behind_it(asking: Asking) -> None:
    for number, answer, comment in (
        (1001, "good", "Lovely"),
        (1002, "bad", "The handle is broken"),
        (1003, "good", ""),
    ):
        asking.answer(asking.ask(number), answer, comment)
    client = asking.market.person()
    shown = text_of(client, PAGE)
    assert "67 %" in shown
    assert "2 of 3 in 30 days" in shown
    case = asking.cases()[0]
    for part in ("Lovely", "The handle is broken", f"/s/lark/inbox/{case.number}/", "#1002"):
        assert part in shown
    bad = text_of(client, f"{PAGE}?show=bad")
    assert "The handle is broken" in bad
    assert "Lovely" not in bad
    assert "Lovely" in text_of(client, f"{PAGE}?show=good&recent=1")
    assert "Lovely" in text_of(client, f"{PAGE}?show=nonsense")


def test_what_is_older_than_thirty_days_is_listed_and_not_counted(asking: Asking) -> None:
    first, second = asking.ask(1001), asking.ask(1002)
    asking.answer(first, "bad", "Long ago")
    client = asking.market.person()
    with clock.at(clock.now() + timedelta(days=31)):
        asking.answer(second, "good", "Just now")
        shown = text_of(client, PAGE)
        recent = text_of(client, f"{PAGE}?recent=1")
        nothing = text_of(client, f"{PAGE}?recent=1&show=bad")
    assert "1 of 1 in 30 days" in shown
    assert "Long ago" in shown
    assert "Long ago" not in recent
    assert "No answer fits" in nothing


def test_every_role_reads_it_and_a_stranger_does_not(asking: Asking) -> None:
    for role in ("owner", "agent", "light"):
        text_of(asking.market.person(role), PAGE)
    assert Client().get(PAGE).status_code == 302
