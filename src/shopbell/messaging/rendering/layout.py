"""The frame around every mail: the store's name or logo, a card for the message, a footer.

Colours, name and addresses are Liquid and come with the context, so that a store can change its
logo without any template being compiled again. 600 px wide at most, phone first, dark by wish of
the reader, no web fonts, nothing loaded but the logo.
"""

from shopbell.messaging.rendering.phrases import phrases
from shopbell.messaging.rendering.source import Layout, Source

INK, SECOND, LINE = "#20261f", "#5d645c", "#e4dfd6"
PAGE, CARD = "#f7f5f1", "#ffffff"
_FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_BRAND = "{{ store.brand_colour | default: '#20261f' }}"
_ON_BRAND = "{{ store.brand_colour | default: '#20261f' | ink_on }}"

INLINED = f"""
.sb-page {{ padding: 0 12px 24px; }}
h1 {{ font-size: 24px; line-height: 1.25; font-weight: 700; margin: 0; letter-spacing: -0.01em; }}
h2 {{ font-size: 17px; line-height: 1.3; font-weight: 700; margin: 0; }}
p {{ margin: 0 0 12px; }}
.sb-second {{ color: {SECOND}; }}
.sb-small {{ font-size: 14px; }}
.sb-pic {{ padding: 8px 16px 8px 0; vertical-align: top; width: 56px; }}
.sb-img {{ display: block; border-radius: 8px; object-fit: cover; }}
.sb-item {{ padding: 8px 0; vertical-align: top; }}
.sb-title {{ font-weight: 600; }}
.sb-sum {{ padding-left: 16px; white-space: nowrap; }}
.sb-label {{ padding: 4px 16px 4px 0; vertical-align: top; }}
.sb-value {{ padding: 4px 0; overflow-wrap: anywhere; }}
.sb-gap {{ font-size: 0; line-height: 0; height: 10px; }}
.sb-total {{ padding: 12px 0 4px; font-weight: 700; border-top: 1px solid {LINE}; }}
"""

_ALWAYS = """
h1, h2, p { font-family: inherit; }
a { color: inherit; }
@media only screen and (max-width: 480px) {
  .sb-card > table > tbody > tr > td { padding: 20px 0 !important; }
  .sb-wide table { width: 100% !important; }
}
"""

_DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  body, .sb-page { background: #161a18 !important; }
  .sb-head > table, .sb-head, .sb-foot, .sb-foot > table { background: #161a18 !important; }
  .sb-card { background: #1e2321 !important; border-color: #2e3532 !important; }
  .sb-card > table { background: #1e2321 !important; }
  .sb-card > table > tbody > tr > td { border-color: #2e3532 !important; }
  .sb-card div, .sb-card table, .sb-head div { color: #eceee9 !important; }
  .sb-foot div { color: #aab2ab !important; }
  .sb-card .sb-second { color: #aab2ab !important; }
  .sb-total { border-color: #2e3532 !important; }
}
"""


def _head(source: Source, preheader: str) -> str:
    style = _ALWAYS + (_DARK if source.layout.dark else "")
    scheme = "light dark" if source.layout.dark else "light"
    return f"""<mj-head>
<mj-title>{{{{ store.name }}}}</mj-title>
<mj-preview>{preheader}</mj-preview>
<mj-raw>
<meta name="color-scheme" content="{scheme}"/>
<meta name="supported-color-schemes" content="{scheme}"/>
<meta name="format-detection" content="telephone=no,date=no,address=no"/>
</mj-raw>
<mj-attributes>
<mj-all font-family="{_FONT}"/>
<mj-text font-size="16px" line-height="1.5" color="{INK}" padding="0 0 12px"/>
<mj-table font-size="16px" line-height="1.45" color="{INK}" padding="0 0 12px"/>
<mj-section padding="0 24px"/>
<mj-column padding="0"/>
<mj-image padding="0 0 12px"/>
<mj-divider border-width="1px" border-color="{LINE}" padding="8px 0 16px"/>
<mj-button background-color="{_BRAND}" color="{_ON_BRAND}" font-size="16px" font-weight="600"
 line-height="1.25" inner-padding="14px 24px" border-radius="10px" padding="8px 0 20px"
 align="left" css-class="sb-wide"/>
</mj-attributes>
<mj-style>{style}</mj-style>
</mj-head>"""


def _header(layout: Layout) -> str:
    name = (
        f'<mj-text font-size="18px" font-weight="700" color="{INK}" padding="0">'
        "{{ store.name }}</mj-text>"
    )
    if layout.show_logo:
        logo = (
            '<mj-image src="{{ store.logo_url }}" alt="{{ store.name }}" align="left" '
            'width="140px" padding="0"/>'
        )
        name = f"{{% if store.logo_url %}}{logo}{{% else %}}{name}{{% endif %}}"
    return (
        f'<mj-section background-color="{PAGE}" padding="28px 24px 16px" css-class="sb-head">'
        f"<mj-column>{name}</mj-column></mj-section>"
    )


def _links(words: dict[str, str]) -> str:
    return (
        "{% if links.preferences or links.unsubscribe %}<br/><br/>"
        f'{{% if links.preferences %}}<a href="{{{{ links.preferences }}}}">{words["preferences"]}'
        "</a>{% endif %}"
        "{% if links.preferences and links.unsubscribe %} · {% endif %}"
        f'{{% if links.unsubscribe %}}<a href="{{{{ links.unsubscribe }}}}">{words["unsubscribe"]}'
        "</a>{% endif %}{% endif %}"
    )


def footer(source: Source, *, plain: bool = False) -> str:
    """Return the inside of the footer: help, postal address, preferences."""
    layout, words = source.layout, phrases(source.locale)
    parts = []
    if layout.show_help:
        parts.append(
            "{% if store.help_url or store.help_email or store.phone %}"
            f"{words['help']}"
            f'{{% if store.help_url %}} <a href="{{{{ store.help_url }}}}">{words["help_centre"]}'
            "</a>{% endif %}"
            "{% if store.help_url and store.help_email %} ·{% endif %}"
            '{% if store.help_email %} <a href="mailto:{{ store.help_email }}">'
            "{{ store.help_email }}</a>{% endif %}"
            f"{{% if store.phone %}}<br/>{words['call_us']} {{{{ store.phone }}}}"
            "{% if store.hours %} ({{ store.hours }}){% endif %}{% endif %}<br/><br/>{% endif %}"
        )
    if layout.footer_note:
        parts.append(f"{layout.footer_note}<br/><br/>")
    parts.append(
        f"{{% if message.existing_customer %}}{words['existing_customer']}<br/><br/>{{% endif %}}"
    )
    parts.append('{% if store.url %}<a href="{{ store.url }}">{{ store.name }}</a>')
    parts.append("{% else %}{{ store.name }}{% endif %}")
    if layout.show_address:
        address = "{{ store.address }}" if plain else "{{ store.address | newline_to_br }}"
        parts.append(f"{{% if store.address %}}<br/>{address}{{% endif %}}")
    parts.append(_links(words))
    return "".join(parts)


def document(source: Source, preheader: str, sections: str) -> str:
    """Return the whole MJML of a mail."""
    width = min(max(source.layout.width, 320), 700)
    language = source.locale.replace("_", "-")
    card = f'background-color="{CARD}" border="1px solid {LINE}" border-radius="12px"'
    return f"""<mjml lang="{language}">
{_head(source, preheader)}
<mj-body width="{width}px" background-color="{PAGE}" css-class="sb-page">
{_header(source.layout)}
<mj-wrapper {card} padding="28px 0 16px" css-class="sb-card">{sections}</mj-wrapper>
<mj-section background-color="{PAGE}" padding="20px 24px 8px" css-class="sb-foot"><mj-column>
<mj-text font-size="13px" line-height="1.5" color="{SECOND}" padding="0">{footer(source)}</mj-text>
</mj-column></mj-section>
</mj-body></mjml>"""
