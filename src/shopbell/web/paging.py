"""Keyset paging: `page_of(queryset, cursor=request.GET.get("after"))`. No OFFSET, no COUNT.

Rows come newest first by (time, id). The cursor is opaque to people but not secret: it holds the
time and id of an edge row. Rows that arrive while somebody pages never shift what she reads.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from shopbell.kit.errors import Invalid

SIZE = 50
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Rows of one page. `older` and `newer` are cursors, empty where there is nothing more."""

    rows: Sequence[Row]
    older: str = ""
    newer: str = ""

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of[M: Model](
    queryset: QuerySet[M],
    *,
    cursor: str | None = "",
    size: int = SIZE,
    time: str = "created_at",
    key: str = "id",
) -> Page[M]:
    """Return one page of a queryset, newest first.

    Args:
        queryset: filtered as wished; its own ordering is replaced.
        cursor: from `Page.older` or `Page.newer`; empty for the newest rows.
        size: rows per page, at most 200.
        time: a never-empty time column.
        key: the tie-breaker, unique within a time.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    size = max(1, min(size, LARGEST))
    if not cursor:
        rows = list(queryset.order_by(f"-{time}", f"-{key}")[: size + 1])
        return _page(rows[:size], time, key, older=len(rows) > size, newer=False)
    direction, moment, edge = _read(cursor)
    if direction == "o":
        found = queryset.filter(Q(**{f"{time}__lte": moment})).filter(
            Q(**{f"{time}__lt": moment}) | Q(**{f"{key}__lt": edge})
        )
        rows = list(found.order_by(f"-{time}", f"-{key}")[: size + 1])
        return _page(rows[:size], time, key, older=len(rows) > size, newer=True)
    found = queryset.filter(Q(**{f"{time}__gte": moment})).filter(
        Q(**{f"{time}__gt": moment}) | Q(**{f"{key}__gt": edge})
    )
    rows = list(found.order_by(time, key)[: size + 1])
    more = len(rows) > size
    return _page(rows[:size][::-1], time, key, older=True, newer=more)


def _page[M: Model](rows: list[M], time: str, key: str, *, older: bool, newer: bool) -> Page[M]:
    if not rows:
        return Page(rows)
    return Page(
        rows,
        older=_write("o", rows[-1], time, key) if older else "",
        newer=_write("n", rows[0], time, key) if newer else "",
    )


def _write(direction: str, row: Model, time: str, key: str) -> str:
    edge = getattr(row, key)
    kind = "u" if isinstance(edge, uuid.UUID) else "n" if isinstance(edge, int) else "s"
    text = json.dumps([direction, getattr(row, time).isoformat(), kind, str(edge)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, datetime, uuid.UUID | int | str]:
    try:
        if len(cursor) > 400:
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, moment, kind, edge = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        at = datetime.fromisoformat(moment)
        if direction not in ("o", "n") or at.tzinfo is None or not isinstance(edge, str):
            raise ValueError
        if kind == "u":
            return direction, at, uuid.UUID(edge)
        if kind == "n":
            number = int(edge)
            if abs(number) >= 2**63:
                raise ValueError
            return direction, at, number
        if "\0" in edge:
            raise ValueError
        return direction, at, edge
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
        raise Invalid(
            "This page of the list cannot be found.", remedy="Open the list from its beginning."
        ) from None
