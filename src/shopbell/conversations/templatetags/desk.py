"""`{% load desk %}`: how the inbox writes people, channels and days."""

import json
from datetime import date, datetime
from typing import cast

from django import template
from django.template import RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.comments import ways_with
from shopbell.conversations.drawing import Rows, medium_mark, mood_mark, person
from shopbell.conversations.listing import due_tone, waits_long
from shopbell.conversations.models import Attachment
from shopbell.conversations.original import PICTURES
from shopbell.conversations.slots import Page, modules, panels_of, stylesheets
from shopbell.conversations.subjects import bare_subject
from shopbell.kit import clock
from shopbell.messaging.titles import medium_name
from shopbell.web.formats import absolute, zone_of

register = template.Library()

_SHOWN = 8_000_000  # bytes; a larger picture is only offered as a file

register.filter("is_waiting", waits_long)
register.filter("due_tone", due_tone)
register.filter("medium_name", medium_name)
register.filter("bare_subject", bare_subject)
register.filter("person", person)
register.simple_tag(medium_mark)
register.simple_tag(mood_mark)


@register.simple_tag(takes_context=True)
def list_rows(context: RequestContext) -> SafeString:
    """Write the rows of the list."""
    store = context["request"].store
    return Rows(
        listing=context["list"],
        store=store.slug,
        zone=store.timezone,
        number=context.get("number"),
        may_write=bool(context.get("may_write")),
    ).drawn()


register.simple_tag(ways_with, name="comment_ways")


@register.simple_tag(takes_context=True)
def panels(context: RequestContext, place: str) -> SafeString:
    """Write what packages show at a place of the conversation's page (see `slots`)."""
    page = cast(Page, context.flatten())
    request: StaffRequest = page["request"]
    shown = []
    for each in panels_of(place):
        found = each.load(request, page)
        if found is not None:
            shown.append(render_to_string(each.template, page | found, request))
    return mark_safe("".join(shown))  # noqa: S308 - each part was escaped by its own template


@register.simple_tag
def panel_styles() -> SafeString:
    """Link the CSS that packages bring for their panels."""
    links = ((static(path),) for path in stylesheets())
    return format_html_join("", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag(takes_context=True)
def panel_modules(context: RequestContext) -> SafeString:
    """Load the JavaScript that packages bring for their panels."""
    nonce = str(context.get("csp_nonce") or "")
    found = ((static(path), nonce) for path in modules())
    return format_html_join("", '<script type="module" src="{}" nonce="{}"></script>', found)


@register.filter
def day_name(day: date, zone: str) -> str:
    """Write a day: Today, Yesterday, Mon 3 Aug."""
    today = clock.now().astimezone(zone_of(zone)).date()
    if (today - day).days in (0, 1):
        return "Today" if day == today else "Yesterday"
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


@register.filter
def is_picture(file: Attachment) -> bool:
    """Return whether a file is shown as a picture."""
    return file.is_handed_out and file.content_type in PICTURES and file.size <= _SHOWN


@register.filter
def priority_tone(priority: int) -> str:
    """Return the colour of a priority."""
    return "red" if priority >= 2 else "grey"


@register.filter
def order_key(key: object) -> str:
    """Return the id of an order's card, so that it stays in place when the page is renewed."""
    return f"o-{key}"


@register.filter
def as_json(value: object) -> str:
    """Write a value as JSON for an attribute."""
    return json.dumps(value)


@register.filter
def as_time(text: str, zone: str) -> str:
    """Write a time that is stored as text, such as that of an invitation."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return f"{moment:%a} {moment.day} {moment:%b} {moment.year}, {moment:%H:%M}"
    return absolute(moment, zone)


@register.filter
def as_facts(value: object) -> list[tuple[str, str]]:
    """Write what a page told about a cart as pairs, whatever its form; the first thirty."""
    found: list[tuple[str, str]] = []

    def walk(name: str, inside: object) -> None:
        if len(found) >= 30:
            return
        if isinstance(inside, dict):
            for key, each in inside.items():
                walk(f"{name} {key}".strip(), each)
        elif isinstance(inside, list):
            for number, each in enumerate(inside, 1):
                walk(f"{name} {number}".strip(), each)
        elif inside not in (None, ""):
            found.append((name[:80], str(inside)[:200]))

    walk("", value)
    return found


@register.filter
def as_gap(name: str) -> str:
    """Write the name of a variable as it stands in a saved reply."""
    return "{{" + name + "}}"
