"""Permissions and blocks from a list or the API, row by row; what lacks its proof is refused.

A newcomer's mistake: taking a list without asking where it came from. A permission without a source
and a date proves nothing, so such a row is refused, with its number. Blocks are stored as hashes;
no address of theirs is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent, suppress_address
from shopbell.consent.models import ConsentAction, SuppressionReason
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import topics
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key, phone_key
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable
from shopbell.orders.importing.columns import simplified
from shopbell.orders.importing.files import Sheet, open_sheet
from shopbell.orders.importing.values import Manner, Unclear, day_comes_first, understood

MOST_ROWS = 5_000
CONSENTS, BLOCKS = "consents", "blocks"
CHANNELS = ("email", "sms", "whatsapp")
PURPOSE = "marketing"
_NO_SOURCE = {"", "unknown", "unbekannt", "none", "na", "keine", "import", "list", "liste"}
_HEADINGS: dict[str, tuple[str, ...]] = {
    "email": ("email", "mail", "emailaddress", "emailadresse", "address", "adresse"),
    "phone": ("phone", "mobile", "telefon", "handy", "number"),
    "channel": ("channel", "kanal"),
    "action": ("action", "status", "aktion"),
    "source": ("source", "quelle", "herkunft"),
    "date": ("date", "datum", "at", "consentdate", "grantedat"),
    "wording": ("wording", "wortlaut", "text"),
    "language": ("language", "sprache", "locale"),
    "reason": ("reason", "grund"),
    "scope": ("scope", "purpose", "zweck"),
    "topics": ("topics", "topic", "themen", "thema", "interests"),
}
_ACTIONS = {
    "": ConsentAction.GRANTED,
    "granted": ConsentAction.GRANTED,
    "subscribed": ConsentAction.GRANTED,
    "yes": ConsentAction.GRANTED,
    "withdrawn": ConsentAction.WITHDRAWN,
    "unsubscribed": ConsentAction.WITHDRAWN,
    "no": ConsentAction.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A good row."""

    row: int
    channel: str
    address: str
    values: dict[str, Any]


@dataclass(slots=True)
class Report:
    """What a file is: its good rows, and of the others what is wrong, by row."""

    good: list[Read] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)  # rows that were news
    known: int = 0  # rows that say nothing new

    @property
    def written(self) -> int:
        """How many rows were news."""
        return len(self.fresh)


def read_list(*, store: Store, noun: str, content: bytes) -> Report:
    """Read a list and write nothing.

    Raises:
        Invalid: it is no table, too long, or lacks a column that every row needs.
    """
    if noun not in (CONSENTS, BLOCKS):
        raise Invalid("Choose what is in the file.")
    sheet = open_sheet(content)
    places = _places(sheet)
    needed = ("source", "date") if noun == CONSENTS else ()
    missing = [name for name in needed if name not in places]
    if missing or not {"email", "phone"} & set(places):
        wanted = ", ".join(missing or ["email or phone"])
        raise Invalid(f"The file has no column {wanted}.", remedy="Name it in the first row.")
    cells = (cell for _, row in sheet.rows() for cell in row)
    manner = Manner(zone=store.timezone, day_first=day_comes_first(cells, store.locale))
    return _read(noun, _few(_rows(sheet, places)), manner)


def read_rows(*, store: Store, noun: str, rows: Sequence[dict[str, str]]) -> Report:
    """Read rows that came one by one, the first of them number 1, and write nothing.

    Days are written as 2026-11-23.
    """
    manner = Manner(zone=store.timezone, day_first=False)
    return _read(noun, enumerate(rows, start=1), manner)


