"""What customers do with what was written: change it, take it back, put a sign on it.

Nothing is lost: an entry keeps what it said before, and says that it was changed or taken back.
"""

from shopbell.connections.intake import Result
from shopbell.connections.models import Connection, IntakeState
from shopbell.conversations.actions.timeline import locked, show_anew, tell_pages
from shopbell.conversations.messages.lines import entry_name
from shopbell.conversations.models import Entry, EntryKind
from shopbell.kit.text import one_line, storable
from shopbell.messaging.actions import write_log
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Written, WrittenKind
from shopbell.web.live import announce

_MOST_EDITS = 20
_UNKNOWN = Result(IntakeState.UNUSED, "It is about a message that is not here.")


def change_entry(connection: Connection, written: Written) -> Result:
    """Change the entry a message is about, in the scope and transaction of the caller."""
    entry = _entry_of(connection, written.about)
    if entry is None:
        return _noted(connection, written)
    row = locked(entry.conversation)
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if written.kind == WrittenKind.REACTION:
        _react(entry, written)
    elif entry.kind != EntryKind.INCOMING or entry.sender_address != written.sender:
        return Result(IntakeState.UNUSED, "It would change what somebody else wrote.")
    elif written.kind == WrittenKind.DELETION:
        entry.data["deleted_at"] = written.at.isoformat()
    else:
        _edit(entry, written)
    entry.save(update_fields=["text", "data"])
    if written.kind != WrittenKind.REACTION:
        show_anew(row)
        row.save()
    tell_pages(row, entry.thread)
    return Result(IntakeState.DONE)


def _entry_of(connection: Connection, provider_id: str) -> Entry | None:
    if not provider_id:
        return None
    rows = Entry.objects.select_related("conversation", "thread")
    found = rows.filter(message_id=entry_name(connection, provider_id)).first()
    if found is not None:
        return found
    return rows.filter(outgoing__provider_id=provider_id, outgoing__connection=connection).first()


def _edit(entry: Entry, written: Written) -> None:
    before = {"text": entry.text, "until": written.at.isoformat()}
    entry.data["edits"] = [*entry.data.get("edits", []), before][-_MOST_EDITS:]
    entry.text = storable(written.text)


def _react(entry: Entry, written: Written) -> None:
    signs = dict(entry.data.get("reactions", {}))
    signs.pop(written.sender, None)
    if written.text:
        signs[written.sender] = one_line(written.text, 16)
    entry.data["reactions"] = signs


def _noted(connection: Connection, written: Written) -> Result:
    """A sign on a notification stands in its history."""
    if written.kind != WrittenKind.REACTION or not written.about:
        return _UNKNOWN
    rows = Message.objects.select_for_update(of=("self",))
    message = rows.filter(connection=connection, provider_id=written.about).first()
    if message is None:
        return _UNKNOWN
    sign = one_line(written.text, 16)
    signs = {**message.data.get("reactions", {}), written.sender: sign}
    message.data["reactions"] = {who: each for who, each in signs.items() if each}
    message.save(update_fields=["data"])
    announce(message.store_id, "messages")
    said = f"The customer put {sign} on it." if sign else "The customer took the sign away."
    write_log(message, message.state, said, f"reaction:{written.provider_id}"[:200])
    return Result(IntakeState.DONE)
