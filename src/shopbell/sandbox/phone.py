"""What the phone shows: one chat per app, both ways in order, as the customer has it.

The shop's side comes from the ledger, the customer's from the desk, where it has arrived by the
front door. A newcomer's mistake: showing what was sent. A phone that is off shows what it had.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString

from shopbell.connections.models import Connection
from shopbell.conversations.models import PUBLIC_MARK, Attachment, Entry, EntryKind
from shopbell.messaging.models import ApprovedTemplate, Message
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, Medium, Target
from shopbell.messaging.states import State
from shopbell.sandbox.holders import APPS, Holder
from shopbell.sandbox.queries import is_unread, with_links

SHOWN = 60
_TICKS: dict[str, tuple[str, str]] = {
    State.SENT: ("✓", "sent"),
    State.DELIVERED: ("✓✓", "delivered"),
    State.READ: ("✓✓", "read"),
}
_SIGNS: dict[str, str] = {
    Medium.SMS: "sms",
    Medium.WHATSAPP: "messages",
    Medium.INSTAGRAM: "star",
    Medium.MESSENGER: "chat",
    Medium.TELEGRAM: "campaign",
    Medium.PHONE: "phone",
}
_ON_THE_PHONE = (State.DELIVERED, State.READ)


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press below a text. `link`: it leads there instead."""

    id: str
    title: str
    text: str = ""
    link: str = ""


@dataclass(slots=True)
class Bubble:
    """One thing in a chat; `text` is escaped, with links. `is_mine`: the customer's own."""

    key: str
    at: datetime
    text: SafeString
    is_mine: bool = False
    message: Message | None = None
    name: str = ""  # the provider's id of it: what a reaction or a quote is about
    ticks: str = ""
    ticks_say: str = ""
    buttons: list[Button] = field(default_factory=list)
    pictures: list[Attachment] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_template: bool = False
    is_gone: bool = False


@dataclass(slots=True)
class App:
    """One app on the phone."""

    medium: str
    title: str
    inbox: Connection
    bubbles: list[Bubble] = field(default_factory=list)
    unread: int = 0
    last_at: datetime | None = None
    is_open: bool = False

    @property
    def icon(self) -> str:
        """The sign of it in the dock."""
        return _SIGNS[self.medium]

    @property
    def look(self) -> str:
        """The class of its colours."""
        return "calls" if self.is_calls else self.medium

    @property
    def is_public(self) -> bool:
        """Whether there are posts with comments for all to read."""
        return CHANNELS.get(self.inbox.connector).capabilities.public

    @property
    def is_calls(self) -> bool:
        """Whether it is for calls, not for writing."""
        return self.medium == Medium.PHONE

    @property
    def gives_ids(self) -> bool:
        """Whether people are known there by an id of the platform, not by their number."""
        return self.medium not in BY_NUMBER


def apps_of(
    holder: Holder,
    inboxes: dict[uuid.UUID, Connection],
    messages: Iterable[Message],
    wanted: str = "",
) -> list[App]:
    """Return the apps of a phone; the wanted one is open, else the one with the newest news.

    `messages`: what the person got, the newest first.
    """
    found = {app.medium: app for app in _installed(inboxes)}
    got = [m for m in messages if m.medium in found and _is_here(m, holder)]
    wrote = entries_of(holder, inboxes)
    for message in got:
        app = found[message.medium]
        app.unread += is_unread(message.medium, message.state)
        app.last_at = app.last_at or _time_of(message)
    for entry in wrote:
        app = found[entry.thread.medium]  # type: ignore[union-attr]  # filtered by it
        app.last_at = max(app.last_at or entry.happened_at, entry.happened_at)
    if not found:
        return []
    opened = found.get(wanted) or _newest(list(found.values()))
    opened.is_open = True
    if opened.is_calls:
        return list(found.values())
    opened.bubbles = bubbles(
        [m for m in got if m.medium == opened.medium][:SHOWN],
        [e for e in wrote if e.thread.medium == opened.medium][:SHOWN],  # type: ignore[union-attr]
    )
    return list(found.values())


def _newest(apps: list[App]) -> App:
    """Return the app with the newest news, else the first."""
    used = [app for app in apps if app.last_at is not None]
    return max(used, key=lambda app: app.last_at or app.inbox.created_at, default=apps[0])


def entries_of(holder: Holder, inboxes: Iterable[uuid.UUID]) -> list[Entry]:
    """Return what a person wrote in private on the phone, the newest first."""
    rows = Entry.objects.filter(
        kind=EntryKind.INCOMING,
        customer__in=holder.customers,
        thread__inbox__in=list(inboxes),
        thread__medium__in=APPS,
    ).exclude(thread__external_key__contains=PUBLIC_MARK)
    newest = rows.select_related("thread").prefetch_related("attachments")
    return list(newest.order_by("-happened_at", "-id")[: SHOWN * 2])


def _installed(inboxes: dict[uuid.UUID, Connection]) -> list[App]:
    """Return an app for each medium of which the store has a sandbox inbox."""
    mine: dict[str, Connection] = {}
    for row in sorted(inboxes.values(), key=lambda row: row.created_at):
        mine.setdefault(str(CHANNELS.get(row.connector).capabilities.medium), row)
    all_apps = {Medium.PHONE: "Phone"} | APPS
    return [App(str(key), title, mine[key]) for key, title in all_apps.items() if key in mine]


