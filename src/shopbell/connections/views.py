"""Shops, carriers and channels of a store: list with health, connect, change, try, switch off.

A newcomer's mistake: trying a connection inside the store's transaction. `try_now` opens its scope
only for reading and for writing down the result.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections import actions, postings
from shopbell.connections.exchanges import log_of
from shopbell.connections.forms import ConnectionForm
from shopbell.connections.guides import guide_of
from shopbell.connections.health import standing_of, try_connection
from shopbell.connections.models import Connection
from shopbell.connections.ports import CONNECTORS, Connector, Embedded, Previewed
from shopbell.connections.queries import connection_by_id, connections_of_store, webhook_url
from shopbell.connections.slots import panels_for
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid

FAMILIES = (
    ("shop", "Shops", "shop", "Where orders come from."),
    ("channel", "Channels", "mail", "How customers are told, and where they write."),
    ("carrier", "Carriers", "truck", "Where parcels are known."),
    ("receiver", "Your own programs", "link", "What is told when somebody comes to a step."),
)


@staff_page("connections:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List what is connected, and how it is."""
    rows = connections_of_store()
    families = [
        {
            "key": key,
            "title": title,
            "icon": icon,
            "about": about,
            "rows": [standing_of(row) for row in rows if row.family == key],
        }
        for key, title, icon, about in FAMILIES
    ]
    context = {"families": families, "editable": may(request.staff, "connections:write")}
    return render(request, "connections/index.html", context)


@staff_page("connections:write")
@require_safe
def choose(request: StaffRequest) -> HttpResponse:
    """Show what can be connected."""
    families = [
        {
            "title": title,
            "icon": icon,
            "about": about,
            "connectors": [
                (each, _icon_of(each) or icon)
                for each in _usual_first([each for each in CONNECTORS if each.family == key])
            ],
        }
        for key, title, icon, about in FAMILIES
    ]
    return render(request, "connections/choose.html", {"families": families})


def _icon_of(connector: Connector) -> str:
    medium = getattr(getattr(connector, "capabilities", None), "medium", "")
    return {"email": "mail", "sms": "sms", "phone": "phone", "": ""}.get(medium, "chat")


def _usual_first(connectors: list[Connector]) -> list[Connector]:
    """Order the choice: real providers by name, then what stands in for one."""

    def rank(connector: Connector) -> tuple[bool, str]:
        stand_in = connector.key.startswith("sandbox") or connector.title.startswith("Any ")
        return stand_in, connector.title

    return sorted(connectors, key=rank)


@staff_page("connections:write")
@require_safe
def new(request: StaffRequest, connector: str) -> HttpResponse:
    """Show the form of a connector beside its guide."""
    plug = CONNECTORS.get(connector)
    return _form_page(request, plug, ConnectionForm(None, connector=plug))


@staff_page("connections:write")
@sensitive_post_parameters()
@require_POST
def create(request: StaffRequest, connector: str) -> HttpResponseBase:
    """Connect an account."""
    plug = CONNECTORS.get(connector)
    form = ConnectionForm(request.POST, connector=plug)
    slug = str(form.cleaned_data.get("slug", "")) if form.is_valid() else ""
    taken = Connection.objects.filter(connector=plug.key, slug=slug).exists()
    if slug and taken:
        form.add_error("slug", "This short name is taken. Choose another.")
    saved = _save(request, form, slug) if form.is_valid() else None
    if saved is None:
        return _form_page(request, plug, form, status=422)
    messages.success(request, "Saved. Try it now to see whether it works.")
    return redirect("connections:show", request.store.slug, saved.pk)


