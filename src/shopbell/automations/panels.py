"""What rules show in the agent's page, and their pages under "Set up the inbox"."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.queries import runs_in
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


@panel("card", template="automations/runs_here.html", order=70)
def what_rules_did(_: StaffRequest, page: Page) -> Page | None:
    """Show what rules did in this conversation."""
    found = runs_in(page["case"])
    return {"rule_runs": found} if found else None
