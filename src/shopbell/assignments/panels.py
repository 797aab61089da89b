"""What handing out shows in the inbox's set-up and above a conversation."""

from shopbell.accounts.permissions import may
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.slots import Page, SetupPage, add_setup_page, panel

add_setup_page(
    SetupPage(
        title="Teams and handing out",
        sentence="Who works together, who gets what comes in, and how much people take.",
        url_name="assignments:teams",
        icon="customers",
        order=15,
        group="people",
    )
)


@panel("banner", template="assignments/banner.html", order=5)
def only_the_owner(request: StaffRequest, page: Page) -> Page | None:
    """Say that somebody else has it, where only the owner answers."""
    case = page["case"]
    if case.owner_id in (None, request.user.pk) or not page["may_write"]:
        return None
    if not desk_policy(request.store).only_owner_answers:
        return None
    return {"overrides": may(request.staff, "desk:write")}
