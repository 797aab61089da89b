"""The command palette's search over conversations, orders, customers and recent messages."""

from datetime import timedelta
from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice import filters
from shopbell.backoffice.ledger import row_of
from shopbell.conversations.listing import address_of
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import Filters, newest_matching, saved_views
from shopbell.kit import clock
from shopbell.kit.money import Money

HITS = 5
RECENT = timedelta(days=30)


@staff_page("home:read")
@require_safe
def search(request: StaffRequest) -> JsonResponse:
    """Return a few hits of each kind the visitor may see."""
    found: list[dict[str, Any]] = []
    if sum(map(len, filters.words_of(request.GET))) >= 2:
        query = {"q": request.GET["q"]}
        for permission, hits in _KINDS.items():
            if may(request.staff, permission):
                found += hits(request, query)
    return JsonResponse({"results": found})


def _orders(request: StaffRequest, query: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "group": "Orders",
            "title": str(order),
            "detail": " · ".join(
                part
                for part in (
                    str(order.customer) if order.customer else order.email,
                    Money(order.total, order.currency).format() if order.currency else "",
                )
                if part
            ),
            "url": reverse("orders:show", args=[request.store.slug, order.pk]),
        }
        for order in filters.orders(query).prefetch_related(None)[:HITS]
    ]


def _customers(request: StaffRequest, query: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "group": "Customers",
            "title": str(customer),
            "detail": customer.email or customer.phone,
            "url": reverse("customers:show", args=[request.store.slug, customer.pk]),
        }
        for customer in filters.customers(query).order_by("-last_seen_at")[:HITS]
    ]


def _messages(request: StaffRequest, query: dict[str, str]) -> list[dict[str, Any]]:
    recent = filters.messages(query).filter(created_at__gte=clock.now() - RECENT)[:HITS]
    lines = [row_of(message, request.store.timezone) for message in recent]
    return [
        {
            "group": "Messages",
            "title": line.what,
            "detail": f"{line.who} · {line.channel} · {line.says}",
            "url": reverse("messaging:show", args=[request.store.slug, line.message.pk]),
        }
        for line in lines
    ]


def _conversations(request: StaffRequest, query: dict[str, str]) -> list[dict[str, Any]]:
    found = newest_matching(
        Filters(status="", words=query["q"]),
        Conversation.objects.select_related("customer"),
        HITS,
    )
    wanted = query["q"].casefold()
    index = reverse("inbox:index", args=[request.store.slug])
    views = [
        {
            "group": "Views",
            "title": row.name,
            "detail": "Kept view of the inbox",
            "url": index + address_of({**row.query, "saved": str(row.pk)}),
        }
        for row in saved_views(request.user)
        if wanted in row.name.casefold()
    ]
    return views + [
        {
            "group": "Conversations",
            "title": f"#{row.number} {row.subject}",
            "detail": f"{row.customer or 'Visitor'} · {row.get_status_display().lower()}",
            "url": reverse("inbox:show", args=[request.store.slug, row.number]),
        }
        for row in found
    ]


_KINDS = {
    "conversations:read": _conversations,
    "orders:read": _orders,
    "customers:read": _customers,
    "messages:read": _messages,
}
