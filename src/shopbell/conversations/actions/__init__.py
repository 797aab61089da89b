"""Writes of the desk, one module per matter."""

from shopbell.conversations.actions.assign import assign, set_priority, set_tags
from shopbell.conversations.actions.bulk import put_bulk_away, start_bulk, undo_bulk
from shopbell.conversations.actions.comments import ask_to_hide, reply_in_private
from shopbell.conversations.actions.details import (
    ask_for_reasons,
    drop_field,
    drop_reason,
    move_reason,
    save_field,
    save_reason,
    set_fields,
    set_reason,
)
from shopbell.conversations.actions.drafts import save_draft, take_over_draft
from shopbell.conversations.actions.files import drop_upload, upload_file
from shopbell.conversations.actions.forwards import leave_forward, take_over_forward
from shopbell.conversations.actions.knowing import link_customer, unlink_customer
from shopbell.conversations.actions.linking import link_conversations, unlink_conversations
from shopbell.conversations.actions.merge import (
    merge_conversations,
    move_thread,
    split_conversation,
)
from shopbell.conversations.actions.notes import add_note
from shopbell.conversations.actions.owning import set_owner_rule
from shopbell.conversations.actions.pictures import block_pictures, trust_pictures
from shopbell.conversations.actions.presence import mark_seen
from shopbell.conversations.actions.receive import add_files, receive
from shopbell.conversations.actions.replies import Reply, send_reply, undo_reply
from shopbell.conversations.actions.saved import Also, drop_saved_reply, note_saved_use, save_reply
from shopbell.conversations.actions.scheduling import send_scheduled, take_scheduled_back
from shopbell.conversations.actions.signatures import drop_signature, save_signature
from shopbell.conversations.actions.status import set_status, snooze, wake_snoozed
from shopbell.conversations.actions.templates import Top, send_template
from shopbell.conversations.actions.unmerge import undo_regrouping
from shopbell.conversations.actions.views import drop_view, save_view
from shopbell.conversations.actions.visiting import leave_address, mark_read, note_presence

__all__ = [
    "Also",
    "Reply",
    "Top",
    "add_files",
    "add_note",
    "ask_for_reasons",
    "ask_to_hide",
    "assign",
    "block_pictures",
    "drop_field",
    "drop_reason",
    "drop_saved_reply",
    "drop_signature",
    "drop_upload",
    "drop_view",
    "leave_address",
    "leave_forward",
    "link_conversations",
    "link_customer",
    "mark_read",
    "mark_seen",
    "merge_conversations",
    "move_reason",
    "move_thread",
    "note_presence",
    "note_saved_use",
    "put_bulk_away",
    "receive",
    "reply_in_private",
    "save_draft",
    "save_field",
    "save_reason",
    "save_reply",
    "save_signature",
    "save_view",
    "send_reply",
    "send_scheduled",
    "send_template",
    "set_fields",
    "set_owner_rule",
    "set_priority",
    "set_reason",
    "set_status",
    "set_tags",
    "snooze",
    "split_conversation",
    "start_bulk",
    "take_over_draft",
    "take_over_forward",
    "take_scheduled_back",
    "trust_pictures",
    "undo_bulk",
    "undo_regrouping",
    "undo_reply",
    "unlink_conversations",
    "unlink_customer",
    "upload_file",
    "wake_snoozed",
]
