"""Importing this room registers the pump, the source of messages, and what the gate is told."""

from shopbell.campaigns import leaving, rules, sending

PUMP, SOURCE, RULES = sending.run_campaigns, leaving.send_some, rules.pauses_and_ends
