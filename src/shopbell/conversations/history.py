"""One timeline of a conversation: what was written, noted, done, and what we told meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

from shopbell.accounts.models import User
from shopbell.conversations.composing import markdown_to_html
from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.conversations.queries import timeline
from shopbell.conversations.slots import line_template
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.states import NOT_TOLD, OPEN, State
from shopbell.messaging.titles import medium_name, title_of
from shopbell.web.formats import clock_time, zone_of
from shopbell.web.states import tone_of_state

TOLD_BEFORE = timedelta(days=14)  # what we told before somebody asks is why they ask
MOST_TOLD = 40
FOLDED_FROM = 4  # notices in a row
SEEN = 2  # of them, the last ones
LONG = 5_000

_NATURES = {
    "auto_reply": "Automatic answer",
    "bounce": "Could not be delivered",
    "delayed": "Delivery is delayed",
    "list": "Sent to a list",
    "praise": "Only signs: no answer needed",
    "opt_out": "Wants no more messages",
    "opt_in": "Wants messages again",
    "who_writes": "Asked who writes",
    "signed_up": "Signed up for offers",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the timeline. `kind` is that of the entry, or "told" with a `message`.

    "folded" stands for those `inside`: many notices in a row, of which nobody needs to read each.
    """

    at: datetime
    kind: str
    entry: Entry | None = None
    message: Message | None = None
    html: str = ""  # safe
    who: str = ""
    says: str = ""
    tone: str = ""
    why: str = ""
    nature: str = ""
    leaves_at: datetime | None = None
    may_undo: bool = False
    day: date | None = None
    is_long: bool = False
    inside: tuple["Line", ...] = ()

    @property
    def template(self) -> str:
        """The template of another package that draws it."""
        return line_template(self.entry.data) if self.entry else ""

    @property
    def key(self) -> str:
        """The id of its element."""
        if self.inside:
            return f"f{self.inside[0].key}"
        row = self.entry or self.message
        return f"l-{row.pk}" if row else ""


_SAID = (  # what a line about a notification needs
    *("kind", "state", "medium", "reason", "reason_text", "created_at", "handed_at", "sent_at"),
    *("read_at", "order__number", "order__source_id"),
)


def history_of(
    conversation: Conversation, viewer: User, zone: str, *, limit: int = 200
) -> list[Line]:
    """Return the lines, oldest first; `day` is set on the first line of each day."""
    entries = timeline(conversation, limit=limit)
    begun = entries[0].happened_at if entries else conversation.created_at
    found = [_line_of(entry, viewer, zone) for entry in entries]
    found += [_told(message, zone) for message in _told_meanwhile(conversation, begun)]
    waiting = [line for line in found if line.kind == EntryKind.SCHEDULED]
    past = [line for line in found if line.kind != EntryKind.SCHEDULED]
    return fold_notices(_with_days(sorted(past, key=lambda line: line.at), zone)) + waiting


def _told_meanwhile(conversation: Conversation, begun: datetime) -> Iterable[Message]:
    if conversation.customer_id is None:
        return []
    rows = Message.objects.select_related("order").only(*_SAID).order_by("-created_at", "-id")
    since = rows.filter(customer_id=conversation.customer_id, created_at__gte=begun - TOLD_BEFORE)
    return since.exclude(kind="reply")[:MOST_TOLD]


def _with_days(lines: list[Line], zone: str) -> list[Line]:
    last, found = None, []
    for line in lines:
        day = line.at.astimezone(zone_of(zone)).date()
        found.append(line if day == last else replace(line, day=day))
        last = day
    return found


def fold_notices(lines: list[Line]) -> list[Line]:
    """Fold the earlier ones of many notices in a row; what was not told stays in sight."""
    found: list[Line] = []
    run: list[Line] = []
    for line in lines:
        routine = line.kind == "told" and not line.why
        if run and (line.day or not routine):
            found += _shortened(run)
            run = []
        if routine:
            run.append(line)
        else:
            found.append(line)
    return found + _shortened(run)


