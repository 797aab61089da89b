"""Writes of the phone, one verb each."""

from shopbell.calls.actions.dialling import ask_to_call
from shopbell.calls.actions.lines import drop_phone, save_line, save_phone
from shopbell.calls.actions.noting import Noted, log_call, note_outcome
from shopbell.calls.actions.taking import keep_recording, take_heard

__all__ = [
    "Noted",
    "ask_to_call",
    "drop_phone",
    "keep_recording",
    "log_call",
    "note_outcome",
    "save_line",
    "save_phone",
    "take_heard",
]
