"""`{% load ui %}`: every component of the design system as a tag. See `web/README.md`.

Tags that wrap content end with `{% end<name> %}`. A newcomer's mistake: building the HTML of a
component by hand; then it is styled twice and drifts.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from shopbell.web import brand as brands
from shopbell.web import charts, formats, states
from shopbell.web.beside import pages_beside
from shopbell.web.icons import icon_svg

register = template.Library()

HTMX_CONFIG = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "selfRequestsOnly": True,
    "defaultSettleDelay": 0,  # what is new listens at once: a quick choice would be lost otherwise
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "timeout": 20_000,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}
MODULES = (
    "confirm",
    "dialogs",
    "keys",
    "live",
    "many",
    "morph",
    "palette",
    "shell",
    "theme",
    "times",
    "toasts",
)

register.simple_tag(icon_svg, name="icon")
for _filter in (
    formats.money, formats.ago, formats.absolute, formats.clock_time, formats.initials,
    formats.phone, formats.thousands, formats.percent, formats.filesize,
):  # fmt: skip
    register.filter(_filter.__name__, _filter)
register.filter("tone", formats.tone_of)
register.filter("state_tone", states.tone_of_state)
register.filter("state_words", states.words_of_state)


# ---- document ---------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def nonce(context: Context) -> SafeString:
    """Write the `nonce` attribute of this response's content security policy."""
    value = context.get("csp_nonce")
    return format_html('nonce="{}"', value) if value is not None else mark_safe("")


@register.simple_tag
def htmx_config() -> SafeString:
    """Write htmx's settings: no eval, no injected styles, own origin only, 422 is swapped."""
    return format_html('<meta name="htmx-config" content="{}">', json.dumps(HTMX_CONFIG))


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """Name our modules `shopbell/<name>` for the browser, whatever their hashed address is."""
    names = {f"shopbell/{name}": static(f"web/js/{name}.js") for name in MODULES}
    text = json.dumps({"imports": names}).replace("<", "\\u003c")
    return format_html(
        '<script type="importmap" {}>{}</script>',
        nonce(context),
        mark_safe(text),  # noqa: S308
    )


@register.simple_tag
def mark() -> SafeString:
    """Write our sign, a shop bell."""
    return format_html('<span class="mark">{}</span>', icon_svg("bell"))


@register.simple_tag(takes_context=True)
def brand_style(context: Context, brand: Any) -> SafeString:
    """Set the store's colour for a customer page; an unusable colour leaves ours."""
    colour = getattr(brand, "colour", "") or getattr(brand, "brand_colour", "")
    made = brands.tones(str(colour))
    if made is None:
        return mark_safe("")
    return format_html(
        "<style {}>:root{{--brand:light-dark({},{});--brand-ink:light-dark({},{});"
        "--brand-line:light-dark({},{})}}</style>",
        nonce(context),
        made.light, made.dark, made.light_ink, made.dark_ink, made.light, made.dark,
    )  # fmt: skip


# ---- small things -----------------------------------------------------------------------------


@register.inclusion_tag("web/components/button.html")
def button(
    label: str, href: str = "", kind: str = "", icon: str = "", **attributes: Any
) -> dict[str, Any]:
    """Write a button or, with `href`, a link that looks like one.

    `kind`: "", "primary", "danger", "plain", "surface", plus "small" and "square". `keys` is the
    shortcut ("e"). Other arguments become attributes: `hx_post=url` is `hx-post`, True is bare.
    """
    keys = str(attributes.pop("keys", ""))
    attributes.setdefault("type", "" if href else "submit")
    return {
        "label": label, "href": href, "kind": kind, "icon": icon, "keys": keys,
        "attributes": attributes_text(attributes), "square": "square" in kind.split(),
    }  # fmt: skip


def attributes_text(attributes: dict[str, Any]) -> SafeString:
    """Return HTML attributes; event handlers are refused because the CSP would drop them."""
    text = mark_safe("")
    for name, value in attributes.items():
        name = name.rstrip("_").replace("_", "-")
        if name.startswith("on") or name == "style":
            raise template.TemplateSyntaxError(f"the attribute {name!r} is not allowed here")
        if value is True:
            text += format_html(" {}", name)
        elif value not in (None, False, ""):
            text += format_html(' {}="{}"', name, value)
    return text


@register.simple_tag
def pill(text: Any, tone: str = "", icon: str = "") -> SafeString:
    """Write a small label. `tone`: grey, green, brass, red, blue."""
    drawing = icon_svg(icon) if icon else ""
    return format_html('<span class="pill {}">{}{}</span>', tone or "grey", drawing, text)


