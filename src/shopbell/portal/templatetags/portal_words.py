"""`{% say words "page.help" number=… %}`: a phrase in the customer's language."""

from datetime import datetime
from typing import Any

from django import template

from shopbell.portal.words import Words

register = template.Library()


@register.simple_tag
def say(words: Words, path: str, **values: Any) -> str:
    """Return a phrase."""
    return words.say(path, **values)


@register.simple_tag
def say_day(words: Words, moment: str) -> str:
    """Return the day of a moment that is written as in a file."""
    return words.long_day(datetime.fromisoformat(moment))


@register.simple_tag
def say_consent(words: Words, row: dict[str, Any]) -> str:
    """Return what somebody agreed to or took back: `Offers and news (email): agreed`."""
    known = words.has(f"preferences.{row['purpose']}")
    purpose = words.say(f"preferences.{row['purpose']}") if known else row["purpose"]
    about = ", ".join(filter(None, (row["channel"], row["topic"])))
    return f"{purpose} ({about}): {words.say(f'data.{row["action"]}')}"
