"""What rules show in the agent's page, and their pages under "Set up the inbox"."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.models import Checklist, Macro
from shopbell.automations.queries import checklists_on, runs_in
from shopbell.conversations.details import all_reasons, path_in, told_fields
from shopbell.conversations.models import Conversation, ReasonKind
from shopbell.conversations.slots import (
    Page,
    SetupPage,
    add_module,
    add_setup_page,
    add_stylesheet,
    panel,
)

add_setup_page(
    SetupPage(
        title="Rules",
        sentence="What the inbox does by itself: when something happens or a time has passed.",
        url_name="rules:index",
        icon="play",
        order=20,
        group="order",
    )
)
add_stylesheet("automations/automations.css")
add_module("automations/macros.js")
add_setup_page(
    SetupPage(
        title="Macros",
        sentence="Several steps with one press: answer, tag, set the status, go on.",
        url_name="macros:index",
        icon="repeat",
        order=30,
    )
)
add_setup_page(
    SetupPage(
        title="Checklists",
        sentence="Steps for what must not be done by half.",
        url_name="checklists:index",
        icon="check",
        order=35,
    )
)
add_setup_page(
    SetupPage(
        title="Reasons",
        sentence="Why customers write and how it ended, as a tree to choose from.",
        url_name="details:reasons",
        icon="filter",
        order=40,
        group="order",
    )
)
add_setup_page(
    SetupPage(
        title="Fields of yours",
        sentence="What else you want to know about a conversation.",
        url_name="details:fields",
        icon="edit",
        order=45,
        group="order",
    )
)


@panel("card", template="automations/details_here.html", order=10)
def details_here(_: StaffRequest, page: Page) -> Page | None:
    """Show reason, resolution and custom fields, to be filled in."""
    case: Conversation = page["case"]
    places = all_reasons()
    trees = [
        (kind, label, path_in(places[kind], key), [p for p in places[kind] if p.is_offered])
        for (kind, label), key in zip(
            ReasonKind.choices, (case.reason_id, case.resolution_id), strict=True
        )
    ]
    shown = [tree for tree in trees if tree[2] or tree[3]]
    fields = told_fields(case)
    return {"reason_trees": shown, "told_fields": fields} if shown or fields else None


@panel("card", template="automations/checklists_here.html", order=15)
def checklists_here(_: StaffRequest, page: Page) -> Page | None:
    """Show the checklists of this conversation, and offer others."""
    found = checklists_on(page["case"])
    names = [row.name for row in found]
    more = list(Checklist.objects.exclude(name__in=names).order_by("name"))
    return {"case_checklists": found, "more_checklists": more} if found or more else None


@panel("composer", template="automations/macro_button.html", order=20)
def macro_button(_: StaffRequest, page: Page) -> Page | None:
    """Offer the macros below the answer."""
    return {} if page["may_write"] else None


@panel("bulk", template="automations/macro_bulk.html")
def macros_for_many(_: StaffRequest, page: Page) -> Page | None:
    """Offer the macros for all chosen conversations."""
    found = list(Macro.objects.order_by("name")[:30])
    return {"bulk_macros": found} if found else None


@panel("card", template="automations/runs_here.html", order=70)
def what_rules_did(_: StaffRequest, page: Page) -> Page | None:
    """Show what rules did in this conversation."""
    found = runs_in(page["case"])
    return {"rule_runs": found} if found else None
