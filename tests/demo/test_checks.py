"""Simulated customers answer the check after delivery: some of them, mostly content, once."""

import uuid

import pytest

from shopbell.demo.checks import answer_to
from shopbell.demo.poster import Poster
from shopbell.kit import clock
from shopbell.messaging.models import Message
from tests.feedback.ground import Asking
from tests.support.web import WebProcess


def message(number: int, locale: str = "en", kind: str = "delivery_check") -> Message:
    text = "Is everything right? https://lark.example/a/AbC.d-E?a=good and https://x.example/a/no"
    return Message(pk=uuid.UUID(int=number << 16), kind=kind, locale=locale, text=text)


@pytest.mark.parametrize("locale", ["en", "de-AT"])
def test_most_answer_and_few_are_unhappy(locale: str) -> None:
    now = clock.now()
    posts = [answer_to(message(number, locale), now) for number in range(10_000)]
    bodies = [post.body.decode() for post in posts if post is not None]
    assert 0.5 < len(bodies) / len(posts) < 0.7
    assert 0.08 < sum("answer=bad" in each for each in bodies) / len(bodies) < 0.16
    assert len(set(bodies)) >= 5
    first = next(post for post in posts if post is not None)
    assert (first.path, first.method) == ("/a/AbC.d-E", "POST")


def test_nobody_answers_what_asks_nothing() -> None:
    assert answer_to(message(1, kind="dispatched"), clock.now()) is None


def test_the_page_takes_what_they_send(committed_db: None, web: WebProcess) -> None:
    asking = Asking.begin()
    asked = asking.ask()
    given = next(
        post
        for number in range(1_000)
        if (
            post := answer_to(
                Message(
                    pk=uuid.UUID(int=number << 16),
                    kind=asked.kind,
                    locale="en",
                    text=asked.text,
                ),
                clock.now(),
            )
        )
    )
    poster = Poster(web.address)
    assert poster.send([given, given]) == 2
    assert poster.tally.refused == 0
    assert len(asking.checks()) == 1
