"""What remedies show in the agent's page: beside each order, and what waits above the lines."""

from dataclasses import dataclass, field
from typing import Any

from shopbell.accounts.permissions import may
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.slots import (
    Page,
    SetupPage,
    add_module,
    add_setup_page,
    add_stylesheet,
    panel,
)
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed
from shopbell.remedies.checks import possible
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.queries import deeds_by_source, remedies_of, was_sent
from shopbell.remedies.words import BUTTONS

add_stylesheet("remedies/remedies.css")
add_module("remedies/remedies.js")
add_setup_page(
    SetupPage(
        title="Refunds and other requests",
        sentence="How much each role may decide alone, the reasons, and what customers are told.",
        url_name="remedies:setup",
        icon="return",
        order=30,
    )
)

_SHOWN = 5
_KEPT = "_remedies_of_page"


@dataclass(slots=True)
class Shown:
    """What the orders of a page need, read once for all of them."""

    rows: dict[Any, list[Remedy]] = field(default_factory=dict)
    deeds: dict[str, Any] = field(default_factory=dict)


@panel("order", template="remedies/order.html", order=20)
def beside_the_order(request: StaffRequest, page: Page) -> Page | None:
    """Show what was done for an order, and buttons for what can be done."""
    if not may(request.staff, "remedies:read"):
        return None
    order: Order = page["order"].order
    shown = _shown(request, page)
    rows = shown.rows.get(order.pk, [])
    deeds: list[Deed] = []
    if may(request.staff, "remedies:write"):
        able = shown.deeds.get(order.source, {})
        deeds = possible(order, able, rows, sent=was_sent(order))
    if not rows and not deeds:
        return None
    return {
        "done": rows[:_SHOWN],
        "may_approve": may(request.staff, "remedies:approve"),
        "deeds": [(deed, BUTTONS[deed]) for deed in deeds],
    }


@panel("banner", template="remedies/banner.html", order=20)
def what_waits(request: StaffRequest, page: Page) -> Page | None:
    """Say that something of this conversation waits for approval."""
    if not may(request.staff, "remedies:read"):
        return None
    every = [row for rows in _shown(request, page).rows.values() for row in rows]
    waiting = [row for row in every if row.state == State.WAITING]
    mine = [row for row in waiting if row.conversation_id == page["case"].pk]
    if not mine:
        return None
    return {"waiting": mine, "may_approve": may(request.staff, "remedies:approve")}


def _shown(request: StaffRequest, page: Page) -> Shown:
    found: Shown | None = getattr(request, _KEPT, None)
    if found is not None:
        return found
    orders = [card.order for card in page["card"].orders]
    found = Shown()
    for row in remedies_of([order.pk for order in orders]) if orders else []:
        found.rows.setdefault(row.order_id, []).append(row)
    found.deeds = deeds_by_source({order.source for order in orders}, request.store)
    setattr(request, _KEPT, found)
    return found
