"""What a saved reply or a rule says reads well where Markdown's signs would be shown."""

import pytest

from shopbell.conversations.plain_words import without_signs


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It comes **tomorrow**.", "It comes tomorrow."),
        ("It comes *tomorrow*, _really_.", "It comes tomorrow, really."),
        ("**Not *before* noon**", "Not before noon"),
        (
            "See [your parcel](https://lark.example/t/1).",
            "See your parcel: https://lark.example/t/1.",
        ),
        ("[https://lark.example](https://lark.example)", "https://lark.example"),
        ("[Write](mailto:hello@lark.example)", "Write: hello@lark.example"),
        ("## Returns\nThirty days.", "Returns\nThirty days."),
        ("~~9.90~~ 7.90", "9.90 7.90"),
    ],
)
def test_signs_are_taken_out_and_words_stay(text: str, read: str) -> None:
    assert without_signs(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4 and 5 * 6 * 7",
        "order_number_12 and #1001",
        "- first\n- second\n1. third",
        "* first\n* second",
        "{{customer.first_name}}, see https://lark.example/a_b_c?x=*1*",
        "Price: 5 ** 2, ** and __",
        "[not a link] (really)",
    ],
)
def test_what_is_no_sign_stays(text: str) -> None:
    assert without_signs(text) == text
