"""What an announcement shows in the conversations of those it affects."""

from dataclasses import dataclass

from shopbell.accounts.permissions import may
from shopbell.accounts.views.request import StaffRequest
from shopbell.announcements.final import best_of
from shopbell.announcements.models import Announcement, Link, Recipient
from shopbell.announcements.models import State as AnnouncementState
from shopbell.announcements.queries import running_for
from shopbell.announcements.reasons import reason_words
from shopbell.conversations.saved import filled, values_for
from shopbell.conversations.slots import Page, add_module, add_stylesheet, panel
from shopbell.messaging.states import TOLD, State
from shopbell.messaging.titles import medium_name
from shopbell.web.formats import clock_time

add_stylesheet("announcements/announcements.css")
add_module("announcements/announcements.js")


@dataclass(frozen=True, slots=True)
class Announced:
    """One running announcement, for one customer."""

    row: Announcement
    says: str
    text: str
    orders: str
    reply: str

    @property
    def key(self) -> str:
        """The id of its element."""
        return str(self.row.pk)


@panel("banner", template="announcements/banner.html", order=3)
def running_announcements(request: StaffRequest, page: Page) -> Page | None:
    """Say what runs for this customer, what they were told, and offer to answer in its words."""
    case = page["case"]
    if case.customer_id is None or not may(request.staff, "announcements:read"):
        return None
    newest: dict[object, Recipient] = {}
    for recipient in running_for(case.customer_id):
        newest.setdefault(recipient.telling.announcement_id, recipient)
    if not newest:
        return None
    values = values_for(case, request.store, request.user)
    return {"announced": [_announced(request, row, values) for row in newest.values()]}


@panel("facts", template="announcements/fact.html", order=60)
def past_announcements(request: StaffRequest, page: Page) -> Page | None:
    """Link a conversation with what it was about, when that is over."""
    if not may(request.staff, "announcements:read"):
        return None
    rows = Link.objects.select_related("announcement").filter(
        conversation=page["case"].pk, announcement__state=AnnouncementState.OVER
    )
    found = [row.announcement for row in rows[:3]]
    return {"past_announcements": found} if found else None


def _announced(request: StaffRequest, row: Recipient, values: dict[str, str]) -> Announced:
    announcement = row.telling.announcement
    row.message = best_of(row.message) if row.message else None  # shown only, not saved
    saved = announcement.saved_reply
    return Announced(
        row=announcement,
        says=_says(row, request.store.timezone),
        text=row.message.text if row.message and row.message.state in TOLD else "",
        orders=", ".join(row.numbers),
        reply=filled(saved.text, values) if saved else "",
    )


def _says(row: Recipient, zone: str) -> str:
    message = row.message
    if message is None:
        return "They are told soon." if not row.reason else f"Not told: {reason_words(row.reason)}."
    by = medium_name(message.medium)
    if message.sent_at and message.state in TOLD:
        return f"They were told by {by}, {clock_time(message.sent_at, zone)}."
    if message.state in (State.QUEUED, State.CLAIMED, State.HANDED):
        return "They are being told."
    why = f": {message.reason_text}" if message.reason_text else "."
    return f"They were not told by {by}{why}"