@staff_page("connections:read")
@require_safe
def show(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Show one connection: health, webhook address, settings, guide."""
    row = connection_by_id(connection)
    plug = CONNECTORS.get(row.connector)
    form = ConnectionForm(None, connector=plug, connection=row)
    return _form_page(request, plug, form)


@staff_page("connections:write")
@require_safe
def exchanges(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Show what was said to and by a provider lately."""
    row = connection_by_id(connection)
    title = row.name or standing_of(row).title
    context = {"row": row, "title": title, "said": log_of(row)}
    return render(request, "connections/exchanges.html", context)


@staff_page("connections:write")
@sensitive_post_parameters()
@require_POST
def save(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Change the settings; secrets left empty stay."""
    row = connection_by_id(connection)
    plug = CONNECTORS.get(row.connector)
    form = ConnectionForm(request.POST, connector=plug, connection=row)
    if not form.is_valid() or _save(request, form, row.slug) is None:
        return _form_page(request, plug, form, status=422)
    messages.success(request, "Saved. Try it now to see whether it works.")
    return redirect("connections:show", request.store.slug, row.pk)


@staff_page("connections:write", scoped=False)
@require_POST
def try_now(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Talk to the provider once and say how it went."""
    with store_scope(request.store.pk):
        row = connection_by_id(connection)
    health = try_connection(row, request.store)
    if request.htmx:  # type: ignore[attr-defined]
        with store_scope(request.store.pk):
            standing = standing_of(connection_by_id(connection))
        context = {"health": health, "standing": standing}
        return render(request, "connections/tried.html", context)
    said = messages.success if health.ok else messages.error
    said(request, f"{health.summary} {health.hint}".strip())
    return redirect("connections:show", request.store.slug, row.pk)


@staff_page("connections:write")
@require_POST
def again(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Tell a receiver once more what was given up."""
    row = connection_by_id(connection)
    count = postings.try_again(connection=row)
    messages.success(request, f"{count} will be told again." if count else "Nothing is given up.")
    return redirect("connections:show", request.store.slug, row.pk)


@staff_page("connections:write")
@require_POST
def switch(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Switch a connection off or on again."""
    row = connection_by_id(connection)
    if request.POST.get("on") == "1":
        actions.switch_on(connection=row)
        messages.success(request, "Switched on. Try it now to see whether it works.")
    else:
        actions.switch_off(connection=row)
        messages.success(request, "Switched off. Nothing goes in or out through it.")
    return redirect("connections:show", request.store.slug, row.pk)


@staff_page("connections:write")
@require_POST
def remove(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Remove a connection with its credentials."""
    actions.delete_connection(connection=connection_by_id(connection))
    messages.success(request, "Removed. Orders and messages that came through it stay.")
    return redirect("connections:index", request.store.slug)


def _save(request: StaffRequest, form: ConnectionForm, slug: str) -> Connection | None:
    try:
        return actions.save_connection(
            store=request.store,
            family=form.connector.family,
            connector=form.connector.key,
            slug=slug,
            name=form.cleaned_data["name"],
            address=form.cleaned_data.get("address", ""),
            settings=form.settings(),
        )
    except Invalid as error:
        form.refuse(error)
        return None


def _form_page(
    request: StaffRequest, plug: Connector, form: ConnectionForm, *, status: int = 200
) -> HttpResponse:
    row = form.connection
    editable = may(request.staff, "connections:write")
    if not editable:
        for field in form.fields.values():
            field.disabled = True
    slug = row.slug if row else ""
    context: dict[str, Any] = {
        "connector": plug,
        "form": form,
        "row": row,
        "standing": standing_of(row) if row else None,
        "webhook_url": webhook_url(request.store.slug, plug.key, slug) if row else "",
        "snippet": _snippet(request, plug),
        "preview": plug.preview(request.store.slug) if isinstance(plug, Previewed) else "",
        "guide": guide_of(plug),
        "panels": panels_for(request, row, plug) if row else [],
        "editable": editable,
    }
    return render(request, "connections/show.html", context, status=status)


def _snippet(request: StaffRequest, plug: Connector) -> str:
    if not isinstance(plug, Embedded):
        return ""
    return plug.snippet(settings.BASE_URL, request.store.slug)
