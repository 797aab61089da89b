"""Words for templates."""

from django import template

from shopbell.messaging.titles import medium_name

register = template.Library()


@register.filter
def said_as(medium: str) -> str:
    """Return a channel as people say it within a sentence."""
    return medium_name(medium)
