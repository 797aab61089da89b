"""What templates may print, and what stops a message."""

from collections.abc import Callable

import pytest

from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering import engine
from shopbell.messaging.rendering.filters import ALLOWED
from shopbell.messaging.rendering.jobs import Compiled, RenderFailure, RenderJob
from shopbell.messaging.rendering.pool import RenderPool

Render = Callable[..., Rendered]
EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "template",
    [
        "{{ customer.first_name }}",
        "{{ customer.first_name | upcase }}",
        "{{ 'Dear ' | append: customer.first_name }}",
        "{% echo customer.first_name %}",
        "{% capture hello %}{{ customer.first_name }}{% endcapture %}{{ hello }}",
        "{% case 1 %}{% when 1 %}{{ customer.first_name }}{% endcase %}",
        "{% for i in (1..2) %}{{ customer.first_name }}{% endfor %}",
        "{% liquid echo customer.first_name %}",
        "{% if true %}{% unless false %}{{ customer.first_name }}{% endunless %}{% endif %}",
    ],
)
@pytest.mark.parametrize(
    "customer", [{}, {"first_name": ""}, {"first_name": None}], ids=["absent", "empty", "null"]
)
def test_a_printed_variable_without_a_value_is_missing(
    render: Render, template: str, customer: dict[str, object]
) -> None:
    result = render(template, context={"customer": customer})

    assert result.missing == ("customer.first_name",)


@pytest.mark.parametrize(
    "template",
    [
        "{{ customer.first_name | default: 'there' }}",
        "{% if customer.first_name %}{{ customer.first_name }}{% endif %}there",
        "{% if customer.first_name != blank %}{{ customer.first_name }}{% endif %}there",
        "{% unless customer.first_name %}there{% endunless %}",
        "{% for line in order.lines %}{{ line.title }}{% endfor %}there",
        "{{ 0 }}{{ false }}{{ '' }}there",
        "{% assign note = '' %}{{ note }}there",
        "{{ order.lines | size }}there",
    ],
)
def test_a_variable_that_is_only_asked_for_is_not_missing(render: Render, template: str) -> None:
    result = render(template)

    assert result.missing == ()
    assert result.text.endswith("there")


def test_missing_names_are_collected_once_from_subject_html_and_text(render: Render) -> None:
    result = render("{{ c }}{{ a }}", html="{{ b }}{{ a }}", subject="{{ a }}")

    assert sorted(result.missing) == ["a", "b", "c"]


def test_html_is_escaped_and_text_is_not(render: Render) -> None:
    result = render("{{ x }}", html='<a title="{{ x }}">{{ x }}</a>', context={"x": '"<b>'})

    assert result.text == '"<b>'
    assert result.html == '<a title="&#34;&lt;b&gt;">&#34;&lt;b&gt;</a>'


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_no_filter_lets_a_value_out_unescaped(pool: RenderPool, name: str) -> None:
    before = "{% capture kept %}<i>title {{ evil }}</i>{% endcapture %}{% assign same = evil %}"
    values = (
        "evil", "list", "evil | base64_encode | base64_decode", "evil | url_encode", "same", "kept",
        "'<i>title</i>'", "'<i>title</i>' | append: evil", "kept | url_encode | url_decode",
    )  # fmt: skip
    single = [
        f"{before}{{{{ {value} | {name}{argument} }}}}"
        for value in values
        for argument in ("", ": evil", ": 'title', evil", ": 'title', kept")
    ]
    context = {"evil": EVIL, "list": [{"title": EVIL}, EVIL]}

    results = pool.render_many([RenderJob(Compiled("", one, ""), context) for one in single])

    for result in results:
        assert isinstance(result, RenderFailure) or "<script" not in result.html


@pytest.mark.parametrize("escape_hatch", ["safe", "raw", "escapejs", "script_tag", "t", "json"])
def test_filters_that_would_print_raw_html_do_not_exist(
    pool: RenderPool, escape_hatch: str
) -> None:
    result = pool.render(RenderJob(Compiled("", f"{{{{ x | {escape_hatch} }}}}", ""), {"x": EVIL}))

    assert isinstance(result, RenderFailure)
    assert escape_hatch in result.sentence