@register.simple_tag
def state(value: Any, words: str = "") -> SafeString:
    """Write a state as a pill: its colour and words come from `web/states.py`."""
    name = str(getattr(value, "value", value))
    return pill(words or states.words_of_state(name), states.tone_of_state(name))


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Write a round avatar with initials. The name must stand beside it: it is decoration."""
    return format_html(
        '<span class="avatar tone-{} {}" aria-hidden="true">{}</span>',
        formats.tone_of(name), size, formats.initials(name),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def when(
    context: Context, moment: datetime | None, style: str = "ago", zone: str = ""
) -> SafeString:
    """Write a time that stays true while the page is open; its title is the exact time.

    `style`: "ago" (6 min ago), "clock" (12:09, yesterday 18:03), "full" or "seconds". The zone is
    the store's unless given.
    """
    return time_of(moment, zone or _store_zone(context), style)


def time_of(moment: datetime | None, zone: str, style: str = "ago") -> SafeString:
    """Return what `{% when %}` writes."""
    if moment is None:
        return format_html("{}", formats.NOTHING)
    full = formats.absolute(moment, zone)
    if style in ("full", "seconds"):
        shown = formats.absolute(moment, zone, seconds=style == "seconds")
    else:
        shown = formats.ago(moment) if style == "ago" else formats.clock_time(moment, zone)
    live = mark_safe(" data-ago") if style == "ago" else mark_safe("")
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>', moment.isoformat(), full, live, shown
    )


def _store_zone(context: Context) -> str:
    for source in (context.get("store"), getattr(context.get("request"), "store", None)):
        zone = getattr(source, "timezone", "")
        if isinstance(zone, str) and zone:
            return zone
    return ""


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Write a key hint: `{% kbd "g o" %}`, `{% kbd "Ctrl K" %}`."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys.split()))


@register.simple_tag
def fact(label: str, value: Any) -> SafeString:
    """Write one line of a `{% facts %}` list; an empty value is a dash."""
    shown = formats.NOTHING if value in (None, "") else value
    return format_html("<dt>{}</dt><dd>{}</dd>", label, shown)


# ---- numbers with a picture -------------------------------------------------------------------


@register.inclusion_tag("web/components/stat.html")
def stat(
    label: str,
    value: Any,
    note: str = "",
    values: Sequence[float] = (),
    tone: str = "green",
    href: str = "",
) -> dict[str, Any]:
    """Write a figure with a note and a sparkline; `href` leads to the rows behind it."""
    picture = charts.sparkline(values, label=f"{label}, recent course", tone=tone) if values else ""
    return {
        "label": label,
        "value": value,
        "note": note,
        "chart": picture,
        "tone": tone,
        "href": href,
    }


@register.simple_tag
def sparkline(values: Sequence[float], label: str, tone: str = "green") -> SafeString:
    """Draw a sparkline."""
    return charts.sparkline(values, label=label, tone=tone)


@register.simple_tag
def bar_chart(values: dict[str, float], label: str, tone: str = "green") -> SafeString:
    """Draw one bar for each name."""
    return charts.bars(values, label=label, tone=tone)


@register.inclusion_tag("web/components/line_chart.html")
def line_chart(
    series: dict[str, Sequence[float]], label: str, names: Sequence[str] = ()
) -> dict[str, Any]:
    """Draw lines with a legend; `names` are the ends of the axis."""
    legend = list(zip(charts.TONES, series, strict=False))
    return {"chart": charts.lines(series, label=label, names=names), "legend": legend}


@register.inclusion_tag("web/components/progress.html")
def progress(
    value: int | None, total: int = 100, label: str = "", poll: str = "", tone: str = ""
) -> dict[str, Any]:
    """Write a progress bar. `value` None means "working". With `poll` it asks that address every
    two seconds for its own replacement, until the answer comes without `poll`."""
    done = None if value is None else max(0, min(value, total))
    return {"value": done, "total": max(total, 1), "label": label, "poll": poll, "tone": tone}


@register.inclusion_tag("web/components/beside.html", takes_context=True)
def beside(context: Context, about: str, key: Any) -> dict[str, Any]:
    """Write buttons to further pages about a thing, which packages above add (`web.beside`)."""
    return {"pages": pages_beside(context["request"], about, key)}


@register.inclusion_tag("web/components/parcel.html")
def parcel(status: Any, says: str = "", quiet: bool = False) -> dict[str, Any]:
    """Write a parcel's way as five stretches from one of the nine statuses."""
    name = str(getattr(status, "value", status))
    place, mood = states.PARCEL_PLACE.get(name, (0, "now"))
    steps = [
        (label, "done" if index < place else mood if index == place else "")
        for index, label in enumerate(states.PARCEL_STEPS)
    ]
    spoken = says or states.PARCEL_SAYS.get(name, states.words_of_state(name))
    return {"steps": steps, "says": spoken, "wrong": mood == "wrong", "quiet": quiet}


