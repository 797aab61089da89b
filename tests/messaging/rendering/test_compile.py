"""From what a merchant writes to a mail: Liquid survives, mistakes are named with their line."""

import re
from html.parser import HTMLParser

import pytest

from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Medium, Rendered
from shopbell.messaging.rendering.analysis import unknown_variables, variables
from shopbell.messaging.rendering.compile import compile_template
from shopbell.messaging.rendering.jobs import Compiled, RenderJob
from shopbell.messaging.rendering.pool import RenderPool
from shopbell.messaging.rendering.source import Layout, Source

STORE = {
    "name": "Lark & Larder",
    "url": "https://lark.example",
    "logo_url": "https://lark.example/logo.png",
    "brand_colour": "#fbf1dd",
    "address": "12 Mill Lane\nBerlin",
    "help_email": "hello@lark.example",
    "phone": "+49 30 1",
    "hours": "9–17 h",
}


def _mail(body: str, **fields: object) -> Source:
    return Source(subject="Hello", body=body, **fields)  # type: ignore[arg-type]


def _render(pool: RenderPool, source: Source, **context: object) -> Rendered:
    result = pool.render(RenderJob(compile_template(source), {"store": STORE, **context}))
    assert isinstance(result, Rendered), result
    assert result.missing == ()
    return result


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_data(self, data: str) -> None:
        self.words.extend(data.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.attributes.extend((name, value or "") for name, value in attrs)


def _seen(html: str) -> _Seen:
    seen = _Seen()
    seen.feed(html)
    return seen


def test_liquid_survives_between_elements_in_tables_and_in_attributes(pool: RenderPool) -> None:
    source = _mail(
        """
        {% if show %}<mj-section css-class="{{ name }}"><mj-column>
        {% for line in lines %}<mj-text>row-{{ line.title }}</mj-text>{% endfor %}
        <mj-table>{% for line in lines %}<tr style="color: {{ line.colour }}">
          <td>cell-{{ line.title }}</td></tr>{% endfor %}</mj-table>
        <mj-image src="{{ picture }}" alt="{% if show %}yes{% else %}no{% endif %}" />
        {% unless hide %}
        <mj-button href="{{ url }}?a=1&amp;b={{ name }}">Go</mj-button>
        {% endunless %}
        </mj-column></mj-section>{% else %}<mj-section><mj-column><mj-text>concealed</mj-text>
        </mj-column></mj-section>{% endif %}
        """
    )
    context = {
        "show": True,
        "name": "a<b",
        "url": "https://x.example/?q=1",
        "picture": "https://x.example/p.png",
        "lines": [{"title": "one", "colour": "red"}, {"title": "two", "colour": "#00f"}],
    }

    html = _render(pool, source, **context).html

    seen = _seen(html)
    for word in ("row-one", "row-two", "cell-one", "cell-two", "Go"):
        assert seen.words.count(word) == 1
    assert "concealed" not in html
    assert ("href", "https://x.example/?q=1?a=1&b=a<b") in seen.attributes
    assert ("src", "https://x.example/p.png") in seen.attributes
    assert ("alt", "yes") in seen.attributes
    assert ("style", "color: red") in seen.attributes
    assert (
        html.index("cell-one")
        < html.index("cell-two")
        < html.index("</tbody></table>", html.index("cell-two"))
    )
    assert "{%" not in html
    assert "zz-->" not in html


def test_the_frame_carries_the_stores_name_logo_colour_and_address(pool: RenderPool) -> None:
    source = _mail("<mj-text>Hi</mj-text><mj-button href='https://a.example'>Go</mj-button>")
    links = {"preferences": "https://lark.example/u/1", "unsubscribe": "https://lark.example/u/2"}

    html = _render(pool, source, links=links).html

    seen = _seen(html)
    assert ("src", STORE["logo_url"]) in seen.attributes
    assert ("href", links["preferences"]) in seen.attributes
    assert ("href", links["unsubscribe"]) in seen.attributes
    assert "#fbf1dd" in html
    assert "color:#1b1f1b" in html  # dark ink on a light brand
    assert "12 Mill Lane<br" in html
    assert "+49 30 1 (9–17 h)" in html


def test_without_a_logo_the_name_stands_there_and_absent_parts_leave_no_trace(
    pool: RenderPool,
) -> None:
    result = pool.render(
        RenderJob(compile_template(_mail("Just words.")), {"store": {"name": "Lark"}})
    )

    assert isinstance(result, Rendered)
    assert result.missing == ()
    assert "<img" not in result.html
    assert _seen(result.html).words.count("Questions?") == 0
    assert result.text == "Just words.\n\n--\n\nLark"


def test_nothing_is_loaded_from_elsewhere_and_media_queries_stay() -> None:
    html = compile_template(_mail("<mj-text>Hi</mj-text>")).html

    assert "fonts.g" not in html
    assert "@import" not in html
    assert "<link" not in html
    assert "<script" not in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "max-width:600px" in html
    assert 'name="color-scheme"' in html
    assert 'style="padding: 0 12px 24px' in html  # inlined


def test_the_layout_can_be_changed() -> None:
    layout = Layout(width=500, show_logo=False, show_help=False, dark=False, footer_note="Vegan.")

    compiled = compile_template(_mail("<mj-text>Hi</mj-text>", layout=layout))

    assert "max-width:500px" in compiled.html
    assert "prefers-color-scheme" not in compiled.html
    assert "store.logo_url" not in compiled.html
    assert "store.help_email" not in compiled.html
    assert "Vegan." in compiled.html
    assert "Vegan." in compiled.text


def test_the_plain_part_reads_like_a_letter(pool: RenderPool) -> None:
    source = _mail(
        "<mj-text><h1>Hello {{ name }}</h1><p>See <a href='https://a.example'>this</a> &amp; that."
        "</p><ul><li>one</li><li>two</li></ul></mj-text>{% if yes %}"
        "<mj-button href='{{ url }}'>Track it</mj-button>{% endif %}<sb-items of='x'/>".replace(
            "<sb-items of='x'/>", '<sb-items of="order.lines"/>'
        ),
        layout=Layout(show_help=False, show_address=False),
    )
    context = {
        "name": "<Nora>",
        "yes": True,
        "url": "https://t.example/?a=1&b=2",
        "order": {"lines": [{"title": "Mug", "quantity": 2, "total": 1990}]},
    }

    text = _render(pool, source, **context).text

    assert text == (
        "Hello <Nora>\n\nSee this (https://a.example) & that.\n\n- one\n\n- two\n\n"
        "Track it: https://t.example/?a=1&b=2\n\n2 × Mug: €19.90\n\n--\n\n"
        "Lark & Larder (https://lark.example)"
    )


def test_a_plain_part_of_ones_own_is_kept_and_ends_with_the_footer(pool: RenderPool) -> None:
    source = _mail("<mj-text>Hi</mj-text>", text="Mine {{ a }}")

    text = _render(pool, source, a="& yours", links={"unsubscribe": "https://u.example"}).text

    assert text.startswith("Mine & yours\n\n--\n\n")
    assert text.endswith("Unsubscribe (https://u.example)")


def test_a_plain_part_with_a_way_out_of_its_own_gets_no_other() -> None:
    own = "Mine. Leave: {{ links.unsubscribe }}"
    assert compile_template(_mail("<mj-text>Hi</mj-text>", text=own)).text == own


def test_the_preheader_is_hidden_and_escaped(pool: RenderPool) -> None:
    source = _mail("<mj-text>Hi</mj-text>", preheader="Tom & <Jerry> {{ name }}")

    html = _render(pool, source, name="<b>").html

    assert "Tom &amp; &lt;Jerry&gt; &lt;b&gt;" in html


def test_messages_for_phones_stay_plain_liquid() -> None:
    compiled = compile_template(Source(body=" Hi {{ name }} \n", medium=Medium.SMS))

    assert compiled == Compiled(subject="", html="", text="Hi {{ name }}")


def test_compiled_and_source_go_through_json() -> None:
    source = _mail("<mj-text>Hi</mj-text>", layout=Layout(dark=False))
    compiled = compile_template(source)

    assert Source.from_json(source.to_json()) == source
    assert Compiled.from_json(compiled.to_json()) == compiled


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<mj-text>\n{% if a %}\n</mj-text>", "Line 2: something is left open"),
        ("<mj-text>\n\n{{ a | env }}</mj-text>", "Line 3: there is no filter named “env”"),
        ("<mj-text>{% include 'x' %}</mj-text>", "Line 1: the tag “include” is not known"),
        ("<mj-text>{{ a</mj-text>", "Line 1: a tag or block is left open"),
        ("\n<mj-text>", "Line 2: <mj-text> is opened but never closed"),
        ("</mj-text>", "Line 1: </mj-text> closes nothing"),
        ("<mj-text><b>\n</mj-text></b>", "Line 2: </mj-text> stands before </b>"),
        ("\n\n<mj-foo></mj-foo>", "Line 3: <mj-foo> is not an element of MJML"),
        ("<sb-foo/>", "Line 1: <sb-foo> is not one of our blocks"),
        ("{{ a }}<mj-text>b</mj-text>", "text must stand inside <mj-text>"),
        ("hello <mj-text>b</mj-text>", "text must stand inside <mj-text>"),
        ("<mj-text><b {% if a %}x{% endif %}>a</b></mj-text>", "must stand in quotes"),
        ("<mj-text><script>1</script></mj-text>", "mail programs do not run scripts"),
        ("<mj-text><p onclick='x'>a</p></mj-text>", "must not carry a script"),
        ("<mj-include path='/etc/passwd'/>", "files cannot be included"),
        ("<mj-head></mj-head>", "the head of the mail is added by itself"),
        ("<mj-text>" + "<div>" * 200 + "</div>" * 200 + "</mj-text>", "nested too deeply"),
        ("   ", "The message has no text yet"),
        ("x" * 100_001, "longer than"),
    ],
)
def test_a_mistake_in_the_body_is_named_with_its_line(
    pool: RenderPool, body: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        compile_template(_mail(body))

    assert sentence in caught.value.fields["body"]
    with pytest.raises(Invalid) as from_child:
        pool.compile_template(_mail(body))
    assert from_child.value.fields == caught.value.fields


def test_mistakes_in_all_fields_are_told_together() -> None:
    with pytest.raises(Invalid) as caught:
        compile_template(
            Source(subject="{{ a", preheader="{% x %}", body="{{ b | c }}", text="{% if %}")
        )

    assert set(caught.value.fields) == {"subject", "preheader", "body", "text"}


def test_compiling_in_a_child_gives_the_same(pool: RenderPool) -> None:
    source = _mail("<mj-text>{{ a }}</mj-text>")

    assert pool.compile_template(source) == compile_template(source)


def test_words_that_look_like_our_tokens_are_left_alone(pool: RenderPool) -> None:
    source = _mail("<mj-text>lq0zz lqx1zz {{ a }} <b>lq</b></mj-text>")

    assert "lq0zz lqx1zz A <b>lq</b>" in _render(pool, source, a="A").html


def test_liquid_shown_as_text_is_shown(pool: RenderPool) -> None:
    result = _render(pool, _mail("<mj-text>{% raw %}{{ x }}{% endraw %}</mj-text>"))

    assert "{{ x }}" in result.html


def test_comments_of_the_merchant_do_not_travel() -> None:
    compiled = compile_template(_mail("<!-- secret {{ plan }} --><mj-text>Hi</mj-text>"))

    assert "secret" not in compiled.html
    assert "plan" not in compiled.text


def test_variables_and_those_that_lead_nowhere_are_named() -> None:
    source = _mail(
        "<mj-text>{{ order.number }} {{ order.numer }} {% assign mine = 1 %}{{ mine }}"
        "{% for line in order.lines %}{{ line.title }} {{ line.titel }}"
        "{{ forloop.index }}{% endfor %}"
        "{{ order.lines.size }} {{ order.lines[0].sku }} {{ nothing }}</mj-text>",
        preheader="{% if customer.first_name %}x{% endif %}",
    )
    sample = {
        "order": {"number": "7", "lines": [{"title": "Mug", "sku": "M"}]},
        "customer": {"first_name": "Nora"},
    }

    assert unknown_variables(source, sample) == ["line.titel", "nothing", "order.numer"]
    assert {"order.number", "customer.first_name"} <= set(variables(source))


def test_no_comment_of_the_compiler_breaks_out_of_outlooks_conditions() -> None:
    html = compile_template(_mail("{% if a %}<mj-text>b</mj-text>{% endif %}")).html

    for condition in re.findall(r"<!--\[if mso.*?<!\[endif\]-->", html, re.DOTALL):
        assert "{%" not in condition
