"""The life of a message.

    queued → claimed → handed → sent → delivered → read
                              ↘ failed   ↘ in_doubt (then sent again, or left to a person)
    aside: held (waits for something), skipped, suppressed, expired

`claimed` may go back to `queued` (a crash before the hand-over, a refusal for now). Nothing after
`handed` goes back by itself, but for `in_doubt` of purposes that must arrive. See `doubts.py`.
"""

from django.db import models

# Origins whose words come with the message, not from a template.
WRITTEN = frozenset({"agent", "staff"})

# Why a message is in doubt.
SILENT = "in_doubt"  # the provider did not answer
ORPHANED = "orphaned"  # our own sender ended

# Why a message that was sent stands out: its reader reported it as spam.
COMPLAINED = "complaint"

# Why a message is held: a matter of the customer's own is open (see `conversations/rules.py`).
OPEN_CASE = "open_conversation"


class State(models.TextChoices):
    """State of a message; the labels are what people read."""

    QUEUED = "queued", "waiting"
    CLAIMED = "claimed", "sending"
    HANDED = "handed", "handing over"
    SENT = "sent", "sent"
    DELIVERED = "delivered", "delivered"
    READ = "read", "read"
    FAILED = "failed", "failed"
    IN_DOUBT = "in_doubt", "in doubt"
    HELD = "held", "held"
    SKIPPED = "skipped", "skipped"
    SUPPRESSED = "suppressed", "suppressed"
    EXPIRED = "expired", "expired"


OPEN = frozenset({State.QUEUED, State.CLAIMED, State.HANDED, State.HELD})
TOLD = frozenset({State.SENT, State.DELIVERED, State.READ})
NOT_TOLD = frozenset({State.SKIPPED, State.SUPPRESSED, State.EXPIRED})
RANK = {State.SENT: 1, State.DELIVERED: 2, State.READ: 3}


def advances(old: str, new: str) -> bool:
    """Return whether a receipt may move a message from `old` to `new`: never backwards."""
    if new in RANK:
        # A receipt also settles a doubt: the provider has it after all.
        settles = old in (State.HANDED, State.IN_DOUBT, State.CLAIMED, State.QUEUED)
        return settles or (old in RANK and RANK[State(new)] > RANK[State(old)])
    return new == State.FAILED and old in (State.HANDED, State.SENT, State.IN_DOUBT)
