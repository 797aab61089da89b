"""Colleagues in pages: their picture, or their initials."""

from django.template import Library
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shopbell.accounts.models import User
from shopbell.web.templatetags.ui import avatar

register = Library()


@register.simple_tag(takes_context=True)
def face(context: RequestContext, user: User, size: str = "") -> SafeString:
    """Write the picture of a colleague, else initials. The name must stand beside it."""
    return face_of(context["request"].store.slug, user, size)


def face_of(store: str, user: User, size: str = "") -> SafeString:
    """Return the picture of a colleague, else initials, for pages of a store (its slug)."""
    if not user.face:
        return avatar(user.name or user.email, size)
    return format_html(
        '<img class="avatar {}" src="{}" alt="" loading="lazy">',
        size,
        reverse("accounts:face", args=[store, user.face]),
    )
