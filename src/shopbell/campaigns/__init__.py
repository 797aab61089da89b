"""Campaigns: one message to many who allowed it, each person a row with a state of their own.

Owns: campaigns with their variants, the frozen list of recipients, how fast they go out, tests with
a winner, pauses that hold at once, and counts that add up at any moment. What a campaign says is in
`content`; whether a message leaves is the send gate's to say, as always.
"""
