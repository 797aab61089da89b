"""Conversations in and out: everything the agents' pages do, with the same rules."""

import uuid
from datetime import datetime

from django.db.models import Q, QuerySet
from ninja import File, Query, Status, UploadedFile
from pydantic import Field

from shopbell.accounts.models import User
from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import customers_named, staff_of
from shopbell.api.schemas.conversations import (
    AssignmentIn,
    ConversationList,
    ConversationOut,
    ConversationStatus,
    ConversationWithEntries,
    EntryOut,
    FileOut,
    NoteIn,
    ReplyIn,
    StatusIn,
    TagsIn,
    conversation_out,
    entry_out,
    file_out,
    promise_out,
)
from shopbell.api.schemas.listing import Paged, Word, as_uuid, page
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    send_reply,
    send_scheduled,
    set_status,
    set_tags,
    snooze,
    take_scheduled_back,
    upload_file,
)
from shopbell.conversations.actions.files import LARGEST
from shopbell.conversations.details import reason_named, typed
from shopbell.conversations.models import Conversation, CustomField, Entry, EntryKind, Team
from shopbell.conversations.queries import Filters, matching, timeline
from shopbell.conversations.search.asking import ask
from shopbell.kit.errors import Invalid, NotFound
from shopbell.slas.queries import standings_of

_TAG = "Conversations"
_ADDRESS = "/conversations/{ref}"


class ConversationFilter(Paged):
    """Which conversations."""

    status: ConversationStatus | None = None
    customer: Word = Field(default="", description="Our id, e-mail, phone, or the shop's id.")
    owner: Word = Field(default="", description="E-mail of a member of staff.")
    tag: Word = ""
    reason: Word = Field(default="", description="Id or path of a contact reason; finds below it.")
    field: Word = Field(default="", description="A field of the store's own: key:value.")
    q: Word = Field(
        default="",
        description="Words, a name, an address, an order or parcel number; filters such as "
        "`from:mara tag:refund before:2026-11`, as in the inbox.",
    )


@endpoint(
    "GET",
    "/conversations",
    scope="conversations:read",
    answers={200: ConversationList},
    tag=_TAG,
)
def list_conversations(request: ApiRequest, query: Query[ConversationFilter]) -> ConversationList:
    """List conversations, newest first."""
    start = Filters(
        status=query.status or "",
        tag=query.tag.lower(),
        reason_id=reason_named(query.reason, "contact").pk if query.reason else None,
        told=_told(query.field) if query.field else None,
    )
    zone = store_by_id(request.auth.store_id).timezone
    asked = ask(query.q, start=start, viewer=None, zone=zone)
    if asked.troubles:
        raise Invalid("The search was not understood.", fields={"q": " ".join(asked.troubles)})
    rows = matching(asked.filters)
    if query.customer:
        rows = rows.filter(customer_id__in=customers_named(query.customer))
    if query.owner:
        rows = rows.filter(owner__email=query.owner.lower())
    found, following = page(rows.select_related("customer", "owner", "team"), query)
    return ConversationList(items=[conversation_out(row) for row in found], next=following)


@endpoint(
    "GET", _ADDRESS, scope="conversations:read", answers={200: ConversationWithEntries}, tag=_TAG
)
def get_conversation(request: ApiRequest, ref: str) -> ConversationWithEntries:
    """Return a conversation by our id or its number, with what was said."""
    return _whole(named(ref))


@endpoint(
    "GET",
    f"{_ADDRESS}/messages",
    scope="conversations:read",
    answers={200: list[EntryOut]},
    tag=_TAG,
)
def list_entries(request: ApiRequest, ref: str) -> list[EntryOut]:
    """Return the last 200 entries of a conversation, oldest first."""
    return [entry_out(entry) for entry in timeline(named(ref))]


@endpoint(
    "POST", f"{_ADDRESS}/replies", scope="conversations:write", answers={201: EntryOut}, tag=_TAG
)
def post_reply(request: ApiRequest, ref: str, body: ReplyIn) -> Status[EntryOut]:
    """Answer the customer where they wrote last.

    It passes the send gate: look at `state`, and at the message for the reason.
    """
    entry = send_reply(
        store=store_by_id(request.auth.store_id),
        conversation=named(ref),
        author=staff_named(body.author),
        reply=Reply(
            body.text,
            client_id=body.client_id,
            then=body.then,
            files=tuple(body.files),
            cc=tuple(body.cc),
            bcc=tuple(body.bcc),
            at=with_zone(body.send_at, "send_at"),
        ),
    )
    return Status(201, _shown(entry))


@endpoint(
    "POST",
    f"{_ADDRESS}/scheduled/{{entry}}/send",
    scope="conversations:write",
    answers={200: EntryOut},
    tag=_TAG,
)
def post_scheduled_send(request: ApiRequest, ref: str, entry: uuid.UUID) -> EntryOut:
    """Send a scheduled reply now, also one that is held. As a reply it has a new id."""
    _scheduled(ref, entry)
    store = store_by_id(request.auth.store_id)
    sent = send_scheduled(store=store, entry_id=entry, now=True)
    if sent is None:
        raise NotFound("This answer is not waiting any more.")
    return _shown(sent)


