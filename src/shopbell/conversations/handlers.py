"""Reactions of the desk to what happened.

An answer in the chat may have to go by mail; offers that waited for a matter are let go with it.
"""

from collections.abc import Sequence
from typing import Any

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.continuing import plan_mails
from shopbell.conversations.actions.waiting import release_waiting
from shopbell.conversations.events import ConversationMerged, ReplySent, StatusChanged
from shopbell.conversations.models import Status
from shopbell.events.registry import Recorded, on


@on(ReplySent)
def plan_mail_for_unseen_answers(batch: Sequence[Recorded[ReplySent]]) -> None:
    """Give unseen answers in the chat a time after which they go by mail."""
    chats = [each.fact.entry_id for each in batch if each.fact.medium == "chat"]
    if chats:
        plan_mails(store=store_by_id(batch[0].store_id), entry_ids=chats)


@on(StatusChanged, ConversationMerged)
def let_offers_go_on(batch: Sequence[Recorded[Any]]) -> None:
    """Let go what waited for conversations that are settled now, if no other one is open."""
    settled = {
        each.fact.conversation_id
        for each in batch
        if getattr(each.fact, "after", Status.RESOLVED) in (Status.RESOLVED, Status.SPAM)
    }
    if settled:
        release_waiting(settled=settled)
