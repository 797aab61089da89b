"""`{% load spans %}`: lengths of time as people read them."""

from datetime import timedelta

from django import template

from shopbell.slas.spans import span_text

register = template.Library()

register.filter("span_text", span_text)


@register.filter
def length(span: timedelta) -> str:
    """Write a length of time in hours and minutes, rounded up to a minute."""
    return span_text(-(-int(span.total_seconds()) // 60))
