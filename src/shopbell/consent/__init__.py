"""Permission to write, and blocks: consent events (append-only) and suppressions (hashed).

A newcomer's mistake: treating an unsubscribe from a newsletter as a block of order messages. Both
consent and suppression are scoped by purpose.
"""
