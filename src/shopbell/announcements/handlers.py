"""Customers write while something is wrong: their conversations are linked and tagged."""

from collections.abc import Sequence

from shopbell.announcements.actions.linking import link_conversations, note_answers
from shopbell.conversations.events import CustomerWrote
from shopbell.events.registry import Recorded, on


@on(CustomerWrote)
def link_what_affected_people_write(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """Link conversations with the announcements that run for these people."""
    people = [item.fact for item in batch if not item.fact.nature]
    if people:
        link_conversations(conversation_ids={fact.conversation_id for fact in people})
        note_answers(entry_ids={fact.entry_id for fact in people})
