"""What the send gate is told: who has left the journey gets no more of it, a pause holds.

Asked right before a message leaves, so somebody who bought a second ago gets no reminder.
"""

from collections.abc import Sequence

from shopbell.journeys.engine import definitions_of, reached
from shopbell.journeys.models import Enrolment, EnrolmentState, JourneyState
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message

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
