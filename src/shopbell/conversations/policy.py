"""How a store's desk behaves: data in `Store.policies["desk"]`, with the defaults here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shopbell.accounts.models import Store

FOLLOW_UPS = ("reopen", "new")


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """What happens when somebody writes into a resolved conversation, and how long undo lasts.

    `follow_up` "reopen" within `follow_up_days`, later (or with "new") it is a new conversation.
    """

    follow_up: str = "reopen"
    follow_up_days: int = 14
    undo_seconds: int = 15
    chat_to_mail_seconds: int = 120  # an unread chat answer goes by mail after this
    needs_reason: bool = False  # a person cannot resolve without a contact reason
    needs_resolution: bool = False  # nor without saying how it ended
    only_owner_answers: bool = False  # others leave notes; supervisors may all the same
    forwards_vouched_by: str = ""  # mail server that proves who forwards, see `passing_on`
    acknowledgement: str = ""  # Markdown sent at once to who writes a first mail; empty: nothing

    @property
    def reopens_for(self) -> timedelta:
        """How long after its end a conversation is reopened."""
        return timedelta(days=self.follow_up_days if self.follow_up == "reopen" else 0)


def desk_policy(store: Store) -> DeskPolicy:
    """Read the policy of a store; unknown keys and unusable values fall back to the defaults."""
    found = (store.policies or {}).get("desk")
    raw: dict[str, Any] = found if isinstance(found, dict) else {}
    default = DeskPolicy()
    follow_up = raw.get("follow_up")
    return DeskPolicy(
        follow_up=follow_up if follow_up in FOLLOW_UPS else default.follow_up,
        follow_up_days=_number(raw.get("follow_up_days"), default.follow_up_days, 3650),
        undo_seconds=_number(raw.get("undo_seconds"), default.undo_seconds, 120),
        chat_to_mail_seconds=_number(
            raw.get("chat_to_mail_seconds"), default.chat_to_mail_seconds, 86_400
        ),
        needs_reason=raw.get("needs_reason") is True,
        needs_resolution=raw.get("needs_resolution") is True,
        only_owner_answers=raw.get("only_owner_answers") is True,
        forwards_vouched_by=str(raw.get("forwards_vouched_by") or "")[:255],
        acknowledgement=str(raw.get("acknowledgement") or "")[:5000],
    )


def _number(value: Any, default: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        return default
    return value
