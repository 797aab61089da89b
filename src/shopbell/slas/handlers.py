"""What happens at the desk moves the clocks, in the order in which it happened."""

from collections.abc import Sequence
from typing import Any

from shopbell.conversations.events import (
    ConversationAssigned,
    ConversationMarked,
    ConversationMerged,
    ConversationRegrouped,
    ConversationStarted,
    ConversationUnmerged,
    CustomerWrote,
    ReplySent,
    StatusChanged,
)
from shopbell.events.registry import Recorded, on
from shopbell.kit.rounds import apart
from shopbell.slas.fitting import Promises
from shopbell.slas.following import follow, follow_all
from shopbell.slas.news import take_news_along


def _follow_each(batch: Sequence[Recorded[Any]]) -> None:
    """One pass for all conversations, each as of the last thing that happened in it."""
    follow_all({each.fact.conversation_id: each.occurred_at for each in batch})


@on(ConversationStarted)
def start_clocks(batch: Sequence[Recorded[ConversationStarted]]) -> None:
    """A customer began to wait."""
    _follow_each(batch)


@on(CustomerWrote)
def start_waiting(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """A customer wrote: perhaps they wait from now on."""
    _follow_each(batch)


@on(ReplySent)
def end_waiting(batch: Sequence[Recorded[ReplySent]]) -> None:
    """Somebody answered."""
    _follow_each(batch)


@on(StatusChanged)
def freeze_or_run(batch: Sequence[Recorded[StatusChanged]]) -> None:
    """Freeze while we wait for the customer, run again when they are back, end when it is done."""
    promises = Promises()
    for several in apart(batch, lambda each: each.fact.conversation_id):
        follow_all(
            {each.fact.conversation_id: each.occurred_at for each in several},
            statuses={each.fact.conversation_id: each.fact.after for each in several},
            promises=promises,
        )


@on(ConversationAssigned)
def choose_again(batch: Sequence[Recorded[ConversationAssigned]]) -> None:
    """Another team may promise something else; the clocks themselves go on."""
    _follow_each(batch)


@on(ConversationMarked)
def choose_anew(batch: Sequence[Recorded[ConversationMarked]]) -> None:
    """Another priority or tag may promise something else."""
    _follow_each(batch)


@on(ConversationMerged)
def follow_both(batch: Sequence[Recorded[ConversationMerged]]) -> None:
    """What was waited for in one is waited for in the other."""
    promises = Promises()
    for each in batch:
        pair = [each.fact.conversation_id, each.fact.into_id]
        take_news_along(*pair)
        follow(pair, at=each.occurred_at, promises=promises)


@on(ConversationUnmerged)
def follow_both_again(batch: Sequence[Recorded[ConversationUnmerged]]) -> None:
    """Each waits for its own again."""
    promises = Promises()
    for each in batch:
        pair = [each.fact.conversation_id, each.fact.from_id]
        follow(pair, at=each.occurred_at, promises=promises)


@on(ConversationRegrouped)
def follow_the_thread(batch: Sequence[Recorded[ConversationRegrouped]]) -> None:
    """What is waited for goes with the thread."""
    promises = Promises()
    for each in batch:
        pair = [each.fact.conversation_id, each.fact.other_id]
        follow(pair, at=each.occurred_at, promises=promises)
