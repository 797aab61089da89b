"""Rules: the list in its order, the editor, trying a rule on a conversation."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.actions import Draft, drop_rule, order_rules, save_rule, switch_rule
from shopbell.automations.editor import draft_from, edited, editor_of, new_draft
from shopbell.automations.models import Rule
from shopbell.automations.queries import (
    Trial,
    conversations_to_try,
    rule_by_id,
    rule_lines,
    runs_of,
    try_on,
)
from shopbell.automations.sentences import say_actions, say_groups, say_trigger
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import conversation_by_number
from shopbell.kit.errors import Conflict, Invalid, NotFound


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the rules in the order in which they run."""
    return render(request, "automations/rules.html", {"lines": rule_lines()})


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Put a new rule together; a POST changes the draft, tries it or saves it."""
    return _edit(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Show a rule with its runs, and change it."""
    return _edit(request, rule_by_id(key))


@staff_page("desk:write")
@require_POST
def switch(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Let a rule run, or stop it."""
    switch_rule(rule=rule_by_id(key), on=bool(request.POST.get("on")), by=request.user)
    return _list_again(request)


@staff_page("desk:write")
@require_POST
def move(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Move a rule up or down by one."""
    ids = [line.rule.pk for line in rule_lines()]
    place = ids.index(rule_by_id(key).pk)
    other = place + (1 if request.POST.get("to") == "down" else -1)
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
        order_rules(ids=ids)
    return _list_again(request)


@staff_page("desk:write")
@require_POST
def order(request: StaffRequest) -> HttpResponseBase:
    """Put the rules in the order somebody dragged them into."""
    try:
        ids = [uuid.UUID(key) for key in request.POST.getlist("rule")[:200]]
    except ValueError:
        raise NotFound("There is no such rule.") from None
    order_rules(ids=ids)
    return _list_again(request)


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a rule away."""
    drop_rule(rule=rule_by_id(key))
    notes.success(request, "Thrown away.")
    return redirect("rules:index", request.store.slug)


def _list_again(request: StaffRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request") != "true":
        return redirect("rules:index", request.store.slug)
    return render(request, "automations/rule_list.html", {"lines": rule_lines()})


def _edit(request: StaffRequest, rule: Rule | None) -> HttpResponseBase:
    if request.method != "POST":
        draft = _draft_of(rule) if rule else new_draft()
        return _page(request, rule, draft)
    press = request.POST.get("do", "")
    draft = draft_from(request.POST)
    if press in ("save", "save-on"):
        return _save(request, rule, draft, on=press == "save-on")
    if press == "try":
        return _page(request, rule, draft, trial=_try(request, draft))
    draft, fresh = edited(draft, press)
    return _page(request, rule, draft, fresh=fresh)


def _draft_of(rule: Rule) -> Draft:
    return Draft(rule.name, rule.trigger, rule.after_minutes, rule.conditions, rule.actions)


def _save(request: StaffRequest, rule: Rule | None, draft: Draft, *, on: bool) -> HttpResponseBase:
    try:
        row = save_rule(draft=draft, by=request.user, rule=rule)
        if on:
            switch_rule(rule=row, on=True, by=request.user)
    except Invalid as error:
        return _page(request, rule, draft, wrong=error.fields or {"": error.message}, status=422)
    except Conflict as error:
        return _page(request, rule, draft, wrong={"name": error.message}, status=422)
    notes.success(request, "Saved. It runs from now on." if on or row.enabled else _DRAFT)
    where = reverse("rules:show", args=[request.store.slug, row.pk])
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


_DRAFT = "Saved as a draft. It does nothing until you switch it on."


def _try(request: StaffRequest, draft: Draft) -> Trial | str:
    number = request.POST.get("number", "").strip().lstrip("#") or request.POST.get("latest", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return "Choose a conversation to try it on."
    try:
        row: Conversation = conversation_by_number(int(number))
    except NotFound as error:
        return error.message
    return try_on(
        request.store,
        row,
        name=draft.name,
        trigger=draft.trigger,
        after_minutes=draft.after_minutes,
        groups=draft.groups,
        actions=draft.actions,
    )


def _page(
    request: StaffRequest,
    rule: Rule | None,
    draft: Draft,
    *,
    wrong: dict[str, str] | None = None,
    trial: Trial | str | None = None,
    fresh: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rule": rule,
        "editor": editor_of(draft, wrong=wrong, fresh=fresh),
        "begins": say_trigger(draft.trigger, draft.after_minutes),
        "asks": say_groups(draft.groups),
        "does": say_actions(draft.actions),
        "candidates": conversations_to_try(),
        "trial": trial if isinstance(trial, Trial) else None,
        "trial_trouble": trial if isinstance(trial, str) else "",
        "tried": request.POST.get("latest", ""),
        "number": request.POST.get("number", ""),
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "automations/rule_form.html", context)
    context["runs"] = runs_of(rule) if rule else []
    return render(request, "automations/rule.html", context, status=status)
