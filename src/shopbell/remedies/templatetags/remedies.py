"""`{% load remedies %}`: how requests to the shop are written."""

from django import template

from shopbell.orders.ports import Deed
from shopbell.remedies.models import Remedy
from shopbell.remedies.words import NOUNS, TONES, title_of

register = template.Library()


@register.filter
def remedy_title(remedy: Remedy) -> str:
    """Return "Refund of €12.50"."""
    return title_of(remedy)


@register.filter
def remedy_tone(remedy: Remedy) -> str:
    """Return the colour of its state."""
    return TONES[remedy.state]  # type: ignore[index]


@register.filter
def deed_noun(deed: str) -> str:
    """Return a deed as a noun."""
    return NOUNS[Deed(deed)]
