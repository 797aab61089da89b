"""Words for templates."""

from django import template

from shopbell.messaging import titles

register = template.Library()


@register.filter
def title_of(kind: str) -> str:
    """Return the name of a kind of message."""
    return titles.title_of(kind)


@register.filter
def medium_title(medium: str) -> str:
    """Return a channel as it stands at the beginning of a line."""
    return titles.medium_title(medium)
