"""What the send gate is told: who has left the journey gets no more of it, a pause holds.

Asked right before a message leaves, so somebody who bought a second ago gets no reminder.
"""

import uuid
from collections.abc import Sequence

from django.db.models import F, Q

from shopbell.journeys.engine import definitions_of, reached
from shopbell.journeys.models import Enrolment, EnrolmentState, JourneyState, Version
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.segments.models import Segment
from shopbell.segments.uses import tell_uses

PAUSED = "journey_paused"

type Said = tuple[Answer, str, str]


@rulings
def still_in_the_journey(messages: Sequence[Message]) -> Ruling | None:
    """Leave out messages to people who have left early, and hold those of a paused journey."""
    keys = {message.data["enrolment"] for message in messages if "enrolment" in message.data}
    if not keys:
        return None
    rows = list(Enrolment.objects.select_related("journey").filter(pk__in=keys))
    by_key = {str(row.pk): row for row in rows}
    over = reached(rows, definitions_of({row.version_id for row in rows}))

    def ruling(message: Message) -> Said | None:
        row = by_key.get(str(message.data.get("enrolment", "")))
        if row is None:
            return None
        if row.state in (EnrolmentState.GOAL, EnrolmentState.LEFT):
            return Answer.SKIP, "left_journey", row.reason or "They have left the journey."
        if row.pk in over:
            return Answer.SKIP, "left_journey", over[row.pk][1]
        if row.journey.state == JourneyState.PAUSED:
            return Answer.HOLD, PAUSED, f"The journey “{row.journey.name}” is paused."
        return None

    return ruling


def journeys_with(segment_id: uuid.UUID) -> list[str]:
    """Return the journeys that speak of a segment: as they are now, or as people are under way."""
    key = Segment.objects.filter(pk=segment_id).values_list("key", flat=True).first()
    names = {str(segment_id), key or str(segment_id)}
    under_way = Enrolment.objects.filter(state=EnrolmentState.ACTIVE).order_by()
    rows = Version.objects.select_related("journey").filter(
        Q(pk__in=under_way.values("version").distinct()) | Q(journey__current=F("pk"))
    )
    definitions = definitions_of({row.pk for row in rows})
    return sorted(
        {
            f"the journey “{row.journey.name}”"
            for row in rows
            if any(name in names for _, name in definitions[row.pk].segments())
        }
    )


tell_uses(journeys_with)
