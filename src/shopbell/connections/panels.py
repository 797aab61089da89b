"""What a receiver has taken, what waits for it, and what was given up, on its page."""

from typing import Any

from django.db.models import Count

from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection, Posting, PostingState
from shopbell.connections.ports import Connector
from shopbell.connections.slots import connection_panel


@connection_panel("connections/postings.html", order=10)
def told(request: StaffRequest, row: Connection, plug: Connector) -> dict[str, Any] | None:
    """Show how much it was told."""
    if row.family != "receiver":
        return None
    rows = Posting.objects.filter(connection=row).order_by()
    counts = dict(rows.values_list("state").annotate(n=Count("id")))
    last = rows.exclude(note="").order_by("-due_at").first()
    return {
        "row": row,
        "taken": counts.get(PostingState.TAKEN, 0),
        "waiting": counts.get(PostingState.WAITING, 0),
        "given_up": counts.get(PostingState.GIVEN_UP, 0),
        "note": last.note if last and last.state != PostingState.TAKEN else "",
    }
