"""Which message of a recipient counts, when the channel plan took it from channel to channel.

What did not arrive by one channel is told by the next, as a further message tied to the one before
(see `messaging/fallback.py`). Of such a chain the best one counts: arrived before sent before
doubtful before under way before failed. A newcomer's mistake: looking at `Recipient.message` alone;
it is the first of its chain, for ever.
"""

import uuid
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from shopbell.messaging.models import Message

# The order of how much a state says about having been told.
_RANK = (
    "read", "delivered", "sent", "in_doubt", "handed", "claimed", "queued", "held", "failed",
)  # fmt: skip

# Takes the telling's id and the ranks; `final` has a row for each recipient with a message.
FINAL = """
    WITH RECURSIVE chain AS (
        SELECT r.id AS recipient, m.id, m.state
        FROM announcements_recipient r JOIN messaging_message m ON m.id = r.message_id
        WHERE r.telling_id = %s
        UNION ALL
        SELECT c.recipient, n.id, n.state
        FROM chain c JOIN messaging_message n ON n.tried_before_id = c.id),
    final AS (
        SELECT DISTINCT ON (recipient) recipient, id FROM chain
        ORDER BY recipient, coalesce(array_position(%s::text[], state::text), 99), id DESC)"""


def final_params(telling: uuid.UUID) -> list[Any]:
    """Return the parameters of `FINAL`."""
    return [telling, list(_RANK)]


def messages_that_count(telling: uuid.UUID) -> RawSQL:
    """Return the ids of the messages that count, for a filter of the ledger."""
    # Nothing of it comes from outside but the parameters.
    return RawSQL(f"{FINAL} SELECT id FROM final", final_params(telling))  # noqa: S611


def recipients_in(telling: uuid.UUID, states: list[str]) -> RawSQL:
    """Return the ids of the recipients whose message that counts is in one of these states."""
    return RawSQL(  # noqa: S611
        f"{FINAL} SELECT f.recipient FROM final f JOIN messaging_message m ON m.id = f.id"
        " WHERE m.state::text = ANY(%s)",
        [*final_params(telling), states],
    )


def media_by_recipient(telling: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return by which channel each recipient's message that counts went."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{FINAL} SELECT f.recipient, m.medium FROM final f"
            " JOIN messaging_message m ON m.id = f.id",
            final_params(telling),
        )
        return dict(cursor.fetchall())


def best_of(message: Message) -> Message:
    """Return the message that counts of the chain that begins with one."""
    chain = [message]
    while following := Message.objects.defer("html").filter(tried_before=chain[-1]).first():
        chain.append(following)
    ranks = {state: rank for rank, state in enumerate(_RANK)}
    return min(reversed(chain), key=lambda each: ranks.get(each.state, 99))
