"""Importing this room registers the pump and what the gate is told."""

from shopbell.campaigns import rules, sending

PUMP, RULES = sending.run_campaigns, rules.pauses_and_ends
