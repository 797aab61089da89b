"""Reactions of the desk to what happened: an answer in the chat may have to go by mail."""

from collections.abc import Sequence

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.continuing import plan_mails
from shopbell.conversations.events import ReplySent
from shopbell.events.registry import Recorded, on


@on(ReplySent)
def plan_mail_for_unseen_answers(batch: Sequence[Recorded[ReplySent]]) -> None:
    """Give unseen answers in the chat a time after which they go by mail."""
    chats = [each.fact.entry_id for each in batch if each.fact.medium == "chat"]
    if chats:
        plan_mails(store=store_by_id(batch[0].store_id), entry_ids=chats)
