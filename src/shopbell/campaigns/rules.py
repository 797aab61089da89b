"""What the send gate is told: a pause holds, a cancelled campaign leaves out."""

import uuid
from collections.abc import Sequence

from shopbell.campaigns.models import Campaign, Stage
from shopbell.campaigns.reasons import CANCELLED, PAUSED
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.messaging.titles import TITLES
from shopbell.segments.uses import tell_uses

TITLES.update({"campaign": "Campaign"})

type Said = tuple[Answer, str, str]


@rulings
def pauses_and_ends(messages: Sequence[Message]) -> Ruling | None:
    """Hold or leave out messages of a campaign that is paused or cancelled."""
    keys = {message.data["campaign"] for message in messages if "campaign" in message.data}
    if not keys:
        return None
    rows = Campaign.objects.filter(pk__in=keys, stage__in=(Stage.PAUSED, Stage.CANCELLED))
    found = {str(row.pk): row for row in rows}

    def ruling(message: Message) -> Said | None:
        row = found.get(str(message.data.get("campaign", "")))
        if row is None:
            return None
        if row.stage == Stage.PAUSED:
            return Answer.HOLD, PAUSED, f"The campaign “{row.name}” is paused."
        return Answer.SKIP, CANCELLED, f"The campaign “{row.name}” was cancelled."

    return ruling if found else None


def campaigns_using(segment: uuid.UUID) -> list[str]:
    """Return the campaigns that still need a segment."""
    over = (Stage.DONE, Stage.CANCELLED)
    rows = Campaign.objects.exclude(stage__in=over)
    using = rows.filter(include__contains=[segment]) | rows.filter(exclude__contains=[segment])
    return [f"the campaign “{name}”" for name in using.values_list("name", flat=True)]


tell_uses(campaigns_using)
