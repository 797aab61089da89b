"""What hours and promises show in the agent's page and in the inbox's set-up."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.later import offers
from shopbell.conversations.listing import SOON
from shopbell.conversations.slots import Page, SetupPage, add_setup_page, panel
from shopbell.kit import clock
from shopbell.slas.queries import Standing, standings_of

add_setup_page(
    SetupPage(
        title="Hours",
        sentence="When people work here, with public holidays and days off.",
        url_name="slas:calendars",
        icon="clock",
        order=20,
        group="people",
    )
)
add_setup_page(
    SetupPage(
        title="Promises",
        sentence="By when customers are answered, by channel, priority, team or tag.",
        url_name="slas:promises",
        icon="check",
        order=21,
        group="people",
    )
)


@panel("facts", template="slas/facts.html", order=10)
def promises(_: StaffRequest, page: Page) -> Page | None:
    """Show what is promised to this customer, and what is left of it."""
    found = standings_of(page["case"])
    shown = [{"standing": each, "tone": _tone(each)} for each in found]
    return {"standings": shown} if shown else None


@panel("menu", template="slas/news.html", order=10)
def promise_news(request: StaffRequest, page: Page) -> Page | None:
    """Offer to note by when the customer was told to hear from us."""
    if not page["may_write"]:
        return None
    return {"news_times": offers(request.store.timezone)}


def _tone(standing: Standing) -> str:
    if standing.state == "running":
        soon = standing.due_at is not None and standing.due_at - clock.now() <= SOON
        return "brass" if soon else ""
    return {"late": "red", "missed": "red", "met": "green"}.get(standing.state, "")
