"""What a campaign says becomes a mail and a text; what is missing is told by its place."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shopbell.campaigns.content.blocks import KINDS, read_blocks
from shopbell.campaigns.content.words import SAMPLE, Content, check_content
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.compile import compile_template
from shopbell.messaging.rendering.jobs import RenderJob
from shopbell.messaging.rendering.pool import RenderPool

ENDS = "2026-11-30T23:59:00+01:00"
MAIL = {
    "subject": "Hello {{ customer.first_name | default: 'there' }}",
    "preheader": "Three days only",
    "text": "Hello, see https://shop.example/",
    "blocks": [
        {"kind": "heading", "text": "Autumn & winter"},
        {"kind": "text", "text": "Dear {{ customer.first_name }},\n\nlook [here](https://a.example/?a=1&b=2)."},
        {"kind": "image", "url": "https://a.example/a.png", "alt": "A red coat"},
        {
            "kind": "columns",
            "left": [
                {"kind": "product", "name": "Coat", "price": "€90", "url": "https://a.example/c"}
            ],
            "right": [
                {
                    "kind": "button",
                    "label": "Buy",
                    "url": "https://a.example/?c={{ coupon.code | url_encode }}",
                }
            ],
        },
        {"kind": "coupon", "text": "For you", "code": "{{ coupon.code }}", "until": ENDS},
        {"kind": "countdown", "text": "The sale ends", "ends": ENDS},
        {"kind": "divider"},
        {"kind": "spacer", "size": "small"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    pool = RenderPool(size=1)
    yield pool
    pool.close()


def rendered(
    pool: RenderPool, content: Content, locale: str = "en", now: str = "2026-11-27T12:00:00+00:00"
) -> Rendered:
    compiled = compile_template(content.source("email", locale))
    result = pool.render(
        RenderJob(compiled=compiled, context=dict(SAMPLE), locale=locale, now=now,
                  time_zone="Europe/Berlin")
    )  # fmt: skip
    assert isinstance(result, Rendered), result
    return result


def test_every_block_is_in_the_mail_and_in_its_plain_part(pool: RenderPool) -> None:
    # given a mail of every kind of block
    content = Content.of(MAIL)
    assert {block.kind for block in content.blocks} | {"product", "button", "order"} == set(KINDS)
    check_content({"en": content}, ["email", "sms"], "en")
    # when it is rendered
    mail = rendered(pool, content)
    # then both forms say the same
    assert mail.subject == "Hello Ada"
    for said in ("Dear Ada,", "Coat", "€90", "ADA-2041", "Monday, November 30"):
        assert said in mail.html
        assert said in mail.text
    assert "Autumn &amp; winter" in mail.html
    assert "Autumn & winter" in mail.text
    assert 'href="https://a.example/?a=1&amp;b=2"' in mail.html
    assert "here: https://a.example/?a=1&b=2" in mail.text
    assert "Buy: https://a.example/?c=ADA-2041" in mail.text
    assert 'alt="A red coat"' in mail.html
    # and the plain part has the way out too
    assert "Unsubscribe (https://shop.example/p)" in mail.text
    assert not mail.missing


def test_a_countdown_says_what_was_left_and_after_its_end_that_it_is_over(pool: RenderPool) -> None:
    # given a countdown
    content = Content.of(
        {"subject": "x", "blocks": [{"kind": "countdown", "ends": ENDS, "over": "Too late."}]}
    )
    # when it is sent days, hours, a minute before and after its end
    said = {
        now: rendered(pool, content, "de", now).text.split("\n\n")[0]
        for now in ("2026-11-27T12:00:00Z", "2026-11-30T20:58:00Z", "2026-11-30T22:57:30Z",
                    "2026-12-01T00:00:00Z")
    }  # fmt: skip
    # then it is true each time, in their language and zone
    begins = "Bis Montag, 30. November, 23:59."
    days, hours, minute, over = said.values()
    assert days == f"{begins} Als wir das geschickt haben, waren es noch 3 Tage."
    assert hours == f"{begins} Als wir das geschickt haben, waren es noch 2 Stunden."
    assert minute == f"{begins} Als wir das geschickt haben, waren es noch 1 Minute."
    assert over == "Too late."


def test_json_comes_back_as_it_was_read() -> None:
    content = Content.of(MAIL)
    assert Content.of(content.to_json()) == content


@pytest.mark.parametrize(
    ("blocks", "place"),
    [
        ("x", "blocks"),
        ([1], "blocks.1"),
        ([{"kind": "html"}], "blocks.1.kind"),
        ([{"kind": ["x"]}], "blocks.1.kind"),
        ([{"kind": "text", "html": "x"}], "blocks.1.html"),
        ([{"kind": "text", "text": 3}], "blocks.1.text"),
        ([{"kind": "text", "text": "x" * 10_001}], "blocks.1.text"),
        ([{"kind": "spacer", "size": "huge"}], "blocks.1.size"),
        ([{"kind": "countdown", "ends": "tonight"}], "blocks.1.ends"),
        ([{"kind": "countdown", "ends": "2026-11-30T23:59"}], "blocks.1.ends"),
        ([{"kind": "columns", "left": [{"kind": "columns"}]}], "blocks.1.left.1"),
        ([{"kind": "divider"}] * 61, "blocks"),
        ([{"kind": "columns", "left": [{"kind": "divider"}] * 59}, {"kind": "divider"}], "blocks"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_place(blocks: object, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_blocks(blocks)
    assert list(caught.value.fields) == [place]


def test_what_is_missing_is_told_by_language_and_place() -> None:
    # given a German draft for a store that speaks English
    content = Content.of(
        {
            "blocks": [
                {"kind": "button", "label": "Buy"},
                {"kind": "columns", "left": [{"kind": "image"}]},
                {"kind": "text", "text": "Dear {{ customer.nickname }}"},
                {"kind": "countdown", "text": "Soon"},
            ]
        }
    )
    # when it is checked
    with pytest.raises(Invalid) as caught:
        check_content({"de": content}, ["email", "sms"], "en")
    # then every gap is named
    assert set(caught.value.fields) == {
        "en-subject", "de-subject", "de-text", "de-blocks.1.url", "de-blocks.2.left.1.url",
        "de-blocks.3.text", "de-blocks.4.ends",
    }  # fmt: skip
    assert "customer.nickname" in caught.value.fields["de-blocks.3.text"]


def test_a_countdown_names_its_end_as_a_moment() -> None:
    (block,) = read_blocks([{"kind": "countdown", "ends": ENDS}])
    assert datetime.fromisoformat(block.ends).astimezone(UTC).hour == 22  # type: ignore[attr-defined]