# ---- lists and ways through them --------------------------------------------------------------


@register.inclusion_tag("web/components/timeline_item.html", takes_context=True)
def event(
    context: Context, what: Any, at: Any = None, detail: Any = "", tone: str = "",
    now: bool = False, hollow: bool = False, href: str = "", more: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Write one line of a `{% timeline %}`. `at` is a datetime or a text; `href` links the line."""
    shown = when(context, at, "clock") if isinstance(at, datetime) else (at or "")
    return {
        "what": what, "at": shown, "detail": detail, "tone": tone, "now": now, "hollow": hollow,
        "href": href, "more": more,
    }  # fmt: skip


@register.simple_tag
def chip(label: str, href: str, active: bool = False, remove: bool = False) -> SafeString:
    """Write a filter chip: a link that sets or (with `remove`) clears a filter."""
    current = mark_safe(' aria-current="true"') if active else mark_safe("")
    cross = icon_svg("cross") + mark_safe(
        '<span class="visually-hidden">, remove this filter</span>'
    )
    return format_html(
        '<a class="chip" href="{}"{}>{}{}</a>', href, current, label, cross if remove else ""
    )


@register.inclusion_tag("web/components/pager.html", takes_context=True)
def pager(context: Context, page: Any, parameter: str = "at", target: str = "") -> dict[str, Any]:
    """Write "newer / older" for a `paging.Page`; other query parameters stay as they are.

    With `target` (a CSS selector) only that part of the page is exchanged.
    """
    request = context.get("request")
    query = request.GET.copy() if request is not None else None

    def link(cursor: str) -> str:
        if not cursor:
            return ""
        if query is None:
            return f"?{parameter}={cursor}"
        query[parameter] = cursor
        return f"?{query.urlencode()}"

    return {
        "older": link(page.older),
        "newer": link(page.newer),
        "count": len(page),
        "target": target,
    }


@register.inclusion_tag("web/components/crumbs.html")
def crumbs(*parts: str) -> dict[str, Any]:
    """Write breadcrumbs: label, address, label, address …, the last label stands alone."""
    return {
        "crumbs": [
            (parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)
        ]
    }


@register.inclusion_tag("web/components/segmented_item.html")
def choice(label: str, href: str, active: bool = False) -> dict[str, Any]:
    """Write one link of a `{% segmented %}` control."""
    return {"label": label, "href": href, "active": active}


@register.inclusion_tag("web/components/tab.html")
def tab(label: str, href: str, active: bool = False, count: Any = None) -> dict[str, Any]:
    """Write one link of `{% tabs %}`."""
    return {"label": label, "href": href, "active": active, "count": count}


@register.inclusion_tag("web/components/switch.html")
def switch(label: str, name: str, on: bool = False, **attributes: Any) -> dict[str, Any]:
    """Write an on/off switch (a checkbox). `hx_post=url` saves it at once."""
    return {"label": label, "name": name, "on": on, "attributes": attributes_text(attributes)}


@register.inclusion_tag("web/components/secret.html")
def secret(value: str, label: str, hide: bool = False) -> dict[str, Any]:
    """Write a value to copy: an address, a key. `hide` covers it until asked."""
    return {"value": value, "label": label, "hide": hide}


@register.inclusion_tag("web/components/copy.html")
def copy(value: str, label: str = "Copy") -> dict[str, Any]:
    """Write a small button that copies a value."""
    return {"value": value, "label": label}


# ---- wrappers ---------------------------------------------------------------------------------


@register.simple_block_tag
def card(
    content: str, title: str = "", aside: Any = "", kind: str = "", **attributes: Any
) -> SafeString:
    """Wrap in a card. `kind`: big, sunk, dashed, named. `aside` stands right of the title.

    "named" is for lists of things: its title is a name, not a heading.
    """
    head = format_html(
        '<header><h2>{}</h2><span class="aside">{}</span></header>', title, aside
    ) if title else ""  # fmt: skip
    return format_html(
        '<section class="card {}"{}>{}{}</section>',
        kind,
        attributes_text(attributes),
        head,
        content,
    )


@register.simple_block_tag
def notice(content: str, tone: str = "blue", icon: str = "", role: str = "") -> SafeString:
    """Wrap in a notice. `tone`: blue, green, brass, red, note (a dashed internal note)."""
    drawn = icon or {"green": "check", "red": "warning", "brass": "warning", "note": "edit"}.get(
        tone, "info"
    )
    spoken = format_html(' role="{}"', role) if role else ""
    return format_html(
        '<div class="notice {}"{}>{}<div>{}</div></div>', tone, spoken, icon_svg(drawn), content
    )


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "bell") -> SafeString:
    """Wrap the text and buttons that teach the next step where there is nothing yet."""
    return format_html(
        '<div class="empty">{}<h2>{}</h2>{}</div>', icon_svg(icon, "l"), title, content
    )


@register.simple_block_tag
def table(content: str, caption: str, columns: str, kind: str = "", id: str = "") -> SafeString:
    """Wrap rows (`<tr>…`) in a table with a sticky head.

    `columns` is "When|To|Amount:num|": `:num` aligns right, `:fit` is as narrow as possible, an
    empty name is a column of buttons, `:w20` is a fifth of the width in a "fixed" table. `kind`
    "stacks" makes cards of rows on a phone (give cells a `data-label`), "brief" with it short ones
    without labels (cells may be `at-end` or `whole`), "tall" scrolls within the page.
    """
    heads = mark_safe("")
    for column in columns.split("|"):
        name, _, style = column.partition(":")
        shown = name or mark_safe('<span class="visually-hidden">Actions</span>')
        heads += format_html(
            '<th scope="col"{}>{}</th>', format_html(' class="{}"', style) if style else "", shown
        )
    return format_html(
        '<div class="table-wrap {}" tabindex="0" role="region" aria-label="{}"{}>'
        '<table class="table {}">'
        '<caption class="visually-hidden">{}</caption><thead><tr>{}</tr></thead>'
        "<tbody data-list>{}</tbody></table></div>",
        "tall" if "tall" in kind.split() else "", caption,
        format_html(' id="{}"', id) if id else "",
        " ".join(word for word in kind.split() if word != "tall"), caption, heads, content,
    )  # fmt: skip


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """Wrap `{% event %}` lines, newest first."""
    return format_html('<ol class="timeline" role="list">{}</ol>', content)


@register.simple_block_tag(takes_context=True)
def entry(context: Context, content: str, what: Any, at: Any = None, **about: Any) -> SafeString:
    """Wrap what stands below a line of a `{% timeline %}`; the arguments are those of `event`."""
    below = mark_safe(content.strip())  # noqa: S308  (rendered by the template around it)
    values = event(context, what, at, more=below, **about)
    return mark_safe(render_to_string("web/components/timeline_item.html", values))  # noqa: S308


@register.simple_block_tag
def facts(content: str, kind: str = "") -> SafeString:
    """Wrap `{% fact "Label" value %}` lines. `kind` "wide" for a page of settings."""
    return format_html('<dl class="facts {}">{}</dl>', kind, content)


@register.simple_block_tag
def filters(content: str, label: str = "Filters") -> SafeString:
    """Wrap `{% chip %}`s and a search form above a table."""
    return format_html('<div class="filters" role="group" aria-label="{}">{}</div>', label, content)


@register.simple_block_tag
def group(content: str, label: str) -> SafeString:
    """Wrap chips of one question within `{% filters %}`; a line parts it from the next."""
    return format_html('<div class="group" role="group" aria-label="{}">{}</div>', label, content)


@register.simple_block_tag
def tabs(content: str, label: str) -> SafeString:
    """Wrap `{% tab %}`s."""
    return format_html('<nav class="tabs" aria-label="{}">{}</nav>', label, content)


@register.simple_block_tag
def segmented(content: str, label: str) -> SafeString:
    """Wrap `{% choice %}`s: a few exclusive views of one thing."""
    return format_html(
        '<div class="segmented" role="group" aria-label="{}">{}</div>', label, content
    )


@register.simple_block_tag
def menu(content: str, label: str, icon: str = "more", end: bool = True) -> SafeString:
    """Wrap `.menu-item` links and buttons in a menu behind a square button."""
    return format_html(
        '<details class="menu {}"><summary class="button plain square" aria-label="{}">{}</summary>'
        '<div class="menu-panel">{}</div></details>',
        "end" if end else "", label, icon_svg(icon), content,
    )  # fmt: skip


@register.simple_block_tag
def dialog(content: str, id: str, title: str, kind: str = "") -> SafeString:
    """Wrap in a dialog opened by any `data-dialog-open="<id>"`. `kind` "wide"."""
    return format_html(
        '<dialog class="dialog {}" id="{}" aria-labelledby="{}-title">'
        '<header><h2 id="{}-title">{}</h2>'
        '<button type="button" class="button plain square" data-dialog-close'
        ' aria-label="Close">{}</button>'
        '</header><div class="body">{}</div></dialog>',
        kind, id, id, id, title, icon_svg("cross"), content,
    )  # fmt: skip


@register.simple_block_tag
def code(content: str) -> SafeString:
    """Wrap a piece of code or a log."""
    return format_html('<pre class="code" tabindex="0">{}</pre>', content)


@register.simple_tag
def base_url(path: str = "") -> str:
    """Return a full address on this installation, for texts to copy."""
    return f"{getattr(settings, 'BASE_URL', '')}{path}"
