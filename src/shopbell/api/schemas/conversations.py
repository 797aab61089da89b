"""Conversations as the API shows them and takes answers to them."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import PageInfo, Word, storable_only
from shopbell.conversations.comments import is_public
from shopbell.conversations.models import Attachment, Conversation, Entry
from shopbell.slas.queries import Standing

ConversationStatus = Literal["open", "pending", "snoozed", "resolved", "spam"]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(storable_only)
]
Files = Annotated[list[uuid.UUID], Field(max_length=20)]
Copies = Annotated[list[Word], Field(max_length=20)]
_STRICT = ConfigDict(extra="forbid")


class ConversationOut(BaseModel):
    """One matter of one customer."""

    id: uuid.UUID
    number: int
    subject: str
    status: str = Field(description="open, pending, snoozed, resolved or spam.")
    priority: int = Field(description="0 low, 1 normal, 2 high, 3 urgent.")
    mood: str = Field(description="How the customer sounds: upset, pleased, or empty.")
    channel: str = Field(description="Where the customer wrote last: email or chat.")
    customer: uuid.UUID | None
    customer_email: str
    order: uuid.UUID | None
    owner: str | None = Field(description="E-mail of the member of staff who has it.")
    team: str | None = Field(description="Name of the team it belongs to.")
    due_at: datetime | None = Field(description="By when the next thing is promised.")
    due_for: str = Field(description="What is due: first, next (answer), resolution or news.")
    tags: list[str]
    reason: uuid.UUID | None = Field(description="Contact reason, see `/reasons`.")
    resolution: uuid.UUID | None = Field(description="How it ended, see `/reasons`.")
    fields: dict[str, Any] = Field(description="The store's own fields by key, see `/fields`.")
    linked: list[int] = Field(description="Numbers of conversations it is linked with.")
    preview: str
    message_count: int
    last_message_at: datetime
    waiting_since: datetime | None = Field(description="Since when the customer waits for us.")
    snoozed_until: datetime | None
    created_at: datetime


class FileOut(BaseModel):
    """A file of an entry."""

    id: uuid.UUID
    name: str
    content_type: str
    size: int = Field(description="Bytes.")
    scanned: str = Field(
        description="What the virus scanner said: pending, clean, infected, too_large;"
        " empty where there is none."
    )


class ForwardedOut(BaseModel):
    """What is known of a mail that somebody forwarded."""

    state: str = Field(description="offered, taken or left.")
    by: str = Field(description="Who forwarded it.")
    name: str
    address: str = Field(description="Of its first writer; may be empty while it is offered.")
    subject: str


class EntryOut(BaseModel):
    """One item of a conversation."""

    id: uuid.UUID
    kind: str = Field(description="incoming, reply, scheduled, note or activity.")
    author: str | None = Field(description="E-mail of the member of staff who wrote it.")
    sender: str = Field(description="Address or name of the customer who wrote it.")
    cc: list[str] = Field(description="Who else got it.")
    bcc: list[str] = Field(description="Who else got it without the others knowing.")
    text: str
    state: str = Field(description="Of a reply: state of its message, see Messages.")
    message: uuid.UUID | None = Field(description="The message that carries a reply.")
    files: list[FileOut]
    at: datetime
    due_at: datetime | None = Field(description="When a scheduled reply is to be sent.")
    held: str = Field(description="Why a scheduled reply is not sent by itself.")
    forwarded: ForwardedOut | None = Field(description="Of a mail that a colleague forwarded.")
    public: bool = Field(description="A comment, or an answer below one, that all can read.")
    hidden: bool = Field(description="A comment that the platform hides from others.")


class PromiseOut(BaseModel):
    """One promise to the customer (SLA)."""

    target: str = Field(description="first, next or resolution.")
    policy: str
    state: str = Field(description="running, late, frozen, met or missed.")
    due_at: datetime | None = Field(description="Null while it is frozen, and when it is over.")
    seconds_left: int | None = Field(description="Working time left of a frozen one.")
    ended_at: datetime | None


class ConversationWithEntries(ConversationOut):
    """A conversation with its last 200 entries, oldest first."""

    promises: list[PromiseOut]
    entries: list[EntryOut]


class ConversationList(PageInfo):
    """A page of conversations."""

    items: list[ConversationOut]


class TakeOverIn(BaseModel):
    """Whose mail it is."""

    model_config = _STRICT

    author: str = Field(default="", description="E-mail of the member of staff who does it.")
    address: str = Field(
        default="",
        max_length=320,
        description="Of the customer, if the forwarded mail does not say it.",
    )


class LeaveIn(BaseModel):
    """Nothing more to say."""

    model_config = _STRICT


class ReplyIn(BaseModel):
    """An answer to the customer. The same `client_id` twice is one answer."""

    model_config = _STRICT

    text: Words = Field(description="Markdown.")
    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")
    client_id: uuid.UUID | None = None
    files: Files = Field(default=[], description="Ids of files uploaded for it before.")
    cc: Copies = Field(default=[], description="Who gets a copy, by e-mail only.")
    bcc: Copies = Field(default=[], description="Who gets a copy that nobody else sees.")
    then: Literal["open", "pending", "resolved"] = "pending"
    send_at: datetime | None = Field(default=None, description="Later, with a zone. Empty: now.")


class PrivateReplyIn(BaseModel):
    """An answer to who wrote a public comment. The same `client_id` twice is one answer."""

    model_config = _STRICT

    text: Words
    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")
    client_id: uuid.UUID | None = None


class HideIn(BaseModel):
    """Whether a public comment shall be hidden from others."""

    model_config = _STRICT

    hidden: bool
    author: Word = Field(default="", description="E-mail of the member of staff who does it.")


class WhoIn(BaseModel):
    """Who writes on a platform: an order and its address, or one of them and how it is known."""

    model_config = _STRICT

    order_number: Word = ""
    email: Word = ""
    reason: Word = Field(default="", description="How it is known, where the two do not fit.")
    author: Word = Field(default="", description="E-mail of the member of staff who says so.")


class NoteIn(BaseModel):
    """An internal note."""

    model_config = _STRICT

    text: Words
    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")
    client_id: uuid.UUID | None = None
    files: Files = Field(default=[], description="Ids of files uploaded for it before.")


class StatusIn(BaseModel):
    """Where a conversation shall stand. `until` goes with snoozed; without: the next message."""

    model_config = _STRICT

    status: ConversationStatus
    until: datetime | None = None


class NewsIn(BaseModel):
    """By when a customer was told to hear from us; null: that is taken back."""

    model_config = _STRICT

    by: datetime | None
    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")


class AssignmentIn(BaseModel):
    """Who shall have it. What is absent stays."""

    model_config = _STRICT

    owner: Word | None = Field(
        default=None, description="E-mail of a member of staff; null for nobody."
    )
    team: Word | None = Field(default=None, description="Name of a team; null for none.")


class TagsIn(BaseModel):
    """All tags it shall carry."""

    model_config = _STRICT

    tags: list[Annotated[Word, StringConstraints(min_length=1, max_length=60)]] = Field(
        max_length=20
    )


_PLAIN = (
    "id", "number", "subject", "status", "priority", "mood", "tags", "linked", "preview",
    "message_count", "last_message_at", "waiting_since", "due_at", "due_for", "snoozed_until",
    "created_at",
)  # fmt: skip


def conversation_out(row: Conversation) -> ConversationOut:
    """Return a conversation without what was said."""
    return ConversationOut(
        **{name: getattr(row, name) for name in _PLAIN},
        channel=row.medium,
        customer=row.customer_id,
        customer_email=row.customer.email if row.customer else "",
        order=row.order_id,
        reason=row.reason_id,
        resolution=row.resolution_id,
        fields=row.fields,
        owner=row.owner.email if row.owner else None,
        team=row.team.name if row.team else None,
    )


def file_out(file: Attachment) -> FileOut:
    """Return one file."""
    return FileOut(
        id=file.pk,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        scanned=file.scanned,
    )


def promise_out(row: Standing) -> PromiseOut:
    """Return one promise."""
    return PromiseOut(
        target=row.target,
        policy=row.policy,
        state=row.state,
        due_at=row.due_at,
        seconds_left=int(row.left.total_seconds()) if row.left is not None else None,
        ended_at=row.ended_at,
    )


def entry_out(entry: Entry) -> EntryOut:
    """Return one entry (author, message and files preloaded)."""
    return EntryOut(
        id=entry.pk,
        kind=entry.kind,
        author=entry.author.email if entry.author else None,
        sender=entry.sender_address or entry.sender_name,
        cc=entry.copies,
        bcc=entry.blind_copies,
        text=entry.text,
        state=entry.outgoing.state if entry.outgoing else "",
        message=entry.outgoing_id,
        files=[file_out(file) for file in entry.attachments.all()],
        at=entry.happened_at,
        due_at=entry.due_at,
        held=str(entry.data.get("held", "")),
        forwarded=_forwarded(entry),
        public=is_public(entry),
        hidden=bool(entry.data.get("hidden")),
    )


def _forwarded(entry: Entry) -> ForwardedOut | None:
    found = entry.data.get("forwarded")
    if not found:
        return None
    told = {name: found[name] for name in ("state", "name", "address", "subject")}
    return ForwardedOut(**told, by=found["by_name"])
