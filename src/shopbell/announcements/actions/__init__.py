"""Writes about announcements, one verb each."""

from shopbell.announcements.actions.deciding import (
    approve_telling,
    send_back_telling,
    submit_telling,
    take_back_telling,
)
from shopbell.announcements.actions.drafting import (
    begin_follow_up,
    change_affected,
    choose_holds,
    drop_draft,
    start_announcement,
    write_telling,
)
from shopbell.announcements.actions.running import (
    end_announcement,
    pause_telling,
    resume_telling,
    stop_telling,
)

__all__ = [
    "approve_telling",
    "begin_follow_up",
    "change_affected",
    "choose_holds",
    "drop_draft",
    "end_announcement",
    "pause_telling",
    "resume_telling",
    "send_back_telling",
    "start_announcement",
    "stop_telling",
    "submit_telling",
    "take_back_telling",
    "write_telling",
]
