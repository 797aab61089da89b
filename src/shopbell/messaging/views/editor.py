"""The list of texts and the editor: save a version, go back to an older or to the shipped one.

A newcomer's mistake: compiling inside the store's transaction. `save` does, once, because the
version and its check belong together; previews do not.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.choices import locale_choices
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.catalogue import TextKind, kind_named
from shopbell.messaging.forms import TextForm, order_choices, uuid_or_nothing
from shopbell.messaging.library import (
    check_locale,
    history,
    language_name,
    library,
    starting_source,
    variables_of,
)
from shopbell.messaging.models import Template, TemplateVersion
from shopbell.messaging.ports import TELLING, Medium
from shopbell.messaging.previews import recent_orders
from shopbell.messaging.templates import restore_version, save_template, use_shipped_text
from shopbell.messaging.titles import medium_title


@staff_page("templates:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List all texts of one channel."""
    asked = request.GET.get("channel", "")
    medium = Medium(asked) if asked in TELLING else Medium.EMAIL
    context = {
        "groups": library(medium),
        "medium": medium,
        "media": [(each.value, medium_title(each), each == medium) for each in TELLING],
        "locales": locale_choices(request.store.locale),
        "editable": may(request.staff, "templates:write"),
    }
    return render(request, "messaging/texts.html", context)


@staff_page("templates:read")
@require_safe
def language(request: StaffRequest) -> HttpResponseBase:
    """Go to the editor of a text in a chosen language."""
    kind, medium = place(request.GET.get("kind", ""), request.GET.get("medium", ""))
    locale = check_locale(request.GET.get("locale", ""))
    return redirect("templates:edit", request.store.slug, kind.key, medium, locale)


@staff_page("templates:read")
@require_safe
def edit(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponse:
    """Show one text beside its preview."""
    place(kind, medium)
    source, _ = starting_source(kind, medium, check_locale(locale))
    form = TextForm(medium=medium, locale=locale, source=source)
    return _page(request, form, kind, 200)


@staff_page("templates:write")
@require_POST
def save(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponseBase:
    """Save a new version."""
    place(kind, medium)
    source, _ = starting_source(kind, medium, check_locale(locale))
    form = TextForm(request.POST, medium=medium, locale=locale, source=source)
    version = _saved(request, form, kind) if form.is_valid() else None
    if version is None:
        return _page(request, form, kind, 422)
    messages.success(request, f"Saved as version {version.number}. New messages use it.")
    return redirect("templates:edit", request.store.slug, kind, medium, locale)


def _saved(request: StaffRequest, form: TextForm, kind: str) -> TemplateVersion | None:
    source = form.source()
    try:
        return save_template(
            kind=kind,
            medium=form.medium,
            locale=form.locale,
            body=source.body,
            subject=source.subject,
            preheader=source.preheader,
            text=source.text,
            created_by=request.staff.user,
        )
    except Invalid as error:
        form.refuse(error)
        return None


@staff_page("templates:write")
@require_POST
def restore(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponseBase:
    """Make an older version current again."""
    found = (
        TemplateVersion.objects.select_related("template")
        .filter(template__kind=kind, template__medium=medium, template__locale=locale)
        .filter(pk=uuid_or_nothing(request.POST.get("version", "")) or UUID(int=0))
        .first()
    )
    if found is None:
        raise NotFound("There is no such version.")
    restore_version(version=found)
    messages.success(request, f"Version {found.number} is used again.")
    return redirect("templates:edit", request.store.slug, kind, medium, locale)


@staff_page("templates:write")
@require_POST
def shipped(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponseBase:
    """Go back to the shipped text; own versions are kept."""
    found = Template.objects.filter(kind=kind, medium=medium, locale=locale).first()
    if found is None:
        raise NotFound("There is no text of your own here.")
    use_shipped_text(template=found)
    messages.success(request, "The standard text is used again. Your versions are kept.")
    return redirect("templates:edit", request.store.slug, kind, medium, locale)


def _page(request: StaffRequest, form: TextForm, kind: str, status: int) -> HttpResponse:
    editable = may(request.staff, "templates:write")
    if not editable:
        for field in form.fields.values():
            field.widget.attrs["readonly"] = True
    _, version = starting_source(kind, form.medium, form.locale)
    context: dict[str, Any] = {
        "form": form,
        "kind": kind_named(kind),
        "medium": form.medium,
        "channel": medium_title(form.medium),
        "locale": form.locale,
        "language": language_name(form.locale),
        "version": version,
        "history": history(kind, form.medium, form.locale),
        "orders": order_choices(recent_orders()),
        "variables": variables_of(kind, form.locale),
        "editable": editable,
        "is_mail": form.medium == Medium.EMAIL,
        "own_address": request.staff.user.email if form.medium == Medium.EMAIL else "",
    }
    return render(request, "messaging/editor.html", context, status=status)


def place(kind: str, medium: str) -> tuple[TextKind, Medium]:
    """Return kind and channel of an address or raise `NotFound`."""
    if medium not in TELLING:
        raise NotFound("There is no such channel.", remedy="Go back to the list.")
    return kind_named(kind), Medium(medium)
