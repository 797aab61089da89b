"""Segments as the API shows them and takes them."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import PageInfo, Word, storable_only
from shopbell.segments.models import Segment
from shopbell.segments.tree import read
from shopbell.segments.words import sentence


def storable_values(value: Any) -> Any:
    """Refuse words anywhere in plain values that PostgreSQL and UTF-8 refuse."""
    if isinstance(value, str):
        return storable_only(value)
    if isinstance(value, Mapping):
        return {storable_only(str(key)): storable_values(each) for key, each in value.items()}
    if isinstance(value, list):
        return [storable_values(each) for each in value]
    return value


type Plain = Annotated[dict[str, Any], AfterValidator(storable_values)]

_DEFINITION = (
    'Conditions as a tree, such as `{"all": [{"is": "bought", "what": "candle", "by": "title",'
    ' "days": 90}]}`; groups are `all`, `any` and `none`, `not` in place of `is` turns one round.'
    " A segment that is read shows the form."
)


class DefinitionIn(BaseModel):
    """Conditions to count."""

    model_config = ConfigDict(extra="forbid")

    definition: Plain = Field(description=_DEFINITION)


class SegmentIn(DefinitionIn):
    """A segment of one's own."""

    name: Annotated[Word, StringConstraints(min_length=1, max_length=120)]
    note: Annotated[Word, StringConstraints(max_length=300)] = ""


class CountOut(BaseModel):
    """How many customers conditions describe now, and in which words."""

    says: str
    people: int | None = Field(description="null: it takes too long to wait for.")


class SegmentOut(BaseModel):
    """A segment; `size` follows within a second of what happens."""

    id: uuid.UUID
    key: str = Field(description="Of one that came with Shopbell, such as `lapsed`; else empty.")
    name: str
    note: str
    says: str = Field(description="Whom it describes, in words.")
    definition: dict[str, Any]
    size: int
    changed_at: datetime


class SegmentList(PageInfo):
    """A page of segments."""

    items: list[SegmentOut]


def segment_out(row: Segment, currency: str, names: Mapping[str, str]) -> SegmentOut:
    """Return one segment; `names` of all segments by id, since one may refer to others."""
    plain = ("id", "key", "name", "note", "definition", "size", "changed_at")
    says = sentence(read(row.definition), currency=currency, names=names)
    return SegmentOut(**{name: getattr(row, name) for name in plain}, says=says)
