"""What the send gate is told: a pause holds, a stop leaves out, and what is replaced waits.

Read once for a batch of messages; usually one small query says that there is nothing to say.
"""

import uuid
from collections.abc import Mapping, Sequence

from shopbell.announcements.models import Announcement, Place, Recipient, Stage, State, Telling
from shopbell.announcements.reasons import HELD_BY_INCIDENT, PAUSED, STOPPED
from shopbell.announcements.sending import FOLLOW_UP, KIND
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.messaging.titles import TITLES

TITLES.update({KIND: "Announcement", FOLLOW_UP: "Follow-up of an announcement"})

type Said = tuple[Answer, str, str]


@rulings
def pauses_and_stops(messages: Sequence[Message]) -> Ruling | None:
    """Hold or leave out messages of a telling that is paused or stopped."""
    keys = {message.data["telling"] for message in messages if "telling" in message.data}
    if not keys:
        return None
    rows = Telling.objects.select_related("announcement").filter(
        pk__in=keys, stage__in=(Stage.PAUSED, Stage.STOPPED)
    )
    found = {str(row.pk): row for row in rows}

    def ruling(message: Message) -> Said | None:
        row = found.get(message.data.get("telling", ""))
        if row is None:
            return None
        name = row.announcement.name
        if row.stage == Stage.PAUSED:
            return Answer.HOLD, PAUSED, f"The announcement “{name}” is paused."
        return Answer.SKIP, STOPPED, f"The announcement “{name}” was stopped by {row.ended_as}."

    return ruling if found else None


@rulings
def replaced_notifications(messages: Sequence[Message]) -> Ruling | None:
    """Hold the notifications that a running announcement replaces, for the people it affects."""
    asked = [
        m for m in messages if m.origin == "rule" and m.customer_id and "telling" not in m.data
    ]
    if not asked:
        return None
    running = {
        row.pk: row for row in Announcement.objects.filter(state=State.RUNNING).exclude(holds=[])
    }
    if not running:
        return None
    by_customer = _affected(running, {m.customer_id for m in asked if m.customer_id})

    def ruling(message: Message) -> Said | None:
        if message.origin != "rule" or message.customer_id is None:
            return None
        for row in by_customer.get(message.customer_id, ()):
            if message.kind in row.holds:
                said = f"Held while the announcement “{row.name}” runs."
                return Answer.HOLD, HELD_BY_INCIDENT, said
        return None

    return ruling


def _affected(
    running: Mapping[uuid.UUID, Announcement], customers: set[uuid.UUID]
) -> dict[uuid.UUID, list[Announcement]]:
    rows = Recipient.objects.filter(
        telling__announcement__in=list(running), telling__number=1, customer__in=customers
    ).exclude(state=Place.LEFT_OUT)
    found: dict[uuid.UUID, list[Announcement]] = {}
    for customer, key in rows.values_list("customer_id", "telling__announcement_id"):
        found.setdefault(customer, []).append(running[key])
    return found
