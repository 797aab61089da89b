"""Tell open pages that something changed: `announce(store_id, "orders", order_id)`.

Only a hint travels (store, topic, id): the page asks again for what it shows. It is sent when the
transaction commits, once per store and topic, so announcing in a loop is cheap. A newcomer's
mistake: putting content into it. PostgreSQL allows 8,000 bytes, and the whole store may read it.
"""

import json
from dataclasses import dataclass

from django.db import connection, transaction

CHANNEL = "shopbell_live"


@dataclass(slots=True)
class _Announcement:
    """One notice waiting for the commit. `object_id` is empty when several things changed."""

    store_id: int
    topic: str
    object_id: str

    def __call__(self) -> None:
        payload = {"s": self.store_id, "t": self.topic, "i": self.object_id}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(payload, separators=(",", ":"))]
            )


def announce(store_id: int, topic: str, object_id: object = "") -> None:
    """Tell the pages of a store after commit that `topic` changed (outside a transaction: now)."""
    wanted = str(object_id)
    # Django drops the callbacks of a rolled-back savepoint from this list, so looking here (and
    # not in a list of our own) never loses a notice.
    for entry in connection.run_on_commit:
        waiting = entry[1]
        if (
            isinstance(waiting, _Announcement)
            and waiting.store_id == store_id
            and waiting.topic == topic
        ):
            if waiting.object_id != wanted:
                waiting.object_id = ""
            return
    transaction.on_commit(_Announcement(store_id, topic, wanted), robust=True)
