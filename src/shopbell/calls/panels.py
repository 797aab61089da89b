"""What the phone shows in the agent's page: each call in its line, numbers to call, who calls."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.calls.queries import numbers_among, phone_connections, phone_of
from shopbell.conversations.actions.calling import CALL
from shopbell.conversations.slots import (
    Page,
    SetupPage,
    add_line,
    add_module,
    add_setup_page,
    add_stylesheet,
    panel,
)

add_line(CALL, "calls/line.html")
add_stylesheet("calls/calls.css")
add_module("calls/calls.js")
add_setup_page(
    SetupPage(
        title="Phone",
        sentence="What callers hear, who is rung, and by when missed calls are called back.",
        url_name="calls:setup",
        icon="phone",
        order=30,
        group="in",
    )
)


@panel("card", template="calls/card.html", order=5)
def numbers(request: StaffRequest, page: Page) -> Page | None:
    """Show the customer's numbers, each with a button to call it, and the form for a call made."""
    if not page["may_write"]:
        return None
    case, card = page["case"], page["card"]
    found = numbers_among(page["every_thread"], case.customer, card.identities)
    has_line = bool(found) and bool(phone_connections())
    return {
        "numbers": found,
        "has_line": has_line,
        "my_phone": phone_of(request.user) if has_line else None,
    }
