"""Reading stored mails in children with limits, a few at a time, outside any transaction."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shopbell.connections.intake import Item
from shopbell.kit.mail.reading import Mail, MailReaders, Unreadable
from shopbell.messaging.inbound.storing import trouble_of

CHILDREN = 2
_HEADERS = 64 * 1024
_STRANGE = "This mail could not be read. The mail is kept."

READERS = MailReaders(CHILDREN)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a mail. With `trouble` (a sentence) only its headers could be read."""

    mail: Mail
    raw: bytes
    trouble: str = ""


def read_items(items: Sequence[Item]) -> Iterator[Found]:
    """Yield what each item says, in order; the next ones are read meanwhile."""
    if len(items) == 1:
        yield read_item(items[0])
        return
    with ThreadPoolExecutor(CHILDREN, thread_name_prefix="mail-reader") as threads:
        yield from threads.map(read_item, items)


def read_item(item: Item) -> Found:
    """Read one stored mail; never raises for what it says."""
    trouble, raw = trouble_of(item.body)
    if trouble:
        return Found(headers_of(raw), raw, trouble)
    found = READERS.read(raw)
    if isinstance(found, Unreadable):
        return Found(headers_of(raw), raw, found.sentence or _STRANGE)
    return Found(found, raw)


def headers_of(raw: bytes) -> Mail:
    """Read no more than the beginning of the headers; an empty `Mail` when even that fails."""
    head = raw[:_HEADERS].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    found = READERS.read(head + b"\r\n\r\n")
    return Mail() if isinstance(found, Unreadable) else found
