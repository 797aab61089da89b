"""The list at the left of the inbox: its views, filters and addresses, read from the query."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from shopbell.accounts.models import User
from shopbell.conversations.details import Place, custom_fields, path_of, reasons, typed
from shopbell.conversations.models import (
    Conversation,
    CustomField,
    FieldKind,
    ReasonKind,
    SavedView,
    Status,
)
from shopbell.conversations.queries import (
    COUNTED,
    Page,
    conversation_page,
    teams_of_store,
    view_counts,
)
from shopbell.conversations.search.asking import MEDIA as MEDIA
from shopbell.conversations.search.asking import Asked, ask
from shopbell.conversations.search.filters import Filters
from shopbell.conversations.search.hits import hits_of
from shopbell.kit import clock
from shopbell.kit.errors import Invalid

MOST_SHOWN = 400
SOON = timedelta(minutes=15)

VIEWS: dict[str, tuple[str, Filters]] = {
    "open": ("Open", Filters(status=Status.OPEN)),
    "mine": ("Mine", Filters(status=Status.OPEN)),
    "nobody": ("Nobody's", Filters(status=Status.OPEN, nobody=True)),
    "due": ("Due soon", Filters(status=Status.OPEN, due=True)),
    "pending": ("Waiting for the customer", Filters(status=Status.PENDING)),
    "snoozed": ("Snoozed", Filters(status=Status.SNOOZED)),
    "resolved": ("Resolved", Filters(status=Status.RESOLVED)),
    "spam": ("Spam", Filters(status=Status.SPAM)),
    "all": ("Everything", Filters(status="")),
}
_KEPT = ("view", "q", "tag", "channel", "owner", "team", "reason", "field", "saved")


@dataclass(frozen=True, slots=True)
class View:
    """One view of the inbox in the sidebar."""

    key: str
    label: str
    query: str
    count: int | None
    active: bool
    is_shared: bool | None = None  # of a saved one

    @property
    def shown(self) -> str:
        """How many it holds, as the sidebar says it; empty for none."""
        if not self.count:
            return ""
        return str(self.count) if self.count <= COUNTED else f"{COUNTED}+"


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter above the list; `query` is the address with it changed."""

    label: str
    query: str
    active: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the left pane shows. `query` (with its `?`) leads back to this list."""

    page: Page
    title: str
    query: str
    words: str
    view: str
    chips: list[Chip]
    narrowed: bool
    kept: Mapping[str, str]
    saved: SavedView | None
    older: str
    troubles: list[str]
    hits: Mapping[uuid.UUID, SafeString]


def chosen_view(query: Mapping[str, str]) -> str:
    """Return the key of the view a query asks for."""
    wanted = query.get("view", "")
    if wanted in VIEWS:
        return wanted
    return "all" if query.get("q", "").strip() else "open"


def asked_of(query: Mapping[str, str], viewer: User, zone: str) -> Asked:
    """Return what a query narrows the list to, with what of it was not understood."""
    view = chosen_view(query)
    found = replace(
        VIEWS[view][1],
        tag=query.get("tag", "")[:60],
        medium=query.get("channel", "")[:20],
        team_id=_uuid(query.get("team", "")),
        reason_id=_uuid(query.get("reason", "")),
        told=_told(query.get("field", "")),
    )
    owner = query.get("owner", "")
    if view == "mine":
        found = replace(found, owner_id=viewer.pk)
    elif owner.isdigit() and len(owner) < 10:
        found = replace(found, owner_id=int(owner))
    return ask(query.get("q", ""), start=found, viewer=viewer, zone=zone)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _told(text: str) -> tuple[str, object] | None:
    """Return what `field=key:value` asks for; what is not understood narrows nothing."""
    key, _, value = text.partition(":")
    field = CustomField.objects.filter(key=key[:40]).first() if value else None
    try:
        found = typed(field, value) if field else None
    except Invalid:
        return None
    return None if field is None or found is None else (field.key, found)


def listing(
    query: Mapping[str, str],
    viewer: User,
    *,
    zone: str,
    saved: Sequence[SavedView] = (),
) -> Listing:
    """Return the left pane for a query."""
    view = chosen_view(query)
    shown = query.get("shown", "")
    limit = min(int(shown), MOST_SHOWN) if shown.isdigit() and len(shown) < 5 else 0
    asked = asked_of(query, viewer, zone)
    page = Page([])
    if not asked.troubles:
        page = conversation_page(
            asked.filters, viewer=viewer, cursor=query.get("at", ""), limit=limit
        )
    kept = kept_of(query)
    mine = next((row for row in saved if str(row.pk) == kept.get("saved")), None)
    return Listing(
        page=page,
        title=mine.name if mine else VIEWS[view][0],
        query=address_of(kept),
        kept=kept,
        saved=mine,
        words=query.get("q", ""),
        view=view,
        chips=_chips(kept, asked),
        narrowed=bool(kept.keys() - {"view", "saved"}),
        older=address_of({**kept, "at": page.following}) if page.following else "",
        troubles=asked.troubles,
        hits=hits_of(page.rows, asked.filters.words),
    )


def views_of(
    query: Mapping[str, str], viewer: User, *, zone: str, saved: Sequence[SavedView] = ()
) -> list[View]:
    """Return the views of the sidebar with how many conversations each holds, kept ones last."""
    narrow = {str(row.pk): asked_of(row.query, viewer, zone) for row in saved}
    counts = view_counts(
        viewer,
        {
            key: asked.filters
            for key, asked in narrow.items()
            if not asked.troubles and not asked.filters.searched
        },
    )
    here, active = chosen_view(query), query.get("saved", "")
    found = [
        View(key, label, address_of({"view": key}), counts.get(key), key == here and not active)
        for key, (label, _) in VIEWS.items()
    ]
    for row in saved:
        key, address = str(row.pk), address_of({**row.query, "saved": str(row.pk)})
        found.append(
            View(key, row.name, address, counts.get(key), key == active, row.user_id is None)
        )
    return found


def kept_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return what of a query makes the list what it is."""
    return {name: query[name][:400] for name in _KEPT if query.get(name)}