@endpoint(
    "POST",
    f"{_ADDRESS}/scheduled/{{entry}}/cancel",
    scope="conversations:write",
    answers={200: EntryOut},
    tag=_TAG,
)
def post_scheduled_cancel(request: ApiRequest, ref: str, entry: uuid.UUID) -> EntryOut:
    """Cancel a scheduled reply; returns it as it was. Its files can go with another one."""
    shown = _shown(_scheduled(ref, entry))
    take_scheduled_back(entry_id=entry, by=None)
    return shown


@endpoint(
    "POST", f"{_ADDRESS}/files", scope="conversations:write", answers={201: FileOut}, tag=_TAG
)
def post_file(request: ApiRequest, ref: str, file: File[UploadedFile]) -> Status[FileOut]:
    """Upload a file for an answer or a note; name its id there. At most 18 MB."""
    content = file.read(LARGEST + 1)
    kept = upload_file(conversation=named(ref), by=None, name=file.name or "", content=content)
    return Status(201, file_out(kept))


@endpoint(
    "POST", f"{_ADDRESS}/notes", scope="conversations:write", answers={201: EntryOut}, tag=_TAG
)
def post_note(request: ApiRequest, ref: str, body: NoteIn) -> Status[EntryOut]:
    """Leave an internal note; the customer never sees it."""
    entry = add_note(
        conversation=named(ref),
        author=staff_named(body.author),
        text=body.text,
        client_id=body.client_id,
        files=tuple(body.files),
    )
    return Status(201, _shown(entry))


@endpoint(
    "POST",
    f"{_ADDRESS}/status",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_status(request: ApiRequest, ref: str, body: StatusIn) -> ConversationOut:
    """Open, resolve, snooze … a conversation."""
    row = named(ref)
    if body.status == "snoozed":
        until = with_zone(body.until, "until")
        return plain(snooze(conversation=row, until=until, by=None))
    if body.until is not None:
        raise Invalid("Only a snooze ends at a time.", fields={"until": "goes with snoozed"})
    return plain(set_status(conversation=row, status=body.status, by=None))


@endpoint(
    "POST",
    f"{_ADDRESS}/assignment",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_assignment(request: ApiRequest, ref: str, body: AssignmentIn) -> ConversationOut:
    """Give a conversation to a member of staff, to a team, or to nobody."""
    row, given = named(ref), body.model_fields_set
    if not given:
        raise Invalid("Say who shall have it.", fields={"owner": "or team is needed"})
    owner = staff_named(body.owner or "") if "owner" in given else row.owner
    team = team_named(body.team or "") if "team" in given else row.team
    return plain(assign(conversation=row, by=None, owner=owner, team=team))


@endpoint(
    "POST",
    f"{_ADDRESS}/tags",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_tags(request: ApiRequest, ref: str, body: TagsIn) -> ConversationOut:
    """Replace the tags of a conversation."""
    return plain(set_tags(conversation=named(ref), tags=body.tags, by=None))


def _told(text: str) -> tuple[str, object]:
    key, _, value = text.partition(":")
    field = CustomField.objects.filter(key=key[:40]).first()
    found = typed(field, value) if field else None
    if field is None or found is None:
        raise Invalid("There is no such field.", fields={"field": "is key:value, see /fields"})
    return field.key, found


def _scheduled(ref: str, key: uuid.UUID) -> Entry:
    found = named(ref).entries.filter(pk=key, kind=EntryKind.SCHEDULED).first()
    if found is None:
        raise NotFound("This answer is not waiting.", remedy="It may have been sent already.")
    return found


def with_zone(at: datetime | None, field: str) -> datetime | None:
    """Return a time that was given, and refuse one without a zone."""
    if at is not None and at.tzinfo is None:
        raise Invalid("The time has no zone.", fields={field: "needs a zone, such as Z"})
    return at


def _rows() -> QuerySet[Conversation]:
    return Conversation.objects.select_related("customer", "owner", "team")


def named(ref: str) -> Conversation:
    """Return the conversation an address names by our id or its number."""
    key = as_uuid(ref)
    wanted = Q(pk=key) if key is not None else Q(pk=None)
    if ref.isascii() and ref.isdigit() and len(ref) < 10:
        wanted = Q(number=int(ref))
    row = _rows().filter(wanted).first()
    while row is not None and row.merged_into_id is not None:
        row = _rows().filter(pk=row.merged_into_id).first()
    if row is None:
        raise NotFound(f"There is no conversation {ref[:120]!r}.", remedy="Check the number.")
    return row


def staff_named(email: str) -> User | None:
    """Return the member of staff with this address; empty is nobody."""
    if not email:
        return None
    return staff_of(email, "author").user


def team_named(name: str) -> Team | None:
    """Return the team of this name; empty is none."""
    if not name:
        return None
    found = Team.objects.filter(name=name).first()
    if found is None:
        raise Invalid("There is no such team.", fields={"team": "is unknown"})
    return found


def plain(row: Conversation) -> ConversationOut:
    """Return a conversation as it is now, without what was said."""
    return conversation_out(_rows().get(pk=row.pk))


def _whole(row: Conversation) -> ConversationWithEntries:
    entries = [entry_out(entry) for entry in timeline(row)]
    return ConversationWithEntries(
        **conversation_out(row).model_dump(),
        entries=entries,
        promises=[promise_out(each) for each in standings_of(row)],
    )


def _shown(entry: Entry) -> EntryOut:
    rows = Entry.objects.select_related("author", "outgoing").prefetch_related("attachments")
    return entry_out(rows.get(pk=entry.pk))
