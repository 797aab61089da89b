"""Filters of the phone's templates."""

from datetime import datetime

from django import template

register = template.Library()


@register.filter
def as_moment(text: str) -> datetime | None:
    """Return the moment that an entry keeps as text."""
    return datetime.fromisoformat(text) if text else None
