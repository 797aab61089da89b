"""Facts about conversations. Ids and plain values only."""

import uuid
from dataclasses import dataclass, field

from shopbell.events.registry import Fact, event


@event("conversation.started", subject="conversation_id")
@dataclass(frozen=True)
class ConversationStarted(Fact):
    """A new matter was opened, by the customer or by a member of staff."""

    conversation_id: uuid.UUID
    medium: str = ""


@event("conversation.customer_wrote", subject="conversation_id")
@dataclass(frozen=True)
class CustomerWrote(Fact):
    """A customer wrote. `nature` is empty for a person, else auto_reply, bounce …"""

    conversation_id: uuid.UUID
    entry_id: uuid.UUID
    medium: str = ""
    nature: str = ""


@event("conversation.replied", subject="conversation_id")
@dataclass(frozen=True)
class ReplySent(Fact):
    """A member of staff answered; with `automatic` it was a rule, and the customer still waits."""

    conversation_id: uuid.UUID
    entry_id: uuid.UUID
    medium: str = ""
    automatic: bool = False


@event("conversation.noted", subject="conversation_id")
@dataclass(frozen=True)
class NoteAdded(Fact):
    """A member of staff left an internal note. `mentioned`: users named in it with @."""

    conversation_id: uuid.UUID
    entry_id: uuid.UUID
    mentioned: list[int] = field(default_factory=list)


@event("conversation.status_changed", subject="conversation_id")
@dataclass(frozen=True)
class StatusChanged(Fact):
    """A conversation was resolved, snoozed, reopened …"""

    conversation_id: uuid.UUID
    before: str
    after: str


@event("conversation.assigned", subject="conversation_id")
@dataclass(frozen=True)
class ConversationAssigned(Fact):
    """A conversation got another owner or team. Empty ids mean nobody; `by_id` who did it."""

    conversation_id: uuid.UUID
    owner_id: int | None = None
    team_id: uuid.UUID | None = None
    by_id: int | None = None
    reason: str = ""


@event("conversation.marked", subject="conversation_id")
@dataclass(frozen=True)
class ConversationMarked(Fact):
    """A conversation got another priority or other tags."""

    conversation_id: uuid.UUID


@event("conversation.merged", subject="conversation_id")
@dataclass(frozen=True)
class ConversationMerged(Fact):
    """A conversation was put into another one."""

    conversation_id: uuid.UUID
    into_id: uuid.UUID


@event("conversation.unmerged", subject="conversation_id")
@dataclass(frozen=True)
class ConversationUnmerged(Fact):
    """A merge was undone: the conversation is there again, with what was said in it since."""

    conversation_id: uuid.UUID
    from_id: uuid.UUID


@event("conversation.regrouped", subject="conversation_id")
@dataclass(frozen=True)
class ConversationRegrouped(Fact):
    """A thread went from a conversation into another one, or came back."""

    conversation_id: uuid.UUID
    other_id: uuid.UUID
