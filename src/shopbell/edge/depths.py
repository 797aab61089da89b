"""What waits in the database, as Prometheus text. The same from every process, so without its id.

A newcomer's mistake: counting whole tables. Only what is open is counted, over partial indexes.
"""

from typing import Any

import psycopg

from shopbell.connections.models import Intake
from shopbell.events.models import Delivery
from shopbell.kit.db.scope import OPS_ROLE
from shopbell.messaging.models import Message

_OPEN = ("queued", "claimed", "handed", "in_doubt")
_SQL = f"""
SELECT 'intake', 'pending', count(*), extract(epoch FROM clock_timestamp() - min(received_at))
  FROM {Intake._meta.db_table} WHERE state = 'pending'
UNION ALL
SELECT 'intake', 'quarantined', count(*), NULL
  FROM {Intake._meta.db_table} WHERE state = 'quarantined'
UNION ALL
SELECT 'deliveries', 'pending', count(*), extract(epoch FROM clock_timestamp() - min(due_at))
  FROM {Delivery._meta.db_table} WHERE NOT quarantined
UNION ALL
SELECT 'deliveries', 'quarantined', count(*), NULL
  FROM {Delivery._meta.db_table} WHERE quarantined
UNION ALL
SELECT 'messages', s.state, count(m.id), extract(epoch FROM clock_timestamp() - min(m.created_at))
  FROM unnest(%s::text[]) AS s(state)
  LEFT JOIN (SELECT id, state, created_at FROM {Message._meta.db_table}
             WHERE state IN ('queued', 'claimed', 'handed', 'in_doubt')) m ON m.state = s.state
  GROUP BY s.state
"""


async def read_depths(connection: psycopg.AsyncConnection[Any]) -> bytes:
    """Return queue depths and the age of the oldest waiting thing, of all stores together."""
    async with connection.transaction():
        # Counting over all stores is a sweep: it takes the role of sweeps, for this transaction.
        await connection.execute("SELECT set_config('role', %s, true)", [OPS_ROLE])
        rows = await (await connection.execute(_SQL, [list(_OPEN)])).fetchall()
    lines = [
        "# HELP shopbell_database_up Whether the database answered just now.",
        "# TYPE shopbell_database_up gauge",
        "shopbell_database_up 1",
        "# HELP shopbell_waiting Things that wait, by kind and state.",
        "# TYPE shopbell_waiting gauge",
        *(
            f'shopbell_waiting{{kind="{kind}",state="{state}"}} {count}'
            for kind, state, count, _ in rows
        ),
        "# HELP shopbell_waiting_oldest_seconds Age of the oldest of them.",
        "# TYPE shopbell_waiting_oldest_seconds gauge",
        *(
            f'shopbell_waiting_oldest_seconds{{kind="{kind}",state="{state}"}} {float(age):.3f}'
            for kind, state, _, age in rows
            if age is not None
        ),
        "",
    ]
    return "\n".join(lines).encode()
