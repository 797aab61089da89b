"""Making forms: the list with how many came in, the editor with a preview, the line to embed."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.models import Store
from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.contact_forms.actions import drop_form, save_form
from shopbell.contact_forms.definition import GAPS, definition_of
from shopbell.contact_forms.forms import EditorForm
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.page import Painter
from shopbell.contact_forms.queries import Tally, form_by_slug, forms, tallies
from shopbell.contact_forms.words import LANGUAGES, Words
from shopbell.kit.errors import Invalid
from shopbell.web.brand import Brand

FRAMED: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": [CSP.SELF]}
NEW: dict[str, Any] = {
    "title": {"en": "Write to us"},
    "answer_hours": 24,
    "topics": [
        {
            "title": {"en": "An order or a parcel"},
            "tag": "order",
            "fields": [{"kind": "order", "label": {"en": "Order number"}}],
        },
        {"title": {"en": "Something else"}},
    ],
}


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the forms."""
    counts = tallies()
    rows = [
        {
            "form": form,
            "title": form.definition.title.get(form.languages[0], form.slug),
            "topics": len(form.definition.topics),
            "tally": counts.get(form.pk, Tally()),
            "url": address_of(request.store, form.slug),
        }
        for form in forms()
    ]
    return render(request, "contact_forms/index.html", {"rows": rows})


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Begin a form with what most shops ask."""
    language = request.store.locale.split("-")[0].split("_")[0]
    languages = ["en"] if language not in LANGUAGES or language == "en" else ["en", language]
    return _edit(request, None, NEW, languages)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, form: str) -> HttpResponseBase:
    """Change a form."""
    row = form_by_slug(form)
    return _edit(request, row, row.content, row.languages)


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, form: str) -> HttpResponseBase:
    """Throw a form away."""
    drop_form(form=form_by_slug(form))
    notes.success(request, "Thrown away. The conversations it brought stay.")
    return redirect("contact_forms:index", request.store.slug)


@staff_page("desk:write")
@xframe_options_sameorigin
@csp_override(FRAMED)
@require_POST
def preview(request: StaffRequest) -> HttpResponseBase:
    """Show the form as it stands in the editor; nothing is stored, and it cannot be sent."""
    form = EditorForm(request.POST)
    wish = request.POST.get("language", "")
    words = Words(wish if wish in LANGUAGES else "en")
    context: dict[str, Any] = {
        "brand": Brand(request.store.name, request.store.brand_colour, "", "", words.direction),
        "words": words,
        "labels": words.labels,
        "is_framed": True,
        "is_preview": True,
    }
    try:
        if not form.is_valid():
            raise Invalid("Choose a language at least.")
        languages = form.cleaned_data["languages"]
        made = definition_of(form.cleaned_data["content"], languages)
    except Invalid as error:
        context["trouble"] = [*error.fields.values()] or [error.message]
        return render(request, "contact_forms/preview_trouble.html", context)
    context |= {"page": Painter(made, languages, words).page(), "client_id": uuid.uuid4()}
    with override(words.language):
        return render(request, "contact_forms/form.html", context)


def _edit(
    request: StaffRequest, row: ContactForm | None, content: Any, languages: list[str]
) -> HttpResponseBase:
    wrong: dict[str, str] = {}
    slug, is_open = (row.slug, row.is_open) if row else ("", True)
    if request.method == "POST":
        form = EditorForm(request.POST)
        form.is_valid()
        content = form.cleaned_data.get("content", content)
        languages = form.cleaned_data.get("languages", languages)
        slug, is_open = request.POST.get("slug", ""), bool(form.cleaned_data.get("is_open"))
        wrong = {name: str(errors[0]) for name, errors in form.errors.items()}
        if not wrong:
            try:
                saved = save_form(
                    content=content, languages=languages, slug=slug, is_open=is_open, form=row
                )
            except Invalid as error:
                wrong = error.fields or {"form": error.message}
            else:
                notes.success(request, "Saved. Customers see it like this from now on.")
                return redirect("contact_forms:change", request.store.slug, saved.slug)
    context = _editor(request, row, content, languages) | {
        "slug": slug,
        "is_open": is_open,
        "wrong": list(wrong.values()),
    }
    return render(request, "contact_forms/editor.html", context, status=422 if wrong else 200)


def _editor(
    request: StaffRequest, row: ContactForm | None, content: Any, languages: list[str]
) -> dict[str, Any]:
    names = {code: Words(code).own_name for code in LANGUAGES}
    chosen = [*languages, *(code for code in LANGUAGES if code not in languages)]
    url = address_of(request.store, row.slug) if row else ""
    return {
        "row": row,
        "content": json.dumps(content),
        "names": json.dumps(names),
        "tongues": [(code, names[code], code in languages) for code in chosen],
        "tally": tallies().get(row.pk, Tally()) if row else None,
        "gaps": ["{{" + name + "}}" for name in GAPS],
        "url": url,
        "embed": f'<script async src="{url}.js"></script>',
        "frame": f'<iframe src="{url}?frame=1" title="Contact form" '
        'style="width:100%;height:900px;border:0"></iframe>',
    }


def address_of(store: Store, slug: str) -> str:
    """Return where customers find a form."""
    there = reverse("contact_forms:page", args=[store.slug, slug])
    return f"{settings.BASE_URL}{there}"
