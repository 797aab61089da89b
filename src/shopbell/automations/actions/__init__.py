"""Writes of rules, macros and checklists, one module per noun."""

from shopbell.automations.actions.checklists import (
    add_to_conversation,
    carry_back,
    carry_over,
    drop_checklist,
    save_checklist,
    take_from_conversation,
    tick_step,
)
from shopbell.automations.actions.macros import Ran, drop_macro, run_macro, save_macro
from shopbell.automations.actions.rules import (
    Draft,
    drop_rule,
    order_rules,
    save_rule,
    switch_rule,
)

__all__ = [
    "Draft",
    "Ran",
    "add_to_conversation",
    "carry_back",
    "carry_over",
    "drop_checklist",
    "drop_macro",
    "drop_rule",
    "order_rules",
    "run_macro",
    "save_checklist",
    "save_macro",
    "save_rule",
    "switch_rule",
    "take_from_conversation",
    "tick_step",
]
