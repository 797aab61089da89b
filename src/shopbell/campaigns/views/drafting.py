"""Making a campaign: its name, who gets it, when and how fast."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.campaigns import actions
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.forms import GapsForm, PlanForm
from shopbell.campaigns.models import Campaign, Stage
from shopbell.campaigns.queries import campaign_by_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.chosen import choices_in, chosen_of, template_inbox


@staff_page("campaigns:write")
@require_POST
def new(request: StaffRequest) -> HttpResponseBase:
    """Begin a draft."""
    name = request.POST.get("name", "") or "New campaign"
    row = actions.start_campaign(name=name, by=request.user)
    return redirect("campaigns:plan", request.store.slug, row.pk)


@staff_page("campaigns:write")
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Say who gets it and how it goes out."""
    row = _draft(campaign_by_id(key))
    form = PlanForm(
        request.POST if request.method == "POST" else None, campaign=row, store=request.store
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_plan(campaign=row, name=form.cleaned_data["name"], plan=form.plan())
        except Invalid as error:
            for name, said in error.fields.items():
                field = {"media": "channels"}.get(name, name)
                form.add_error(field if field in form.fields else None, said)
        else:
            return redirect("campaigns:show", request.store.slug, key)
    context = {
        "form": form,
        "row": row,
        "size": size_of(row),
        "variants": row.variants.count(),
    }
    return render(request, "campaigns/plan.html", context, status=422 if form.errors else 200)


@staff_page("campaigns:write")
@require_http_methods(["GET", "HEAD", "POST"])
def whatsapp(request: StaffRequest, key: uuid.UUID, variant: str) -> HttpResponseBase:
    """Choose the approved template of a variant, and what fills its gaps."""
    row = _draft(campaign_by_id(key))
    inbox = template_inbox()
    offered = choices_in(inbox) if inbox is not None else {}
    known = chosen_of(row.text_kind(variant))
    asked = request.POST.get("template") or request.GET.get("template")
    name = asked if asked is not None else known.name if known else next(iter(offered), "")
    template = offered.get(name)
    form = GapsForm(request.POST or None, template=template, known=known) if template else None
    if request.method == "POST" and (form is None or form.is_valid()):
        choice = form.choice() if form is not None else None
        actions.choose_template(campaign=row, variant=variant, choice=choice)
        said = f"“{name}” is sent by WhatsApp." if choice else "No template is sent by WhatsApp."
        notes.success(request, said)
        return redirect("campaigns:show", request.store.slug, key)
    context = {
        "row": row, "variant": variant, "inbox": inbox, "offered": list(offered.values()),
        "template": template, "form": form, "known": known,
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "campaigns/whatsapp.html", context, status=status)


@staff_page("campaigns:write")
@require_safe
def count(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Say how many the chosen segments describe; nothing is kept."""
    row = campaign_by_id(key)
    form = PlanForm(request.GET, campaign=row, store=request.store)
    form.is_valid()
    chosen = form.cleaned_data
    row.include = [uuid.UUID(each) for each in chosen.get("include", [])]
    row.exclude = [uuid.UUID(each) for each in chosen.get("exclude", [])]
    row.media = chosen.get("channels", [])
    return render(request, "campaigns/count.html", {"size": size_of(row), "row": row})


def _draft(row: Campaign) -> Campaign:
    if row.stage != Stage.DRAFT:
        raise Conflict(
            "It is submitted already.",
            kept="Nothing was changed.",
            remedy="Take it back first if it has not begun.",
        )
    return row
