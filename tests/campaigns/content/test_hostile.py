"""Words of strangers do no harm: they come out as words, or are refused.

Every hostile text is put into every field of every block. What the compiled mail then shows is read
with an HTML parser, as a mail program would.
"""

from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser

import pytest

from shopbell.campaigns.content.blocks import KINDS
from shopbell.campaigns.content.words import SAMPLE, Content, check_content
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.compile import compile_template
from shopbell.messaging.rendering.jobs import RenderFailure, RenderJob
from shopbell.messaging.rendering.pool import RenderPool

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    'https://shop.example/" onclick="alert(1)',
    "https://shop.example/{{ '\" onclick=\"alert(1)' }}",
    "{{ 'javascript:alert(1)' }}",
    "https:{{ customer.first_name }}",
    "https://user@shop.example/",
    '{{ "<script>alert(1)</script>" }}',
    "{{ '%3Cscript%3Ealert(1)%3C/script%3E' | url_decode }}",
    "{{ 'PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==' | base64_decode }}",
    "{% assign x = '<script>' %}{{ x }}",
    "{% raw %}<script>alert(1)</script>{% endraw %}",
    "{% capture x %}<b>{% endcapture %}{{ x }}",
    "{% for i in (1..9999999) %}{{ i }}{% endfor %}",
    "{% include 'secrets' %}",
    "{% if customer.first_name %}never closed",
    "{{{ customer.first_name }}}",
    "{{% if true %}<b>{% endif %}",
    "&#123;&#123; '<script>' &#125;&#125;",
    "</mj-text><mj-raw><script>alert(1)</script></mj-raw><mj-text>",
    "<mj-include path='/etc/passwd'/>",
    "<!-- lq0zz --> lq0zz lq1zz",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<a href='javascript:alert(1)'>x</a> [x](javascript:alert(1)) [x](data:text/html,x)",
    "[<b onclick=alert(1)>](https://shop.example/)",
    "<style>body{display:none}</style>",
    "<svg/onload=alert(1)>",
    "<base href='https://evil.example/'>",
    "{{ customer.__class__ }}",
]
_DATES = {"until": "2030-01-01T00:00:00+00:00", "ends": "2030-01-01T00:00:00+00:00"}
_FIXED = {"size", *_DATES}


def everywhere(text: str) -> Content:
    """Return a mail that says `text` wherever something can be typed."""
    blocks = []
    for kind, made in KINDS.items():
        if kind == "columns":
            continue
        all_names = {each.name for each in fields(made)}
        names = sorted(all_names - _FIXED)
        known = {name: at for name, at in _DATES.items() if name in all_names}
        for alone in names:  # the other fields are honest, so that the block is there
            honest = dict.fromkeys(names, "https://shop.example/x")
            blocks.append({"kind": kind, **honest, **known, alone: text})
    columns = {"kind": "columns", "left": blocks[:2], "right": blocks[2:4]}
    return Content.of(
        {
            "subject": text, "preheader": text, "text": text, "plain": text,
            "blocks": [*blocks, columns],
        }
    )  # fmt: skip


class Seen(HTMLParser):
    """What a mail program would act on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.names: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note elements, attributes and addresses."""
        self.elements.add(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


_NEVER = {"script", "svg", "base", "iframe", "object", "form", "mj-raw", "mj-include", "b"}


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    pool = RenderPool(size=1)
    yield pool
    pool.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_refused_or_come_out_as_words(text: str, pool: RenderPool) -> None:
    # given a mail that says them in every field
    content = everywhere(text)
    # when it is checked, and, whatever the check says, compiled with a harmless subject
    refused: dict[str, str] = {}
    try:
        check_content({"en": content}, ["email"], "en")
    except Invalid as error:
        refused = error.fields
    harmless = Content(subject="Hello", blocks=content.blocks, plain="Hello")
    # then the mail holds nothing that acts, and leads only where a link may lead
    seen = shown(pool, harmless)
    assert seen.elements or text.endswith("never closed")
    assert not seen.elements & _NEVER
    assert not {name for name in seen.names if name.startswith("on")}
    for link in seen.addresses:
        assert link.startswith(("https://", "http://", "mailto:", "tel:")), link
        assert "//user@" not in link
    # and an address that is none is refused by its place
    assert any(place.endswith((".url", ".image", ".link")) for place in refused), refused


def shown(pool: RenderPool, content: Content) -> Seen:
    """Compile and render, and read it as a mail program would."""
    try:
        compiled = compile_template(content.source("email", "en"))
    except Invalid:  # it would not be sent at all
        return Seen()
    result = pool.render(RenderJob(compiled=compiled, context=dict(SAMPLE)))
    if isinstance(result, RenderFailure):  # it would not be sent at all
        return Seen()
    assert isinstance(result, Rendered)
    seen = Seen()
    seen.feed(result.html)
    return seen


def test_liquid_that_loops_or_captures_is_refused_in_every_text() -> None:
    # given texts with Liquid that is more than a value or a condition
    for text in ("{% for a in b %}{% endfor %}", "{% assign a = 1 %}", '{{ "<b>" }}', "{% if a %}"):
        content = everywhere(text)
        # when it is checked
        with pytest.raises(Invalid) as caught:
            check_content({"en": content}, ["email", "sms"], "en")
        # then each place is named
        assert {"en-subject", "en-text", "en-plain", "en-blocks.1.text"} <= set(caught.value.fields)
