"""What simulated customers write: seldom, in their language, the same for the same message."""

import uuid

import pytest

from shopbell.demo.letters import letter


def share(kind: str, locale: str) -> float:
    letters = [letter(uuid.UUID(int=number << 32), kind, locale) for number in range(10_000)]
    return sum(map(bool, letters)) / len(letters)


@pytest.mark.parametrize("locale", ["de", "en", "de-AT", "fr"])
def test_a_few_of_a_hundred_ask_something(locale: str) -> None:
    assert 0.02 < share("dispatched", locale) < 0.06
    assert 0.4 < share("reply", locale) < 0.6


def test_nobody_answers_what_needs_no_answer() -> None:
    assert share("in_transit", "en") == 0


def test_people_write_their_own_language_and_do_not_change_their_mind() -> None:
    keys = [uuid.UUID(int=number << 32) for number in range(5_000)]
    german = {letter(key, "delivered", "de") for key in keys} - {""}
    english = {letter(key, "delivered", "en") for key in keys} - {""}
    assert len(german) >= 2
    assert len(english) >= 3
    assert not german & english
    assert [letter(key, "delayed", "de") for key in keys] == [
        letter(key, "delayed", "de") for key in keys
    ]
