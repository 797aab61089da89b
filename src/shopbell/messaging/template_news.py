"""News about approved templates, kept at once; and which of those in use cannot be sent now.

A newcomer's mistake: trusting the order in which news comes. What is known as of later stays.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from shopbell.connections.models import Connection, ConnectionState
from shopbell.consent.purposes import PURPOSES
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.messaging.catalogue import all_kinds
from shopbell.messaging.inbound.storing import save_place
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import TemplateNews, TemplateStatus
from shopbell.web.live import announce

PLACE = "templates"  # the key in `Connection.sync`: {"asked_at", "trouble"}
_CLOCKS = timedelta(minutes=1)  # by which ours and theirs may differ
SELDOM = timedelta(minutes=10)  # between two times that the list is asked for early
_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)


def apply_news(connection: Connection, news: Sequence[TemplateNews]) -> int:
    """Keep what the provider tells about templates; returns how many were ours.

    Templates belong to the provider's account, so other numbers of it hear of it too. What is not
    known yet, or not clear, is asked for soon.
    """
    known = sum(_apply(connection, each) for each in news)
    if news:
        announce(connection.store_id, "problems")
    if any(each.is_unclear for each in news) or known < len(news):
        ask_soon(connection)
    return known


def _apply(connection: Connection, news: TemplateNews) -> bool:
    here = Q(connection=connection, name=news.name, language=news.language)
    if news.provider_id:
        there = Q(connection__connector=connection.connector, name=news.name)
        here |= there & Q(content__provider_id=news.provider_id)
    rows = list(ApprovedTemplate.objects.select_for_update(of=("self",)).filter(here))
    for row in rows:
        if row.synced_at <= news.at + _CLOCKS:
            _change(row, news)
    return bool(rows)


def _change(row: ApprovedTemplate, news: TemplateNews) -> None:
    if news.status is not None:
        row.status = str(news.status)
    if news.quality is not None:
        row.quality = news.quality[:20]
    if news.category is not None:
        row.category = news.category[:20]
    if news.reason is not None:
        row.reason = news.reason[:500]
    row.synced_at = max(row.synced_at, news.at)
    row.save(update_fields=["status", "quality", "category", "reason", "synced_at"])


def ask_soon(connection: Connection) -> None:
    """Let the list be fetched with the next round, unless that was just done."""
    place = connection.sync.get(PLACE, {})
    said = place.get("asked_at")
    if said and datetime.fromisoformat(said) < clock.now() - SELDOM:
        save_place(connection, {**place, "asked_at": None}, key=PLACE)
        wake("templates")


@dataclass(frozen=True, slots=True)
class LostText:
    """A kind of message whose approved template cannot be sent now, and why."""

    connection: Connection
    kind: str
    title: str
    name: str
    says: str
    goes_on: bool = False  # it is sent still; it should be known nevertheless


def lost_texts(kind: str = "") -> list[LostText]:
    """Return what cannot be told by its approved template just now, of one kind or of all."""
    texts = ApprovedText.objects.select_related("connection")
    texts = texts.exclude(connection__state__in=_AWAY)
    found = list(texts.filter(kind=kind) if kind else texts)
    if not found:
        return []
    rows: dict[tuple[uuid.UUID, str], list[ApprovedTemplate]] = defaultdict(list)
    names = {text.name for text in found}
    for row in ApprovedTemplate.objects.filter(name__in=names).order_by("language"):
        rows[row.connection_id, row.name].append(row)
    kinds = {each.key: each for each in all_kinds()}
    lost = []
    for text in found:
        known = kinds.get(text.kind)
        mine = [row for row in rows[text.connection_id, text.name] if row.gone_at is None]
        says = _loss(mine, known.purpose if known else "")
        warned = next((row.reason for row in mine if row.reason), "")
        if known and (says or warned):
            told = (text.connection, text.kind, known.title, text.name)
            lost.append(LostText(*told, says or warned, goes_on=not says))
    return lost


def _loss(here: Sequence[ApprovedTemplate], purpose: str) -> str:
    """Say why a template cannot be sent, or not in one of its languages; "" if it can."""
    stopped = [row for row in here if row.status in _STOPPED]
    usable = [row for row in here if row.status == TemplateStatus.APPROVED]
    if stopped:
        row = stopped[0]
        where = f" in {', '.join(each.language for each in stopped)}" if len(here) > 1 else ""
        return f"It is {_STOPPED[row.status]}{where}. {row.reason}".strip()
    if not usable:
        return "It waits for approval." if here else "The provider has it no more."
    marketing = [row for row in usable if row.category == "marketing"]
    asks = purpose in PURPOSES and PURPOSES[purpose].needs_consent
    if marketing and not asks:
        return "The provider counts it as marketing: only who agreed to offers gets it."
    return ""


_STOPPED: dict[str, str] = {
    TemplateStatus.PAUSED: "paused by the provider",
    TemplateStatus.DISABLED: "switched off by the provider",
    TemplateStatus.REJECTED: "refused by the provider",
}
