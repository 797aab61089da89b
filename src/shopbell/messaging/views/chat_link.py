"""The link and the picture by which customers begin a chat, on the page of its connection."""

import io
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.connections.ports import Connector
from shopbell.connections.queries import connection_by_id
from shopbell.connections.slots import connection_panel
from shopbell.consent.invitations import invitation
from shopbell.kit.errors import NotFound
from shopbell.messaging.ports import Medium

_START = "https://wa.me/"


def chat_link(row: Connection, words: str = "") -> str:
    """Return the address that begins a chat with a number, "" where it has none."""
    digits = re.sub(r"\D", "", row.address)
    if len(digits) < 6:
        return ""
    return f"{_START}{digits}?text={quote(words)}" if words else f"{_START}{digits}"


@connection_panel("messaging/chat_link.html", order=20)
def chat_link_card(
    request: StaffRequest, row: Connection, plug: Connector
) -> dict[str, Any] | None:
    """Show how customers begin a chat and agree to be told."""
    able = getattr(plug, "capabilities", None)
    if able is None or able.medium != Medium.WHATSAPP or able.sandbox:
        return None
    words = invitation(request.store.locale)
    link = chat_link(row, words)
    return {"link": link, "words": words} if link else None


@staff_page("connections:read")
@require_safe
def picture(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Return the link as a QR code."""
    import segno

    link = chat_link(connection_by_id(connection), invitation(request.store.locale))
    if not link:
        raise NotFound("This connection has no phone number to chat with.")
    drawn = io.BytesIO()
    segno.make(link, error="m").save(drawn, kind="svg", scale=6, border=4, light="#ffffff")
    response = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
    response["Content-Disposition"] = 'inline; filename="chat.svg"'
    return response
