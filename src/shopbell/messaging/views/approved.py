"""Approved templates of an account: the list, a new one, and which one tells what.

A newcomer's mistake: fetching or submitting inside the store's transaction. Both talk to the
provider; the views that do so open their scope themselves.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.connections.ports import Connector
from shopbell.connections.queries import connection_by_id
from shopbell.connections.slots import connection_panel
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConnectorError, Invalid, NotFound
from shopbell.messaging.approved import can_be_filled, on_top
from shopbell.messaging.approved_forms import GapsForm, NewTemplateForm
from shopbell.messaging.approved_previews import preview_gaps
from shopbell.messaging.approving import (
    asked_at,
    choose_text,
    forget_text,
    keeps_templates,
    submit_template,
    sync_templates,
    template_named,
)
from shopbell.messaging.catalogue import all_kinds, kind_named
from shopbell.messaging.forms import order_choices, uuid_or_nothing
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import CHANNELS
from shopbell.messaging.previews import recent_orders
from shopbell.messaging.template_news import PLACE, lost_texts

_TONES = {"approved": "green", "pending": "brass", "paused": "brass"}
_QUALITIES = {"green": "good", "yellow": "medium", "red": "low"}


def account(connection: UUID) -> Connection:
    """Return a connection whose provider approves templates, in the scope of the caller."""
    row = connection_by_id(connection)
    if row.connector not in CHANNELS or not keeps_templates(CHANNELS.get(row.connector)):
        raise NotFound("This connection has no templates that somebody approves.")
    return row


@staff_page("templates:read")
@require_safe
def index(request: StaffRequest, connection: UUID) -> HttpResponse:
    """List the templates, and which one tells what."""
    row = account(connection)
    rows = ApprovedTemplate.objects.filter(connection=row).order_by("gone_at", "name", "language")
    chosen = {text.kind: text for text in ApprovedText.objects.filter(connection=row)}
    lost = {each.kind: each.says for each in lost_texts() if each.connection == row}
    templates = [_shown(one) for one in rows]
    context = {
        "row": row,
        "account_title": CHANNELS.get(row.connector).title,
        "templates": templates,
        "kinds": [
            {"kind": kind, "text": (text := chosen.get(kind.key)),
             "lost": lost.get(kind.key, "") if text else ""}
            for kind in all_kinds()
        ],
        "asked_at": asked_at(row),
        "trouble": row.sync.get(PLACE, {}).get("trouble", ""),
        "editable": may(request.staff, "templates:write"),
    }  # fmt: skip
    return render(request, "messaging/approved.html", context)


def _shown(row: ApprovedTemplate) -> dict[str, Any]:
    return {
        "row": row,
        "tone": "grey" if row.gone_at else _TONES.get(row.status, "red"),
        "words": "gone" if row.gone_at else row.status,
        "quality": _QUALITIES.get(row.quality, ""),
        "on_top": on_top(row),
    }


@staff_page("templates:write", scoped=False)
@require_POST
def sync(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Fetch the templates now."""
    with store_scope(request.store.pk):
        row = account(connection)
    try:
        count = sync_templates(request.store, row)
    except ConnectorError as error:
        messages.error(request, f"{error.message} The list below is the last one we know.")
    else:
        messages.success(request, f"{count} template{'s' if count != 1 else ''} fetched.")
    return redirect("approved:index", request.store.slug, row.pk)


@staff_page("templates:write")
@require_safe
def new(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Show the form of a new template."""
    row = account(connection)
    return render(request, "messaging/approved_new.html", {"row": row, "form": NewTemplateForm()})


@staff_page("templates:write", scoped=False)
@require_POST
def submit(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Ask the provider to approve a new template."""
    with store_scope(request.store.pk):
        row = account(connection)
    form = NewTemplateForm(request.POST)
    if form.is_valid() and _submitted(request, row, form):
        return redirect("approved:index", request.store.slug, row.pk)
    context = {"row": row, "form": form}
    return render(request, "messaging/approved_new.html", context, status=422)


def _submitted(request: StaffRequest, row: Connection, form: NewTemplateForm) -> bool:
    try:
        made = submit_template(request.store, row, form.template())
    except Invalid as error:
        for name, sentence in (error.fields or {"": error.message}).items():
            form.add_error(name or None, sentence)
        return False
    except ConnectorError as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, f"“{made.name}” was submitted. Most are decided within minutes.")
    return True


