"""What alerts show in a conversation: whether one follows it."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.alerts.queries import is_followed
from shopbell.conversations.slots import Page, panel


@panel("menu", template="alerts/follow.html", order=30)
def follow_button(request: StaffRequest, page: Page) -> Page | None:
    """Offer to follow, or to follow no longer."""
    return {"followed": is_followed(page["case"], request.user)}
