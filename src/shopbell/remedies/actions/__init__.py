"""Writes about remedies: asking, deciding, ending."""

from shopbell.remedies.actions.ask import Wish, ask_remedy
from shopbell.remedies.actions.decide import approve_remedy, decline_remedy, settle_remedy
from shopbell.remedies.actions.ends import doubt_remedy, fail_remedy, finish_remedy
from shopbell.remedies.actions.setting import save_remedy_policy
from shopbell.remedies.actions.telling import confirm_to_customer

__all__ = [
    "Wish",
    "approve_remedy",
    "ask_remedy",
    "confirm_to_customer",
    "decline_remedy",
    "doubt_remedy",
    "fail_remedy",
    "finish_remedy",
    "save_remedy_policy",
    "settle_remedy",
]
