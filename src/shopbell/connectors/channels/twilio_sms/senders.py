"""Which number of a pool somebody hears from: always the same one.

The number the conversation already has comes with the message. Somebody new gets the number with
the highest mark for theirs (rendezvous hashing): one number more or less moves few people.
"""

import hashlib
from collections.abc import Sequence

from shopbell.messaging.ports import OutgoingMessage


def sender_for(pool: Sequence[str], message: OutgoingMessage, usual: str = "") -> str:
    """Return the sender for a message. `usual`: the account's own address, which says nothing."""
    if message.from_address in pool and message.from_address != usual:
        return message.from_address
    return choose(pool, message.to)


def choose(pool: Sequence[str], to: str) -> str:
    """Return the sender that this number hears from when nothing is known."""
    if len(pool) == 1:
        return pool[0]
    return max(pool, key=lambda sender: hashlib.sha256(f"{sender} {to}".encode()).digest())
