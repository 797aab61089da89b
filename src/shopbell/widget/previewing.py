"""The chat as it will look with the settings in the form, in a small page of nobody's shop.

The frame around it has no origin: what the browser remembers of real visits is out of its reach.
"""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csp import get_nonce
from django.utils.csp import CSP
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.errors import Invalid
from shopbell.web.brand import parse, tones
from shopbell.widget.scripts import script_text, shop_of
from shopbell.widget.wishes import parse_asks, parse_rules

FRAMED: dict[str, Any] = settings.SECURE_CSP | {
    "frame-ancestors": [CSP.SELF],
    "connect-src": [settings.BASE_URL, CSP.SELF],
}
_NUMBERS = {"side_offset": 200, "bottom_offset": 300}
_CHOICES = {"position": ("left", "right"), "theme": ("page", "light", "dark")}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title>
<meta name="viewport" content="width=device-width">
<style nonce="{nonce}">:root{{color-scheme:light dark}}body{{margin:0;padding:20px;
font:15px/1.5 system-ui,sans-serif;background:light-dark(#faf8f4,#191c1b);
color:light-dark(#4a4f4b,#b9beba)}}h1{{font-size:19px;margin:0 0 8px}}
p{{margin:0 0 8px;max-width:46ch}}</style></head>
<body><h1>{store}</h1><p>{said}</p>
<script type="module" nonce="{nonce}">{script}</script></body></html>"""


@staff_page("connections:read")
@xframe_options_sameorigin
@csp_override(FRAMED)
@require_safe
def preview(request: StaffRequest) -> HttpResponse:
    """Show the chat with the settings in the address; nothing of them is stored."""
    chosen = _chosen(request)
    shop = shop_of(request.store, chosen) | {"base": settings.BASE_URL}
    shop["rules"] = [rule | {"page": "", "after": 1, "open": False} for rule in shop["rules"][:1]]
    nonce = get_nonce(request)
    page = format_html(
        _PAGE,
        nonce=str(nonce),
        store=request.store.name,
        said=_about_colour(chosen.get("colour") or request.store.brand_colour),
        script=mark_safe(script_text(shop)),  # noqa: S308 - "<" is escaped in it
    )
    return HttpResponse(page)


def _chosen(request: StaffRequest) -> dict[str, Any]:
    """Return what can be used of the form's values; the form itself says what is wrong."""
    given = {name.removeprefix("set-"): str(value) for name, value in request.GET.items()}
    chosen: dict[str, Any] = {
        name: given[name][:most]
        for name, most in (("title", 80), ("greeting", 500), ("colour", 7), ("button_text", 30))
        if name in given
    }
    for name, known in _CHOICES.items():
        if given.get(name) in known:
            chosen[name] = given[name]
    for name, most in _NUMBERS.items():
        if given.get(name, "").isdigit():
            chosen[name] = min(int(given[name]), most)
    for name, read in (("ask_before", parse_asks), ("speak_first", parse_rules)):
        lines = [line.strip() for line in given.get(name, "").splitlines() if line.strip()]
        try:
            read(lines)
        except Invalid:
            continue
        chosen[name] = lines
    return chosen


def _about_colour(colour: str) -> str:
    made = tones(colour)
    if made is None:
        return "Click the button. What you write here really arrives in your inbox."
    if parse(made.light) != parse(colour):
        return (
            f"Your colour {colour} is made darker, {made.light}: white words on it can be read"
            " then. On dark pages it is made lighter."
        )
    return "White words can be read on your colour. What you write here arrives in your inbox."
