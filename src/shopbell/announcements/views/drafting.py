"""Making an announcement in three steps: whom it affects, what is said, a look before it goes."""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.announcements.actions import (
    change_affected,
    choose_holds,
    start_announcement,
    write_telling,
)
from shopbell.announcements.approved import choose_template, chosen_for
from shopbell.announcements.audience import Affected, size_of
from shopbell.announcements.example import Example, check_liquid, example
from shopbell.announcements.forms import HOURS, AffectedForm, WordsForm
from shopbell.announcements.models import Announcement, Stage, Telling
from shopbell.announcements.outlook import MOST, outlook
from shopbell.announcements.policy import limit_of
from shopbell.announcements.queries import announcement_by_id, telling_of
from shopbell.announcements.words import VARIABLES, check_words, said_of, words_in
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid, NotFound
from shopbell.messaging.library import language_name
from shopbell.messaging.ports import TELLING, Medium
from shopbell.messaging.titles import medium_title, title_of
from shopbell.web.framing import mail_document


@staff_page("announcements:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Step 1 of a new one: whom it affects."""
    form = AffectedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        row = start_announcement(
            name=form.cleaned_data["name"], affected=form.affected, by=request.user
        )
        return redirect("announcements:words", request.store.slug, row.pk, 1)
    return _affected_page(request, form, None)


@staff_page("announcements:write")
@require_http_methods(["GET", "HEAD", "POST"])
def affected(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Step 1 of a draft."""
    row = announcement_by_id(key)
    _draft(row, 1)
    form = AffectedForm(request.POST if request.method == "POST" else None, announcement=row)
    if request.method == "POST" and form.is_valid():
        change_affected(announcement=row, name=form.cleaned_data["name"], affected=form.affected)
        return redirect("announcements:words", request.store.slug, row.pk, 1)
    return _affected_page(request, form, row)


def _affected_page(
    request: StaffRequest, form: AffectedForm, row: Announcement | None
) -> HttpResponse:
    known = Affected.of(row.affected) if row else Affected(orders=("open",))
    context = {
        "form": form,
        "row": row,
        "size": size_of(known, request.store.timezone),
        "step": 1,
        "telling": row.tellings.all()[0] if row else None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "announcements/affected.html", context, status=status)


@staff_page("announcements:write")
@require_safe
def count(request: StaffRequest) -> HttpResponse:
    """Say how many the typed conditions describe; nothing is kept."""
    form = AffectedForm(request.GET)
    form.fields["name"].required = False
    size = size_of(form.affected, request.store.timezone) if form.is_valid() else None
    return render(request, "announcements/count.html", {"size": size, "form": form})


@staff_page("announcements:write")
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Step 2: what is said, by which channels, what is held meanwhile."""
    telling = _draft(announcement_by_id(key), number)
    form = WordsForm(
        request.POST if request.method == "POST" else None, telling=telling, store=request.store
    )
    if request.method == "POST" and form.is_valid():
        saved = write_telling(telling=telling, manner=form.manner())
        if telling.is_first:
            choose_holds(announcement=telling.announcement, kinds=form.cleaned_data["holds"])
        if request.POST.get("then") in ("language", "template"):
            return _words_page(request, WordsForm(request.POST, telling=saved, store=request.store))
        try:
            choose_template(telling=saved, choice=form.choice())
        except Invalid as error:
            form.add_error("template", error.message or "; ".join(error.fields.values()))
            return _words_page(request, form, 422)
        try:
            check_words(words_in(saved.texts), saved.media, request.store.locale)
            check_liquid(words_in(saved.texts), saved.media)
        except Invalid as error:
            for name, said in error.fields.items():
                form.add_error(name if name in form.fields else None, said)
        else:
            return redirect("announcements:check", request.store.slug, key, number)
    return _words_page(request, form, 422 if form.is_bound else 200)


def _words_page(request: StaffRequest, form: WordsForm, status: int = 200) -> HttpResponse:
    telling = form.telling
    context = {
        "form": form,
        "row": telling.announcement,
        "telling": telling,
        "variables": VARIABLES.items(),
        "more": [(each, language_name(each)) for each in _LANGUAGES if each not in form.locales],
        "step": 2,
    }
    return render(request, "announcements/words.html", context, status=status)


_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "da", "sv", "cs", "tr", "ar")


@staff_page("announcements:write")
@require_safe
def check(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """Step 3: who would be told how, an example, and the button that sends."""
    telling = _draft(announcement_by_id(key), number)
    row = telling.announcement
    seen = outlook(request.store, telling)
    context: dict[str, Any] = {
        "row": row,
        "telling": telling,
        "seen": seen,
        "most": MOST,
        "size": size_of(Affected.of(row.affected), request.store.timezone),
        "limit": limit_of(request.store),
        "alone": seen.people <= limit_of(request.store),
        "said": said_of(Affected.of(row.affected)),
        "holds": [title_of(kind) for kind in row.holds],
        "media": seen.media_of(telling),
        "media_words": ", ".join(medium_title(each) for each in telling.media),
        "template": chosen.name if (chosen := chosen_for(telling)) else "",
        "useful": dict(HOURS).get(telling.useful_hours, f"{telling.useful_hours} hours"),
        "languages": [(each, language_name(each)) for each in telling.texts],
        "trouble": _trouble(request, telling),
        "step": 3,
    }
    return render(request, "announcements/check.html", context)


def _trouble(request: StaffRequest, telling: Telling) -> list[str]:
    try:
        check_words(words_in(telling.texts), telling.media, request.store.locale)
    except Invalid as error:
        return list(dict.fromkeys(error.fields.values()))
    return []


@staff_page("announcements:write", scoped=False)
@require_safe
def show_example(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """Answer with what one affected person would read."""
    made = _example(request, key, number)
    context = {
        "example": made,
        "is_mail": request.GET.get("medium") == Medium.EMAIL,
        "key": key,
        "number": number,
        "query": request.GET.urlencode(),
    }
    return render(request, "announcements/example.html", context)


@staff_page("announcements:write", scoped=False)
@xframe_options_sameorigin
@require_safe
def example_mail(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """Answer with the mail itself, for a sandboxed frame."""
    made = _example(request, key, number)
    return mail_document(made.rendered.html if made.rendered else "")


def _example(request: StaffRequest, key: uuid.UUID, number: int) -> Example:
    medium = request.GET.get("medium", "")
    if medium not in TELLING:
        raise NotFound("There is no such channel.")
    with store_scope(request.store.pk):
        telling = telling_of(announcement_by_id(key), number)
    return example(request.store, telling, medium, request.GET.get("language", "")[:20])


def _draft(row: Announcement, number: int) -> Telling:
    """Return a telling that can be changed, or say where it went."""
    telling = telling_of(row, number)
    if telling.stage != Stage.DRAFT:
        raise Conflict(
            "This message is submitted already.", remedy="Open the announcement to see it."
        )
    return telling
