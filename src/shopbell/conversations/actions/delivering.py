"""Handing an answer to the outbox, and what that means for its conversation."""

from datetime import timedelta

from django.db.models import Max

from shopbell.accounts.models import Store
from shopbell.conversations.actions.files import as_message_files
from shopbell.conversations.actions.status import set_status
from shopbell.conversations.actions.timeline import AUTOMATIC, show_last, tell_pages
from shopbell.conversations.comments import PRIVATE
from shopbell.conversations.composing import compose
from shopbell.conversations.events import ReplySent
from shopbell.conversations.models import Conversation, Entry, EntryKind, Status, Thread
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.search.keeping import keep_entry
from shopbell.customers.models import Customer
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.messaging.actions import Draft, queue_messages, send_directly
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER, Medium, Target

# What an entry keeps about how it leaves.
_PASSED_ON = ("approved", "options")


def deliver(
    *, store: Store, row: Conversation, entry: Entry, then: str = "", undo: bool = True
) -> Entry:
    """Let an answer leave, in the transaction and under the lock of the caller.

    `undo`: a mail waits for the seconds of undo first.
    """
    thread, author = entry.thread, entry.author
    assert thread is not None
    automatic = entry.nature == AUTOMATIC
    entry.outgoing = _send(store, row, thread, entry, undo=undo)
    entry.save(update_fields=["outgoing"])
    show_last(row, entry)
    keep_entry(row, entry, files=[str(file["name"]) for file in entry.outgoing.data["files"]])
    if not automatic:
        row.waiting_since = None
        row.first_reply_at = row.first_reply_at or entry.created_at
        row.owner = row.owner or author
    row.save()
    if then or not automatic:
        set_status(conversation=row, status=then or Status.PENDING, by=author)
    emit(
        ReplySent(
            conversation_id=row.pk,
            entry_id=entry.pk,
            medium=thread.medium,
            automatic=automatic,
        )
    )
    tell_pages(row, thread)
    return entry


def _send(
    store: Store, conversation: Conversation, thread: Thread, entry: Entry, *, undo: bool
) -> Message:
    direct = thread.medium == Medium.CHAT
    wait = timedelta(seconds=desk_policy(store).undo_seconds if undo else 0)
    composed = compose(
        store=store, conversation=conversation, thread=thread, entry=entry, author=entry.author
    )
    customer = _customer(conversation, entry)
    draft = Draft(
        business_key=f"reply:{entry.pk}",
        kind="reply",
        purpose="support",
        media=(thread.answered_by,),
        customer=customer,
        to_address=thread.external_key if direct else _address(thread, entry),
        to_name=customer.name if customer else "",
        locale=conversation.locale,
        origin="agent",
        due_at=None if direct else clock.now() + wait,
        data={
            "content": {"subject": composed.subject, "text": composed.text, "html": composed.html},
            "headers": composed.headers,
            "from_name": composed.from_name,
            "inbox": str(thread.inbox_id or ""),
            "conversation": conversation.number,
            "cc": entry.copies,
            "bcc": entry.blind_copies,
            "files": as_message_files(list(entry.attachments.order_by("created_at", "id"))),
            **({"automatic": True} if entry.nature == AUTOMATIC else {}),
            **{key: entry.data[key] for key in _PASSED_ON if entry.data.get(key)},
            **_target(thread, entry),
            **_by_number(thread),
        },
    )
    if direct:
        return send_directly(store=store, draft=draft)
    queue_messages(drafts=[draft])
    return Message.objects.get(business_key=draft.business_key)


def _by_number(thread: Thread) -> dict[str, str]:
    """Return what an answer to a number needs.

    `wrote_at`: when the customer last wrote there; who did so after a STOP gets an answer. `from`:
    the number of ours that they wrote to, where an inbox has several.
    """
    if thread.medium not in BY_NUMBER:
        return {}
    rows = thread.entries.filter(kind=EntryKind.INCOMING)
    last = rows.filter(nature="").aggregate(at=Max("created_at"))["at"]
    told = {"wrote_at": last.isoformat()} if last else {}
    newest = rows.order_by("-created_at", "-id").values_list("data__number", flat=True).first()
    return told | ({"from": str(newest)} if newest else {})


def _customer(conversation: Conversation, entry: Entry) -> Customer | None:
    """Return whose message it is: who answers it is taken for that customer."""
    private = entry.data.get(PRIVATE)
    if private is None:
        return conversation.customer
    key = str(private["customer"])
    return Customer.objects.filter(pk=key).first() if key else None


def _address(thread: Thread, entry: Entry) -> str:
    """Return who gets it: below a comment others may have written too."""
    private = entry.data.get(PRIVATE)
    return str(private["to"]) if private else thread.address


def _target(thread: Thread, entry: Entry) -> dict[str, str]:
    """Say that an answer goes below a comment, or in private to who wrote one."""
    private = entry.data.get(PRIVATE)
    if private:
        told = {key: str(private[key]) for key in ("comment", "commented_at")}
        return {"target": Target.PRIVATE_REPLY, **told}
    return {"target": Target.COMMENT, "comment": thread.comment} if thread.comment else {}
