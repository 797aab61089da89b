"""What rules show in the agent's page, and their pages under "Set up the inbox"."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.queries import runs_in
from shopbell.conversations.details import path_of, reasons, told_fields
from shopbell.conversations.models import Conversation, ReasonKind
from shopbell.conversations.slots import Page, SetupPage, add_setup_page, panel

add_setup_page(
    SetupPage(
        title="Rules",
        sentence="What the inbox does by itself: when something happens or a time has passed.",
        url_name="rules:index",
        icon="play",
        order=20,
    )
)
add_setup_page(
    SetupPage(
        title="Reasons",
        sentence="Why customers write and how it ended, as a tree to choose from.",
        url_name="details:reasons",
        icon="filter",
        order=40,
    )
)
add_setup_page(
    SetupPage(
        title="Fields of yours",
        sentence="What else you want to know about a conversation.",
        url_name="details:fields",
        icon="edit",
        order=45,
    )
)


@panel("card", template="automations/details_here.html", order=10)
def details_here(_: StaffRequest, page: Page) -> Page | None:
    """Show reason, resolution and custom fields, to be filled in."""
    case: Conversation = page["case"]
    trees = [
        (kind, label, path_of(key, kind), reasons(kind))
        for (kind, label), key in zip(
            ReasonKind.choices, (case.reason_id, case.resolution_id), strict=True
        )
    ]
    shown = [tree for tree in trees if tree[2] or tree[3]]
    fields = told_fields(case)
    return {"reason_trees": shown, "told_fields": fields} if shown or fields else None


@panel("card", template="automations/runs_here.html", order=70)
def what_rules_did(_: StaffRequest, page: Page) -> Page | None:
    """Show what rules did in this conversation."""
    found = runs_in(page["case"])
    return {"rule_runs": found} if found else None
