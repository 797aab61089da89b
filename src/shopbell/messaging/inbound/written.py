"""What customers wrote, taken out of webhooks and stored one by one: each exists once.

A newcomer's mistake: storing it under the provider's id alone. A webhook may bear the same id.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from shopbell.connections.actions import store_requests
from shopbell.connections.models import Connection
from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable
from shopbell.messaging.ports import RemoteFile, Written, WrittenKind

TOPIC = "messages"  # of the lane that makes them entries
_LONGEST_ID = 180


def store_written(connection: Connection, found: Sequence[Written]) -> None:
    """Store what a webhook said, in the scope and transaction of the caller.

    Raises:
        Invalid: an id is empty or too long to be an id.
    """
    for each in found:
        if not each.provider_id or not each.sender or len(each.provider_id) > _LONGEST_ID:
            raise Invalid("A message in this webhook has no usable id or no sender.")
    bodies = {f"{TOPIC}:{each.provider_id}": dumped(each) for each in found}
    store_requests(connection=connection, topic=TOPIC, bodies=bodies)


def dumped(written: Written) -> bytes:
    """Return a message as bytes."""
    return orjson.dumps(_storable(asdict(written)))


def loaded(body: bytes) -> Written:
    """Read what `dumped` wrote."""
    values = orjson.loads(body)
    values["kind"] = WrittenKind(values["kind"])
    values["at"] = datetime.fromisoformat(values["at"])
    values["files"] = tuple(RemoteFile(**each) for each in values["files"])
    return Written(**values)


def _storable(value: Any) -> Any:
    """Return plain values without what PostgreSQL or JSON cannot hold."""
    if isinstance(value, str):
        return storable(str(value))
    if isinstance(value, dict):
        return {storable(str(name)): _storable(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(each) for each in value]
    return value
