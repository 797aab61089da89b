"""Where a customer stands with the shop, and which channels a notification takes there.

A stage without a list of its own takes everybody's; who has an open conversation is told first by
the channel it is held on, as people who complain expect it. A newcomer's mistake: asking what holds
today about news of last month; `standings` takes the moment.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import unsettled_conversations
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import TELLING
from shopbell.notifications.kinds import Stage
from shopbell.orders.models import Order

USED = "used"  # in a list: the channel the customer writes by
LONGEST_WAIT = 3 * 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Steps:
    """An ordered list of channels, and minutes without "delivered" until the next one is tried."""

    media: tuple[str, ...]
    waits: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"media": list(self.media), "waits": dict(self.waits)}


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """What a notification does in each stage: everybody's steps, and stages with their own."""

    steps: Steps
    stages: Mapping[str, Steps]

    def steps_for(self, standing: "Standing") -> Steps:
        """Return the channels for a customer, with the used one in its place."""
        own = self.stages.get(standing.stage)
        chosen = own or self.steps
        media = list(chosen.media)
        if own is None and standing.stage == Stage.COMPLAINING and standing.used in media:
            media.insert(0, standing.used)
        found = [standing.used if medium == USED else medium for medium in media]
        usable = tuple(dict.fromkeys(medium for medium in found if medium in TELLING))
        waits = {m: n for m, n in chosen.waits.items() if m != USED}
        if standing.used and USED in chosen.waits:
            waits[standing.used] = chosen.waits[USED]
        return Steps(usable, waits) if usable else self.steps


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage of a customer, and the channel of the open conversation."""

    stage: Stage
    used: str = ""


def read_stages(stored: Mapping[str, Any] | None) -> dict[str, Steps]:
    """Return stored lists of stages."""
    return {
        stage: Steps(tuple(row.get("media", ())), dict(row.get("waits", {})))
        for stage, row in (stored or {}).items()
    }


def check_stages(stages: Mapping[str, Any]) -> dict[str, Any]:
    """Return usable lists of stages as they are stored.

    Raises:
        Invalid: a stage, a channel or a time cannot be used.
    """
    checked = {}
    for stage, row in stages.items():
        if stage not in set(Stage):
            raise Invalid(
                f"There is no stage {stage!r}.", fields={"stages": f"Known: {', '.join(Stage)}."}
            )
        media, waits = list(row.get("media") or []), dict(row.get("waits") or {})
        wrong = [
            m for m in media if m not in TELLING and not (m == USED and stage == "complaining")
        ]
        if wrong or not media:
            said = "email, sms, whatsapp, and for complaining customers used."
            raise Invalid("Give a list of channels.", fields={f"stages.{stage}": said})
        check_waits(waits)
        checked[stage] = {"media": list(dict.fromkeys(media)), "waits": waits}
    return checked


def check_waits(waits: Mapping[str, Any]) -> None:
    """Refuse times that cannot be waited.

    Raises:
        Invalid: one is no number of minutes between one and three days' worth.
    """
    for medium, minutes in waits.items():
        if medium not in (*TELLING, USED) or isinstance(minutes, bool):
            raise Invalid(
                "Waiting times are minutes by channel.", fields={"waits": "Such as whatsapp: 15."}
            )
        if not isinstance(minutes, int) or not 1 <= minutes <= LONGEST_WAIT:
            raise Invalid(
                "The next channel is tried after a minute to three days.",
                fields={"waits": f"{medium}: 1 to {LONGEST_WAIT} minutes."},
            )


def standings(asked: Sequence[tuple[Order, datetime]]) -> list[Standing]:
    """Return where the customers of orders stood at a moment each, in two queries."""
    people = {order.customer_id for order, _ in asked if order.customer_id}
    earliest = min((at for _, at in asked), default=clock.now())
    talks = unsettled_conversations(people, earliest)
    first = _first_orders(people)
    return [_standing(order, at, talks, first) for order, at in asked]


def _standing(
    order: Order,
    at: datetime,
    talks: Mapping[uuid.UUID, Sequence[Conversation]],
    first: Mapping[uuid.UUID, datetime | None],
) -> Standing:
    person = order.customer_id
    if person is None:
        return Standing(Stage.NEW)
    for talk in talks.get(person, ()):
        if talk.created_at <= at and (talk.resolved_at is None or talk.resolved_at > at):
            return Standing(Stage.COMPLAINING, talk.medium)
    began = first.get(person)
    returning = began is not None and order.placed_at is not None and order.placed_at > began
    return Standing(Stage.RETURNING if returning else Stage.NEW)


def _first_orders(people: set[uuid.UUID]) -> dict[uuid.UUID, datetime | None]:
    rows = Order.objects.filter(customer__in=people, is_stub=False).values("customer_id")
    return {row["customer_id"]: row["first"] for row in rows.annotate(first=Min("placed_at"))}
