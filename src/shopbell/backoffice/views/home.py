"""Home: what happened today, what needs a person, how far set-up is."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice import numbers
from shopbell.backoffice.filters import start_of_day
from shopbell.backoffice.ledger import ledger
from shopbell.messaging.queries import messages_with_people
from shopbell.orders.standing import standing

SHOWN = 8


@staff_page("home:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the home page."""
    steps = numbers.setup_steps(request.store)
    span = numbers.last_days(request.store)
    day = start_of_day(request.store.timezone)
    context = {
        "placed": numbers.orders_placed(span),
        "told": numbers.told(span),
        "twice": numbers.parcels_told_twice(span),
        "waiting": numbers.waiting(with_problems=True),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "day": day.date(),
        "orders": [
            (order, standing(order)) for order in numbers.orders_of_today(request.store)[:SHOWN]
        ],
        "rows": ledger(
            messages_with_people().filter(created_at__gte=day)[:SHOWN], request.store.timezone
        ),
    }
    return render(request, "backoffice/home.html", context)
