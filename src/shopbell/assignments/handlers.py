"""Whenever somebody comes, goes, gets room or closes, what waits is looked at again."""

from collections.abc import Sequence

from shopbell.assignments.actions import give_to_teams_of_inboxes
from shopbell.assignments.events import AvailabilityChanged, CapacityChanged, TeamChanged
from shopbell.assignments.handing import hand_out
from shopbell.assignments.models import Agent
from shopbell.conversations.events import (
    ConversationAssigned,
    ConversationStarted,
    ConversationUnmerged,
    CustomerWrote,
    StatusChanged,
)
from shopbell.events.registry import Recorded, on


@on(ConversationStarted)
def route_new(batch: Sequence[Recorded[ConversationStarted]]) -> None:
    """Give new conversations to the teams of their inboxes, and hand them out."""
    give_to_teams_of_inboxes(conversation_ids=[each.fact.conversation_id for each in batch])
    hand_out()


@on(CustomerWrote)
def hand_out_waiting(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """A customer waits."""
    hand_out()


@on(ConversationUnmerged)
def hand_out_what_came_back(batch: Sequence[Recorded[ConversationUnmerged]]) -> None:
    """A conversation is there again, and may wait for somebody."""
    hand_out()


@on(StatusChanged)
def hand_out_room(batch: Sequence[Recorded[StatusChanged]]) -> None:
    """Somebody has room again, or a conversation came back."""
    hand_out()


@on(ConversationAssigned)
def note_by_hand(batch: Sequence[Recorded[ConversationAssigned]]) -> None:
    """What was given by hand is not taken back at once; who gave away has room again."""
    by_hand = [each for each in batch if not each.fact.reason]
    for each in by_hand:
        if each.fact.owner_id is not None:
            Agent.objects.filter(user_id=each.fact.owner_id).update(acted_at=each.occurred_at)
    if by_hand:
        hand_out()


@on(AvailabilityChanged)
def hand_out_to_who_came(batch: Sequence[Recorded[AvailabilityChanged]]) -> None:
    """Somebody came."""
    if any(each.fact.available for each in batch):
        hand_out()


@on(CapacityChanged)
def hand_out_to_room(batch: Sequence[Recorded[CapacityChanged]]) -> None:
    """Somebody takes more."""
    hand_out()


@on(TeamChanged)
def hand_out_anew(batch: Sequence[Recorded[TeamChanged]]) -> None:
    """Another way of handing out."""
    hand_out()
