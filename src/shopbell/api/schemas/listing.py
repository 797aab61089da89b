"""Lists: newest first, a page at a time, by cursor. No page numbers, no totals.

A newcomer's mistake: filtering after the page was cut. Filter the queryset, then page it.
"""

import base64
import binascii
import uuid
from typing import Annotated

from django.db.models import Model, QuerySet
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from shopbell.kit.errors import Invalid


def storable_only(value: str) -> str:
    """Refuse what PostgreSQL and UTF-8 refuse: NUL and lone surrogates."""
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("has a character that cannot be stored")
    return value


Word = Annotated[str, StringConstraints(max_length=320), AfterValidator(storable_only)]


class Paged(BaseModel):
    """Parameters of every list."""

    cursor: Annotated[str, StringConstraints(max_length=100)] = Field(
        default="", description="`next` of the page before; empty for the newest."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PageInfo(BaseModel):
    """What every list answers beside its items."""

    next: str | None = Field(description="Pass it as `cursor` for older items; null at the end.")


def page[M: Model](rows: QuerySet[M], query: Paged) -> tuple[list[M], str | None]:
    """Return one page of rows by id, newest first, and the cursor of the next one."""
    if query.cursor:
        rows = rows.filter(pk__lt=_read(query.cursor))
    found = list(rows.order_by("-id")[: query.limit + 1])
    more = len(found) > query.limit
    found = found[: query.limit]
    return found, _write(found[-1].pk) if more else None


def _write(key: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def _read(cursor: str) -> uuid.UUID:
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
    except (ValueError, binascii.Error):
        raise Invalid(
            "This page of the list cannot be found.",
            fields={"cursor": "is not a cursor of ours"},
            remedy="Begin without a cursor.",
        ) from None


def as_uuid(text: str) -> uuid.UUID | None:
    """Return `text` as an id of ours, or None if it is something else."""
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
