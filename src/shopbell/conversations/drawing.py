"""The rows of the list, written in Python: as a template they were most of what the page costs.

A newcomer's mistake: joining strings. `format_html` escapes what customers wrote.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shopbell.accounts.templatetags.people import face_of
from shopbell.conversations.listing import Listing, due_tone, waits_long
from shopbell.conversations.models import Conversation, Mood, Status
from shopbell.messaging.titles import medium_name
from shopbell.web.icons import icon_svg
from shopbell.web.templatetags.ui import avatar, pill, time_of

_ICONS = {
    "email": "mail", "chat": "chat", "form": "edit", "sms": "sms", "whatsapp": "phone",
    "phone": "phone",
}  # fmt: skip
_MOODS = {Mood.UPSET: "red", Mood.PLEASED: "green"}
_NOTHING = mark_safe("")
_UNREAD = mark_safe('<span class="visually-hidden"> (not read)</span>')
_SINCE = mark_safe('<span class="visually-hidden">waiting since </span>')
_TAGS = 3  # shown in a row
_HIGH, _LOW = 2, 0

_ROW = """<li id="c-{number}"{unread_class}>
  {pick}<a class="list-item" href="{url}" hx-get="{url}" hx-target="#desk-case" \
hx-swap="outerHTML settle:0ms" hx-push-url="true" data-number="{number}"{current}>
    <span class="desk-face">{avatar}{medium}</span>
    <span class="who clip">{person}{unread}</span>
    <span class="at{hot}">{since}{at}</span>
    <span class="what clip">{subject}</span>
    <span class="what clip small">{words}</span>
    {owner}<span class="pills">{pills}</span>
  </a>
</li>"""
_PICK = (
    '<label class="desk-pick"><input type="checkbox" name="numbers" value="{}" form="desk-bulk"'
    ' aria-label="Choose conversation {}"></label>\n  '
)
_OWNER = (
    '<span class="desk-owner" title="{}"><span class="visually-hidden">Has it: {}</span>{}</span>\n'
    "    "
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What all rows of one page have in common."""

    listing: Listing
    store: str  # its slug
    zone: str
    number: int | None  # of the conversation that is open
    may_write: bool

    def drawn(self) -> SafeString:
        """Return the rows as HTML."""
        start = reverse("inbox:index", args=[self.store])
        rows = [self._row(row, start) for row in self.listing.page.rows]
        return mark_safe("".join(rows))  # noqa: S308 - each row is escaped

    def _row(self, row: Conversation, start: str) -> SafeString:
        name, number = person(row), row.number
        is_unread, is_late = row.pk in self.listing.page.unread, waits_long(row)
        return format_html(
            _ROW,
            number=number,
            unread_class=mark_safe(' class="unread"') if is_unread else _NOTHING,
            pick=format_html(_PICK, number, number) if self.may_write else _NOTHING,
            url=f"{start}{number}/{self.listing.query}",
            current=mark_safe(' aria-current="true"') if number == self.number else _NOTHING,
            avatar=avatar(name),
            medium=medium_mark(row.medium),
            person=name,
            unread=_UNREAD if is_unread else _NOTHING,
            hot=" hot" if is_late else "",
            since=_SINCE if is_late else _NOTHING,
            at=time_of(row.waiting_since if is_late else row.last_message_at, self.zone),
            subject=row.subject or "No subject",
            words=self._words(row),
            owner=self._owner(row),
            pills=mark_safe("".join(self._pills(row))),  # noqa: S308 - each pill is escaped
        )

    def _words(self, row: Conversation) -> SafeString | str:
        if row.pk in self.listing.hits:
            return self.listing.hits[row.pk]
        if row.last_kind == "reply":
            return format_html("{} {}", icon_svg("return", "s", "Answered"), row.preview)
        return row.preview if row.preview != row.subject else ""

    def _owner(self, row: Conversation) -> SafeString:
        if row.owner is None:
            return _NOTHING
        return format_html(_OWNER, row.owner, row.owner, face_of(self.store, row.owner, "s"))

    def _pills(self, row: Conversation) -> Collection[SafeString]:
        view, found = self.listing.view, []
        if row.due_at and row.status == Status.OPEN:
            clock, at = icon_svg("clock", "s", "Due"), time_of(row.due_at, self.zone)
            found.append(format_html('<span class="pill {}">{}{}</span>', due_tone(row), clock, at))
        if row.mood:
            found.append(mood_mark(row.mood))
        if row.team and view != "mine":
            found.append(pill(row.team))
        if row.priority >= _HIGH:
            found.append(pill(row.get_priority_display(), "red"))
        elif row.priority == _LOW:
            found.append(pill("Low"))
        if row.status != Status.OPEN and view == "all":
            found.append(pill(row.get_status_display()))
        found += [pill(tag, "brass") for tag in row.tags[:_TAGS]]
        order: Model | None = row.order
        return [*found, pill(order)] if order else found


def person(conversation: Conversation) -> str:
    """Return who it is: the customer, or a visitor without a name."""
    return str(conversation.customer) if conversation.customer else "Visitor"


def mood_mark(mood: str) -> SafeString:
    """Return how the customer sounds, as a label; nothing where their words do not say."""
    if not mood:
        return _NOTHING
    return pill(Mood(mood).label.capitalize(), _MOODS[Mood(mood)], mood)


def medium_mark(medium: str) -> SafeString:
    """Return the small sign of a channel at the avatar."""
    name = medium_name(medium)
    icon = icon_svg(_ICONS.get(medium, "messages"), "s", name)
    return format_html('<span class="desk-medium" title="{}">{}</span>', name, icon)