@staff_page("templates:read")
@require_safe
def text(request: StaffRequest, connection: UUID, kind: str) -> HttpResponse:
    """Choose the template that tells a kind of message, and fill its gaps."""
    row = account(connection)
    return _text_page(request, row, kind, request.GET.get("template", ""), None)


@staff_page("templates:write")
@require_POST
def save(request: StaffRequest, connection: UUID, kind: str) -> HttpResponseBase:
    """Keep what fills the gaps."""
    row, name = account(connection), request.POST.get("template", "")
    template = template_named(row, name)
    if template is None:
        return redirect("approved:text", request.store.slug, row.pk, kind)
    form = _gaps(request.POST, row, kind, template)
    try:
        choose_text(row=row, kind=kind, name=name, **form.values())
    except Invalid as error:
        said = error.message or "; ".join(error.fields.values())
        return _text_page(request, row, kind, name, request.POST, said)
    messages.success(request, f"“{kind_named(kind).title}” is told by “{name}” from now on.")
    return redirect("approved:index", request.store.slug, row.pk)


@staff_page("templates:write")
@require_POST
def forget(request: StaffRequest, connection: UUID, kind: str) -> HttpResponseBase:
    """Let no template tell a kind any more."""
    row = account(connection)
    forget_text(row=row, kind=kind)
    messages.success(request, f"No template tells “{kind_named(kind).title}” any more.")
    return redirect("approved:index", request.store.slug, row.pk)


@staff_page("templates:read", scoped=False)
@require_POST
def show_preview(request: StaffRequest, connection: UUID, kind: str) -> HttpResponse:
    """Answer with what the customer would read."""
    with store_scope(request.store.pk):
        row = account(connection)
        template = template_named(row, request.POST.get("template", ""))
        if template is None:
            raise NotFound("This template is not there any more.")
        form = _gaps(request.POST, row, kind, template)
    made = preview_gaps(
        store=request.store,
        row=row,
        kind=kind,
        template=template,
        values=form.values(),
        order_id=uuid_or_nothing(request.POST.get("order", "")),
    )
    return render(request, "messaging/approved_preview.html", {"made": made})


def _gaps(data: Any, row: Connection, kind: str, template: ApprovedTemplate) -> GapsForm:
    chosen = ApprovedText.objects.filter(connection=row, kind=kind).first()
    return GapsForm(data, template=template, kind=kind_named(kind), chosen=chosen)


def _text_page(
    request: StaffRequest, row: Connection, kind: str, name: str, data: Any, said: str = ""
) -> HttpResponse:
    chosen = ApprovedText.objects.filter(connection=row, kind=kind).first()
    rows = ApprovedTemplate.objects.filter(connection=row, gone_at=None, status="approved")
    names = sorted({one.name for one in rows if can_be_filled(one)})
    name = name or (chosen.name if chosen else names[0] if names else "")
    template = template_named(row, name) if name else None
    context = {
        "row": row,
        "kind": kind_named(kind),
        "names": names,
        "name": name,
        "template": template,
        "form": _gaps(data, row, kind, template) if template else None,
        "said": said,
        "chosen": chosen,
        "orders": order_choices(recent_orders()),
        "editable": may(request.staff, "templates:write"),
    }
    return render(request, "messaging/approved_text.html", context, status=422 if said else 200)


@connection_panel("messaging/approved_card.html", order=10)
def approved_card(request: StaffRequest, row: Connection, plug: Connector) -> dict[str, Any] | None:
    """Show on the connection's page how many templates there are, and the way to them."""
    if not keeps_templates(plug):
        return None
    known = ApprovedTemplate.objects.filter(connection=row, gone_at=None)
    return {
        "usable": known.filter(status="approved").count(),
        "waiting": known.filter(status="pending").count(),
        "asked_at": asked_at(row),
    }
