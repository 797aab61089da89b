"""Fitting a text into the old alphabet of SMS: what is replaced, what is not, and what it saves."""

import pytest

from shopbell.messaging.plain_sms import TYPOGRAPHY, cheaper, plainer
from shopbell.messaging.segments import GSM, segments

LONG = "Your parcel with the blue teapot is on its way and will be with you on Tuesday. " * 2


def test_one_typographic_quote_costs_two_parts_and_the_offer_says_so() -> None:
    # given
    text = "“Blue” " + LONG[:150]
    assert segments(text).parts == 3
    # when
    offer = cheaper(text)
    # then
    assert offer is not None
    assert (offer.size.parts, offer.size.encoding) == (1, "GSM-7")
    assert offer.text.startswith('"Blue" ')
    assert offer.replaced == (("“", '"'), ("”", '"'))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("«Thé»", '"Thé"'),
        ("1–2 … it’s\u00a0here\u200b", "1-2 ... it's here"),
        ("Łódź, Győr, çay", "Łódź, Győr, çay"),
    ],
)
def test_typography_goes_and_letters_stay(text: str, plain: str) -> None:
    assert plainer(text).text == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łódź, Győr, Şişli, Œuf, São", "Lodz, Gyor, Sisli, OEuf, Sao"),
        ("Ça va? Très bien à Noël", "Ça va? Très bien à Noel"),
        ("Η παραγγελία σας", "H ΠAPAΓΓEΛIA ΣAΣ"),
        ("e\u0301te\u0301", "été"),
        ("½ kg, 20 °C", "1/2 kg, 20 degC"),
        ("Спасибо 🙂", "Спасибо 🙂"),
    ],
)
def test_letters_lose_their_marks_only_when_asked(text: str, plain: str) -> None:
    assert plainer(text, letters=True).text == plain


@pytest.mark.parametrize("text", ["Спасибо! " * 20, "Thanks 🙂" * 30, "plain " * 40, "ź", ""])
def test_nothing_is_offered_that_saves_nothing(text: str) -> None:
    assert cheaper(text) is None


def test_letters_keep_their_marks_when_typography_is_enough() -> None:
    offer = cheaper("“é” " + LONG[:150])
    assert offer is not None
    assert "é" in offer.text


def test_every_replacement_is_in_the_old_alphabet() -> None:
    assert all(set(instead) <= GSM for instead in TYPOGRAPHY.values())
    assert not GSM & set(TYPOGRAPHY)