def _few(rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, told in rows:
        if number > MOST_ROWS + 1:
            raise Invalid(f"A list may have {MOST_ROWS:,} rows.", remedy="Split the file.")
        yield number, told


def _read(noun: str, rows: Iterable[tuple[int, dict[str, str]]], manner: Manner) -> Report:
    known = frozenset(row.key for row in topics()) if noun == CONSENTS else frozenset()
    take = partial(_consent, known=known) if noun == CONSENTS else _block
    report = Report()
    for number, told in rows:
        _take(report, number, told, manner, take)
    return report


def _places(sheet: Sheet) -> dict[str, int]:
    headings = [simplified(each) for each in sheet.header]
    return {
        name: headings.index(known)
        for name, names in _HEADINGS.items()
        for known in names[::-1]
        if known in headings
    }


def _rows(sheet: Sheet, places: dict[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in sheet.rows():
        yield number, {name: cells[at] for name, at in places.items() if at < len(cells)}


type Taking = Callable[[dict[str, str], Manner], dict[str, Any]]


def _take(report: Report, row: int, told: dict[str, str], manner: Manner, take: Taking) -> None:
    try:
        channel, address = _address(told)
        report.good.append(Read(row, channel, address, take(told, manner)))
    except Unclear as error:
        report.refused.append((row, str(error)))


def _address(told: dict[str, str]) -> tuple[str, str]:
    email, phone = email_key(told.get("email", "")), phone_key(told.get("phone", ""), "")
    channel = simplified(told.get("channel", "")) or ("email" if email else "sms")
    if channel not in CHANNELS:
        raise Unclear("the channel is none of email, sms, whatsapp")
    address = email if channel == "email" else phone
    if not address:
        raise Unclear(
            "there is no e-mail address" if channel == "email" else "there is no number like +49 …"
        )
    return channel, address


def _consent(told: dict[str, str], manner: Manner, *, known: frozenset[str]) -> dict[str, Any]:
    source = one_line(storable(told.get("source", "")), 150)
    if simplified(source) in _NO_SOURCE:
        raise Unclear("the source is missing or unknown: where was it agreed to?")
    if not told.get("date", ""):
        raise Unclear("the date is missing: when was it agreed to?")
    action = _ACTIONS.get(simplified(told.get("action", "")))
    if action is None:
        raise Unclear("the action is neither granted nor withdrawn")
    day = datetime.fromisoformat(understood("day", told["date"], manner)).date()
    at = datetime.combine(day, time(), ZoneInfo(manner.zone or "UTC")).astimezone(UTC)
    if at > clock.now():
        raise Unclear("the date is in the future")
    wording = storable(told.get("wording", ""))[:2000]
    language = told.get("language", "")[:20]
    return {
        "source": source, "at": at, "action": action.value, "wording": wording,
        "language": language, **_topics(told, action, known),
    }  # fmt: skip


def _topics(
    told: dict[str, str], action: ConsentAction, known: frozenset[str]
) -> dict[str, list[str]]:
    """Return what is wanted and what is not. Who agrees to some topics does not want the others."""
    named = set(told.get("topics", "").replace(",", " ").replace(";", " ").lower().split())
    if unknown := sorted(named - known):
        raise Unclear(f"there is no topic {unknown[0]}")
    if action == ConsentAction.WITHDRAWN:
        return {"wanted": [], "unwanted": sorted(named)}
    return {"wanted": sorted(named), "unwanted": sorted(known - named) if named else []}


def _block(told: dict[str, str], _manner: Manner) -> dict[str, Any]:
    reason = told.get("reason", "").strip().lower().replace(" ", "_") or "manual"
    if reason not in SuppressionReason.values:
        raise Unclear("the reason is none of unsubscribed, complaint, hard_bounce, manual")
    scope = told.get("scope", "").strip().lower() or "*"
    if scope not in ("*", *PURPOSES):
        raise Unclear("the scope is neither * nor a purpose such as marketing")
    return {"reason": reason, "scope": scope}


@transaction.atomic
def import_list(*, store: Store, noun: str, content: bytes, by: str, file_name: str) -> Report:
    """Write the good rows of a list, all in one transaction. It starts no welcome.

    Raises:
        Invalid: as `read_list` does.
    """
    report = read_list(store=store, noun=noun, content=content)
    write_rows(store=store, noun=noun, report=report, by=by, name=file_name)
    return report


@transaction.atomic
def write_rows(*, store: Store, noun: str, report: Report, by: str, name: str) -> None:
    """Write the good rows of what was read; the report tells which of them were news."""
    if noun == BLOCKS:
        for read in report.good:
            suppress_address(
                store=store,
                medium=read.channel,
                address=read.address,
                detail=f"From a list, {clock.now():%Y-%m-%d}",
                **read.values,
            )
        report.fresh = {read.row for read in report.good}
        return
    people = record_people(people=[_person(read) for read in report.good], quiet=True)
    for read, customer in zip(report.good, people, strict=True):
        if customer is not None and _write(read, customer, by=by, name=name):
            report.fresh.add(read.row)
        else:
            report.known += 1


def _write(read: Read, customer: Customer, *, by: str, name: str) -> bool:
    """Write what a row says; returns whether it was news. Some topics left are not all of them."""
    told = read.values
    said = [(topic, ConsentAction.GRANTED) for topic in told["wanted"]]
    said += [(topic, ConsentAction.WITHDRAWN) for topic in told["unwanted"]]
    if not (told["unwanted"] and told["action"] == ConsentAction.WITHDRAWN):
        said.append(("", told["action"]))
    events = [
        record_consent(
            customer=customer,
            purpose=PURPOSE,
            channel=read.channel,
            topic=topic,
            action=action,
            source=told["source"],
            wording=told["wording"],
            language=told["language"],
            proof={"list": name[:200], "row": read.row, "imported_by": by},
            actor=by,
            occurred_at=told["at"],
            dated=False,
        )
        for topic, action in said
    ]
    return any(events)


def _person(read: Read) -> Person:
    mail = read.channel == "email"
    return Person(
        source="import",
        email=read.address if mail else "",
        phone="" if mail else read.address,
        locale=read.values["language"],
    )