def _is_here(message: Message, holder: Holder) -> bool:
    """Whether it is on the phone: what is public is not, nor what never reached it."""
    if message.data.get("target") == Target.COMMENT:
        return False
    return holder.hears(message.medium) or message.state in _ON_THE_PHONE


def bubbles(messages: Sequence[Message], entries: Sequence[Entry] = ()) -> list[Bubble]:
    """Return both sides of a chat, the oldest first."""
    replies = {
        row.outgoing_id: row
        for row in Entry.objects.filter(outgoing__in=[m.pk for m in messages]).prefetch_related(
            "attachments"
        )
    }
    templates = _templates(messages)
    found = [_told(row, replies.get(row.pk), templates) for row in messages]
    found += [_written(row) for row in entries]
    return sorted(found, key=lambda bubble: (bubble.at, bubble.key))


def _told(
    message: Message,
    reply: Entry | None,
    templates: dict[tuple[object, str, str], ApprovedTemplate],
) -> Bubble:
    ticks = _TICKS.get(message.state, ("", "")) if message.medium != Medium.SMS else ("", "")
    bubble = Bubble(
        f"b-{message.pk}",
        _time_of(message),
        with_links(message.text),
        message=message,
        name=message.provider_id,
        ticks=ticks[0],
        ticks_say=ticks[1],
    )
    data: dict[str, Any] = message.data
    signs = (reply.data if reply else data).get("reactions", {})
    bubble.reactions = [str(sign) for sign in signs.values()]
    bubble.buttons = [
        Button(str(each["id"]), str(each["title"]), str(each.get("text", "")))
        for each in data.get("options", ())
    ]
    if isinstance(use := data.get("approved"), dict):
        bubble.is_template = True
        row = templates.get((message.connection_id, str(use["name"]), str(use["language"])))
        bubble.buttons += _template_buttons(row, use) if row else []
    if data.get("target") == Target.PRIVATE_REPLY:
        bubble.notes.append("Answers your comment in private")
    if reply is not None:
        _put_files(bubble, reply)
    return bubble


def _written(entry: Entry) -> Bubble:
    data: dict[str, Any] = entry.data
    bubble = Bubble(
        f"e-{entry.pk}",
        entry.happened_at,
        with_links(entry.text),
        is_mine=True,
        name=str(data.get("provider_id", "")),
    )
    if isinstance(story := data.get("story"), dict):
        kind = "You mentioned the shop in your story" if story.get("kind") == "mention" else ""
        bubble.notes.append(kind or "You answered their story")
    if data.get("choice"):
        bubble.notes.append("Pressed")
    if data.get("edits"):
        bubble.notes.append("Edited")
    bubble.reactions = [str(sign) for sign in data.get("reactions", {}).values()]
    bubble.is_gone = bool(data.get("deleted_at"))
    _put_files(bubble, entry)
    return bubble


def _put_files(bubble: Bubble, entry: Entry) -> None:
    for file in entry.attachments.all():
        is_picture = file.content_type.startswith("image/") and file.is_handed_out
        (bubble.pictures if is_picture else bubble.files).append(file)


def _templates(
    messages: Iterable[Message],
) -> dict[tuple[object, str, str], ApprovedTemplate]:
    uses = [m.data["approved"] for m in messages if isinstance(m.data.get("approved"), dict)]
    if not uses:
        return {}
    rows = ApprovedTemplate.objects.filter(name__in={str(use["name"]) for use in uses})
    return {(row.connection_id, row.name, row.language): row for row in rows}


def _template_buttons(row: ApprovedTemplate, use: dict[str, Any]) -> list[Button]:
    """Return a template's buttons: quick replies to press, addresses to follow."""
    found = []
    values = [*use.get("buttons", ())]
    for number, each in enumerate(row.content.get("buttons", ())):
        kind, text, value = each.get("kind"), str(each.get("text", "")), str(each.get("value", ""))
        gap = str(values[number]) if number < len(values) else ""
        link = value.replace("{{1}}", gap) if kind == "url" else ""
        if kind in ("quick_reply", "url"):
            found.append(Button(text, text, link=link))
    return found


def waiting_on(holder: Holder, messages: Iterable[Message]) -> list[Message]:
    """Return what was sent to the phone and has not reached it."""
    return [
        m for m in messages
        if m.medium in APPS
        and m.state == State.SENT
        and m.connection is not None
        and CHANNELS.get(m.connection.connector).capabilities.delivery_receipts
        and not holder.has_blocked(m.medium)
    ]  # fmt: skip


def message_on(holder: Holder, medium: str, name: str) -> Message | None:
    """Return the message with this provider's id that the person got in an app."""
    rows = Message.objects.select_related("connection").filter(medium=medium, provider_id=name)
    mine = Q(customer__in=holder.customers) | Q(to_address__in=holder.all_addresses)
    return rows.filter(mine).first() if name else None


def _time_of(message: Message) -> datetime:
    return message.handed_at or message.created_at
