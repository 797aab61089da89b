"""Files of messages, fetched from the provider before anything is written down.

A newcomer's mistake: giving up a message because of its picture. What cannot be had is named in
the entry.
"""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from shopbell.connections.exchanges import recorded
from shopbell.connections.intake import Item
from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.conversations.ports import IncomingFile
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConfigurationError, ConnectorError, NotFound, Permanent
from shopbell.kit.mail.reading.contents import sniffed_type
from shopbell.messaging.inbound.written import loaded
from shopbell.messaging.ports import CHANNELS, Messenger, RemoteFile, Written

LARGEST = 100_000_000  # bytes
_AT_ONCE = 4
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif",
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/amr": "amr",
    "video/mp4": "mp4", "video/3gpp": "3gp", "application/pdf": "pdf", "text/plain": "txt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message with its files. `error`: try again later; `missing`: what will never come."""

    written: Written
    files: tuple[IncomingFile, ...] = ()
    missing: tuple[dict[str, str], ...] = ()
    error: Exception | None = field(default=None)


def fetch_files(
    store_id: int, connection_id: uuid.UUID, items: Sequence[Item]
) -> Iterator[Fetched]:
    """Yield each stored message with its files, in order; never raises for one of them."""
    messages = [loaded(item.body) for item in items]
    if not any(message.files for message in messages):
        yield from (Fetched(message) for message in messages)
        return
    with store_scope(store_id):
        row = Connection.objects.select_related("store").get(pk=connection_id)
    try:
        account = account_of(row, row.store)
    except (ConfigurationError, NotFound) as error:
        yield from (
            Fetched(message, error=error if message.files else None) for message in messages
        )
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="files") as threads:
        yield from threads.map(lambda message: _fetched(account, message), messages)


def _fetched(account: Account, message: Written) -> Fetched:
    channel = CHANNELS.get(account.connector)
    if not isinstance(channel, Messenger):
        return Fetched(message)
    files: list[IncomingFile] = []
    missing: list[dict[str, str]] = []
    for number, remote in enumerate(message.files, 1):
        try:
            with recorded(account):
                content = channel.fetch(remote, account)
            if len(content) > LARGEST:
                raise Permanent("It is larger than 100 MB.")
        except Permanent as error:
            missing.append({"name": remote.name or f"file {number}", "why": error.message[:300]})
            continue
        except ConnectorError as error:
            return Fetched(message, error=error)
        except Exception as error:  # a connector from outside must not stop the others
            return Fetched(message, error=error)
        files.append(_file(remote, content, number))
    return Fetched(message, tuple(files), tuple(missing))


def _file(remote: RemoteFile, content: bytes, number: int) -> IncomingFile:
    kind = sniffed_type(content)
    # Sound and video are told apart by the provider better than by their first bytes.
    if not kind.startswith("image/") and remote.content_type.startswith(("audio/", "video/")):
        kind = remote.content_type.partition(";")[0].strip()
    name = remote.name or f"{kind.partition('/')[0]}-{number}.{_ENDINGS.get(kind, 'bin')}"
    return IncomingFile(name=name, content_type=kind, content=content)
