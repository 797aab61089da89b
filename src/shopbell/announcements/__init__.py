"""Announcements: one honest message to everybody whom something affects, and what goes with it.

A carrier strikes, a warehouse has a fault, a price was wrong: choose the affected orders, tell
their customers once, hold the notifications this replaces, let agents know, correct, and look back.
A newcomer's mistake: sending from here. Messages go through `queue_messages` and the gate.
"""