def _shortened(run: list[Line]) -> list[Line]:
    if len(run) < FOLDED_FROM:
        return run
    inside = (replace(run[0], day=None), *run[1:-SEEN])
    return [Line(run[0].at, "folded", day=run[0].day, inside=inside), *run[-SEEN:]]


def _line_of(entry: Entry, viewer: User, zone: str) -> Line:
    at = entry.happened_at
    if entry.kind == EntryKind.ACTIVITY:
        author = entry.author
        who = (author.name or author.email) if author else entry.sender_name
        return Line(at, entry.kind, entry, who=who)
    if entry.kind == EntryKind.INCOMING:
        return Line(
            at,
            entry.kind,
            entry,
            html=_linked(entry.text),
            who=entry.sender_name or entry.sender_address,
            nature=_NATURES.get(entry.nature, ""),
            is_long=len(entry.text) > LONG,
        )
    author = entry.author
    who = "You" if author == viewer else (str(author) if author else _wrote_by_itself(entry))
    html = mark_safe(markdown_to_html(entry.text))  # noqa: S308  (cleaned by nh3)
    if entry.kind in (EntryKind.NOTE, EntryKind.SCHEDULED):
        held = str(entry.data.get("held", ""))
        return Line(at, entry.kind, entry, html=html, who=who, why=held, leaves_at=entry.due_at)
    return _reply(entry, html, who, viewer, zone)


def _wrote_by_itself(entry: Entry) -> str:
    return entry.sender_name or str(entry.data.get("origin") or "")


def _reply(entry: Entry, html: SafeString, who: str, viewer: User, zone: str) -> Line:
    message = entry.outgoing
    if message is None:
        return Line(entry.happened_at, entry.kind, entry, html=html, who=who)
    waits = message.state == State.QUEUED and message.due_at > clock.now()
    says, tone = _state_of(entry, message, zone)
    return Line(
        entry.happened_at,
        entry.kind,
        entry,
        message,
        html=html,
        who=who,
        says=says,
        tone=tone,
        why=message.reason_text,
        leaves_at=message.due_at if waits else None,
        may_undo=waits and entry.author_id == viewer.pk,
    )


def _state_of(entry: Entry, message: Message, zone: str) -> tuple[str, str]:
    read_at = message.read_at
    thread = entry.thread
    if thread and thread.medium == Medium.CHAT and thread.seen_at:
        read_at = thread.seen_at if thread.seen_at >= entry.created_at else read_at
    if read_at and message.state in (State.SENT, State.DELIVERED, State.READ):
        return f"read {clock_time(read_at, zone)}", "green"
    if message.state == State.QUEUED and message.due_at <= clock.now():
        return "sending", "grey"
    return str(State(message.state).label), tone_of_state(message.state)


def _told(message: Message, zone: str) -> Line:
    title, state = title_of(message.kind), message.state
    name = medium_name(message.medium)
    order = f" · {message.order}" if message.order else ""
    at = message.sent_at or message.handed_at or message.created_at
    if state in NOT_TOLD or state in (State.FAILED, State.HELD):
        says, at = f"“{title}” not told, {State(state).label}", message.created_at
    elif state in OPEN:
        says = f"“{title}” will be told by {name}"
    else:
        says = f"“{title}” told by {name}"
        if state == State.READ and message.read_at:
            says += f" · read {clock_time(message.read_at, zone)}"
        elif state != State.SENT:
            says += f" · {State(state).label}"
    return Line(
        at, "told", message=message, says=says + order, tone=tone_of_state(state),
        why=message.reason_text,
    )  # fmt: skip


def _linked(text: str) -> SafeString:
    """Return a customer's words with links that open in a tab of their own."""
    linked = urlize(escape(text), nofollow=True)
    return mark_safe(  # noqa: S308  (escaped above; urlize only adds links)
        linked.replace('rel="nofollow"', 'rel="nofollow noopener noreferrer" target="_blank"')
    )
