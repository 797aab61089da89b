"""Reply windows: until when something may be written to somebody who wrote to us.

They run from the provider's time of the customer's last message, never from ours. One place asks
for them before a message is composed and before it leaves: `standing`.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database

from shopbell.connections.models import Connection
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.ids import uuid7
from shopbell.messaging.models import Window
from shopbell.messaging.ports import Capabilities, Written, able_with

type WindowKey = tuple[uuid.UUID, str]  # connection, address

_OPEN = """
    INSERT INTO messaging_window AS w (id, store_id, connection_id, address, opened_at)
    SELECT r.id, %s, %s, r.address, r.opened_at
    FROM json_to_recordset(%s) AS r(id uuid, address text, opened_at timestamptz)
    ON CONFLICT (store_id, connection_id, address)
    DO UPDATE SET opened_at = greatest(w.opened_at, excluded.opened_at)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be written to somebody now. None: there is no limit of that kind.

    `until`: anything, until then. `human_until`: what a person writes, until then. `templates`:
    approved templates may be sent whenever the customer agreed to be told.
    """

    is_open: bool
    until: datetime | None = None
    human_until: datetime | None = None
    is_late: bool = False  # only what a person writes
    templates: bool = False


def open_windows(connection: Connection, written: Iterable[Written]) -> None:
    """Note who wrote when, in the scope and transaction of the caller. It never goes back."""
    if able_with(connection.connector, connection.settings).reply_window is None:
        return
    now, last = clock.now(), dict[str, datetime]()
    for each in written:
        at = min(each.at, now)
        last[each.sender] = max(at, last.get(each.sender, at))
    rows = [
        {"id": uuid7(), "address": address[:320], "opened_at": at}
        for address, at in sorted(last.items())
    ]
    if rows:
        with database.cursor() as cursor:
            cursor.execute(_OPEN, [connection.store_id, connection.pk, json_rows(rows)])


def windows_of(keys: Collection[WindowKey]) -> dict[WindowKey, datetime]:
    """Return when each of these people last wrote to that inbox."""
    if not keys:
        return {}
    rows = Window.objects.filter(
        connection__in={key[0] for key in keys}, address__in={key[1] for key in keys}
    )
    found = rows.values_list("connection_id", "address", "opened_at")
    return {(inbox, address): at for inbox, address, at in found if (inbox, address) in keys}


def standing(able: Capabilities, opened_at: datetime | None, now: datetime) -> Standing:
    """Return what may be written to somebody who last wrote at `opened_at` (None: never)."""
    if able.reply_window is None:
        return Standing(is_open=True, templates=able.template_outside_window)
    if opened_at is None:
        return Standing(is_open=False, templates=able.template_outside_window)
    until = opened_at + able.reply_window
    human = opened_at + able.human_window if able.human_window else None
    is_late = now >= until and human is not None and now < human
    return Standing(now < until, until, human, is_late, able.template_outside_window)