def _chips(kept: Mapping[str, str], asked: Asked) -> list[Chip]:
    def without(name: str) -> str:
        return address_of({key: value for key, value in kept.items() if key != name})

    found = []
    if kept.get("tag"):
        found.append(Chip(f"Tag: {kept['tag']}", without("tag"), active=True))
    if kept.get("reason"):
        path = path_of(_uuid(kept["reason"]), ReasonKind.CONTACT)
        found.append(Chip(path or "A reason", without("reason"), active=True))
    if kept.get("field"):
        key, _, value = kept["field"].partition(":")
        field = CustomField.objects.filter(key=key[:40]).first()
        name = field.name if field else "A field"
        found.append(Chip(f"{name}: {value[:60]}", without("field"), active=True))
    if kept.get("owner"):
        found.append(Chip("One person", without("owner"), active=True))
    if kept.get("team"):
        found.append(Chip("One team", without("team"), active=True))
    if kept.get("channel"):
        name = MEDIA.get(kept["channel"], kept["channel"])
        found.append(Chip(name, without("channel"), active=True))
    for key, value, text in asked.pieces:
        rest = kept["q"].replace(text, " ", 1).strip()
        found.append(Chip(f"{key}: {value}", address_of({**kept, "q": rest}), active=True))
    return found


def choices_of(
    query: Mapping[str, str], people: Iterable[User], tags: Sequence[str]
) -> list[tuple[str, list[Chip]]]:
    """Return what the filter menu offers, by kind; the query names are those of `asked_of`."""
    kept = kept_of(query)

    def offer(name: str, values: Iterable[tuple[str, str]]) -> list[Chip]:
        return [
            Chip(label, address_of({**kept, name: value}), active=kept.get(name) == value)
            for value, label in values
        ]

    return [
        ("Channel", offer("channel", list(MEDIA.items())[:3])),
        ("Team", offer("team", [(str(team.pk), team.name) for team in teams_of_store()])),
        ("Has it", offer("owner", [(str(person.pk), str(person)) for person in people])),
        ("Tag", offer("tag", [(tag, tag) for tag in tags[:30]])),
        ("Reason", offer("reason", [(str(p.reason.pk), p.path) for p in _reasons()])),
        *(
            (field.name, offer("field", [(f"{field.key}:{value}", value) for value in values]))
            for field, values in _field_choices()
        ),
    ]


def _reasons() -> list[Place]:
    return [place for place in reasons(ReasonKind.CONTACT) if place.depth < 2][:40]


def _field_choices() -> list[tuple[CustomField, list[str]]]:
    """Return the fields with few values; the others are found by their address or the API."""
    values = {FieldKind.YES_NO: ["yes", "no"]}
    found = [(each, values.get(FieldKind(each.kind), each.choices)) for each in custom_fields()]
    return [(field, offered) for field, offered in found if offered]


def address_of(values: Mapping[str, str]) -> str:
    """Return the end of the address of a list."""
    return f"?{urlencode(values)}" if values else "?"


def waits_long(conversation: Conversation) -> bool:
    """Return whether the customer waits for us."""
    return conversation.status == Status.OPEN and conversation.waiting_since is not None


def due_tone(conversation: Conversation) -> str:
    """Return how pressing a promise is: broken, within a quarter of an hour, or not yet."""
    if conversation.due_at is None:
        return ""
    left = conversation.due_at - clock.now()
    return "red" if left <= timedelta(0) else "brass" if left <= SOON else ""