def test_a_subject_cannot_add_a_header(render: Render) -> None:
    name = "x\r\nBcc: everybody@example.com\u2028\x85\0y"

    subject = render(subject="Order\n{{ name }}", context={"name": name}).subject

    assert subject == "Order x Bcc: everybody@example.com y"
    assert subject.isprintable()


@pytest.mark.parametrize("tag", ["include 'x'", "render 'x'", "layout 'x'", "extends 'x'"])
def test_no_tag_reads_a_file(pool: RenderPool, tag: str) -> None:
    result = pool.render(RenderJob(Compiled("", "", f"{{% {tag} %}}"), {}))

    assert isinstance(result, RenderFailure)
    assert result.kind == "syntax"
    assert "not known or not allowed" in result.sentence


@pytest.mark.parametrize(
    ("template", "german"),
    [
        ("{{ 4990 | money }}", "49,90\xa0€"),
        ("{{ 4990 | money: 'USD' }}", "49,90\xa0$"),
        ("{{ 123456789 | money }}", "1.234.567,89\xa0€"),
        ("{{ -500 | money }}", "-5,00\xa0€"),
        ("{{ 500 | money: 'JPY' }}", "500\xa0¥"),
        ("{{ 1500 | money: 'KWD' }}", "1,500\xa0KWD"),
        ("{{ at | date }}", "25.11.2026"),
        ("{{ at | date: 'long' }}", "25. November 2026"),
        ("{{ at | date: 'day' }}", "25. November"),
        ("{{ at | date: 'weekday_day' }}", "Mittwoch, 25. November"),
        ("{{ at | date: 'weekday' }}", "Mittwoch"),
        ("{{ at | date: 'time' }}", "00:30"),
        ("{{ at | date: 'datetime' }}", "25. November, 00:30"),
        ("{{ at | date: '%A, %-d. %B %H:%M' }}", "Mittwoch, 25. November 00:30"),
        ("{{ day | date: 'weekday_day' }}", "Montag, 23. November"),
        ("{{ 'now' | date: 'iso' }}", "2026-11-21"),
        ("{{ now | date: 'time' }}", "13:00"),
        ("{{ 'no time' | date: 'long' }}", "no time"),
    ],
)
def test_money_and_dates_speak_the_customers_language_in_her_zone(
    render: Render, template: str, german: str
) -> None:
    result = render(
        template,
        context={"at": "2026-11-24T23:30:00+00:00", "day": "2026-11-23"},
        locale="de",
        currency="EUR",
        time_zone="Europe/Berlin",
        now="2026-11-21T12:00:00+00:00",
    )

    assert result.text == german


def test_ink_on_a_colour_can_be_read() -> None:
    def ink(colour: str) -> str:
        return engine.render(engine.parse("{{ c | ink_on }}"), {"c": colour}, limit=100)

    assert ink("#20261f") == ink("#2f6b4f") == ink("nonsense") == "#ffffff"
    assert ink("#fbf1dd") == ink("#ff0") == "#1b1f1b"


def test_web_link_lets_only_web_addresses_through(render: Render) -> None:
    template = "{% for u in urls %}[{{ u | web_link }}]{% endfor %}"
    urls = [
        "https://a.example/?b=c",
        "javascript:alert(1)",
        "data:text/html,x",
        " http://b.example",
    ]

    assert (
        render(template, context={"urls": urls}).text
        == "[https://a.example/?b=c][][][http://b.example]"
    )


def test_blank_is_what_shops_are_used_to(render: Render) -> None:
    template = (
        "{% if nothing == blank %}1{% endif %}{% if spaces == blank %}2{% endif %}"
        "{% if zero != blank %}3{% endif %}{% if text != blank %}4{% endif %}"
        "{% if blank == nothing %}5{% endif %}{% if none == blank %}6{% endif %}"
    )

    result = render(template, context={"spaces": " ", "zero": 0, "text": "x", "none": None})

    assert result.text == "123456"


def test_runs_of_blank_lines_are_folded(render: Render) -> None:
    assert render("\n\na\n\n \n\nb\0\r\n\r\n\r\nc\n").text == "a\n\nb\n\nc"
