"""Facts about segments."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("segment.entered", subject="customer_id")
@dataclass(frozen=True)
class SegmentEntered(Fact):
    """A customer came into a segment by what happened or as time went by."""

    segment_id: uuid.UUID
    customer_id: uuid.UUID


@event("segment.left", subject="customer_id")
@dataclass(frozen=True)
class SegmentLeft(Fact):
    """A customer is in a segment no longer."""

    segment_id: uuid.UUID
    customer_id: uuid.UUID
