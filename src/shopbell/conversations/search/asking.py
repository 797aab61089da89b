"""What is typed into the search box: words, and filters such as `from:`, `tag:` or `before:`.

A filter nobody knows is a word like any other ("re:"); a filter we know with a value we do not is
said plainly, and finds nothing rather than everything.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from shopbell.accounts.models import Staff, User
from shopbell.conversations.models import Mood, Status
from shopbell.conversations.search.filters import Filters
from shopbell.kit import clock

MEDIA = {
    "email": "E-mail",
    "chat": "Chat",
    "form": "Form",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "phone": "Phone",
}
_MEDIA = {"mail": "email", "e-mail": "email"} | {name: name for name in MEDIA}
KEYS = {
    "from": "A customer's name or address",
    "order": "The number of an order or a parcel",
    "tag": "A tag",
    "owner": "Who has it: a name, me or nobody",
    "in": "The channel",
    "is": "How it stands",
    "has": "What it has: file",
    "after": "Last message on this day or later",
    "before": "Last message before this day",
}
_ALIASES = {"assignee": "owner", "channel": "in", "status": "is", "since": "after"}
STANDS = {
    "open": "open", "pending": "pending", "snoozed": "snoozed", "resolved": "resolved",
    "closed": "resolved", "spam": "spam", "waiting": "waiting", "unanswered": "waiting",
    "upset": "upset", "angry": "upset", "pleased": "pleased", "happy": "pleased",
}  # fmt: skip
_PIECE = re.compile(r'(?:([a-z]{2,9}):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `troubles` are sentences about what was not understood."""

    filters: Filters
    pieces: list[tuple[str, str, str]] = field(default_factory=list)  # key, value, as typed
    troubles: list[str] = field(default_factory=list)


def offers(tags: Iterable[str], people: Iterable[str]) -> list[tuple[str, str]]:
    """Return what the search box offers while somebody types: the text and what it means."""
    found = [(f"{key}:", what) for key, what in KEYS.items()]
    found += [(f"is:{name}", "") for name in dict.fromkeys(STANDS.values())]
    found += [(f"in:{name}", title) for name, title in MEDIA.items()]
    found += [("owner:me", ""), ("owner:nobody", ""), ("has:file", "")]
    found += [(f"owner:{_typed(name)}", "") for name in people]
    return found + [(f"tag:{_typed(tag)}", "") for tag in list(tags)[:100]]


def _typed(value: str) -> str:
    return f'"{value}"' if " " in value else value


class _Unknown(Exception):
    """A value we do not know; the text is the sentence."""


def ask(text: str, *, start: Filters, viewer: User | None, zone: str) -> Asked:
    """Return what a text asks for, on top of what `start` narrows to already."""
    asked = Asked(start)
    words: list[str] = []
    for found in _PIECE.finditer(text.replace("\0", "")[:400]):
        key = (found[1] or "").lower()
        key = _ALIASES.get(key, key)
        value = found[2] if found[2] is not None else found[3]
        if key not in KEYS:
            words.append(found[0].replace('"', " "))
            continue
        try:
            filters = _READ[key](asked.filters, value, viewer, zone)
        except _Unknown as unknown:
            asked.troubles.append(str(unknown))
            continue
        asked.pieces.append((key, value, found[0]))
        asked = replace(asked, filters=filters)
    said = " ".join(words).strip()
    return replace(asked, filters=replace(asked.filters, words=said)) if said else asked


type _Reader = Callable[[Filters, str, User | None, str], Filters]


def _from(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    return replace(filters, customer_words=f"{filters.customer_words} {value}".strip())


def _order(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    return replace(filters, order=value)


def _tag(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    return replace(filters, tag=value.lower()[:60])


def _owner(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    wanted = value.lower()
    if wanted in ("nobody", "none"):
        return replace(filters, nobody=True, owner_id=None)
    if wanted == "me":
        if viewer is None:
            raise _Unknown("“owner:me” needs somebody who is signed in.")
        return replace(filters, owner_id=viewer.pk)
    named = Q(user__email__iexact=wanted) | Q(user__name__istartswith=wanted)
    people = list(Staff.objects.filter(named).values_list("user_id", "user__name")[:2])
    if not people:
        raise _Unknown(f"Nobody here is called “{value}”: say owner:me, owner:nobody or a name.")
    if len(people) > 1:
        raise _Unknown(f"More than one person here is called “{value}”: write more of the name.")
    return replace(filters, owner_id=people[0][0])


def _in(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    medium = _MEDIA.get(value.lower())
    if medium is None:
        raise _Unknown(f"“{value}” is no channel: in: knows {', '.join(MEDIA)}.")
    return replace(filters, medium=medium)


def _is(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    stands = STANDS.get(value.lower())
    if stands is None:
        raise _Unknown(f"Nothing is “{value}”: is: knows {', '.join(STANDS)}.")
    if stands in Mood.values:
        return replace(filters, mood=stands)
    if stands == "waiting":
        return replace(filters, status=Status.OPEN, waiting=True)
    return replace(filters, status=stands)


def _has(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    if value.lower() not in ("file", "files", "attachment"):
        raise _Unknown(f"“has:{value}” is not known: has: knows file.")
    return replace(filters, has_file=True)


def _after(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    return replace(filters, after=_day(value, zone))


def _before(filters: Filters, value: str, viewer: User | None, zone: str) -> Filters:
    return replace(filters, before=_day(value, zone))


def _day(value: str, zone: str) -> datetime:
    """Return the beginning of a day: 2026-11-03, 2026-11, 2026, yesterday, 7d, 2w, 3m, 1y."""
    place = ZoneInfo(zone)
    today = clock.now().astimezone(place).date()
    named = {"today": 0, "yesterday": 1}.get(value.lower())
    ago = _AGO.fullmatch(value.lower())
    try:
        if named is not None:
            day = today - timedelta(days=named)
        elif ago:
            day = today - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
        else:
            day = date.fromisoformat(value + "-01-01"[3 * value.count("-") :])
        return datetime.combine(day, time(), place)
    except (ValueError, OverflowError):
        raise _Unknown(
            f"“{value}” is no day: write 2026-11-03, 2026-11, yesterday or 7d."
        ) from None


_READ: dict[str, _Reader] = {
    "from": _from, "order": _order, "tag": _tag, "owner": _owner, "in": _in,
    "is": _is, "has": _has, "after": _after, "before": _before,
}  # fmt: skip
