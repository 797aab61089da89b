"""`{% say words "page.help" number=… %}`: a phrase in the customer's language."""

from typing import Any

from django import template

from shopbell.portal.words import Words

register = template.Library()


@register.simple_tag
def say(words: Words, path: str, **values: Any) -> str:
    """Return a phrase."""
    return words.say(path, **values)
