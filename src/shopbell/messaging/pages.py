"""The HTML of mails to many, kept as what is one's own beside the text that all share.

A newsletter to a million would lie in the database a million times. Here the template lies there
once (`Page`), and each message keeps some hundred bytes from which exactly the mail that was sent
is made again when somebody looks. Whoever reads `message.html` sees nothing of it. A newcomer's
mistake: taking a sent mail as the shared text. It would keep one person's name in all others'.
"""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import models

from shopbell.kit.db.scope import current_store_id
from shopbell.kit.ids import uuid7

_MARK = "\x01"  # no HTML begins like this
_WORTH = 1_000  # characters; below it nothing is gained
_MOST = 4_000_000  # characters; more than any message may have
_WINDOW = 32_768  # bytes of the shared text that count


if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField


class KeptHtml(Text):
    """Text that may be kept as its difference from a page; read, it is whole again."""

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Return the whole text."""
        return whole(value) if value and value[0] == _MARK else value

    def deconstruct(self) -> Any:
        """Say that the column is an ordinary text."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


def keep_short(htmls: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Return each text as it is to be kept beside the text it shares with others ("": none)."""
    _write_pages({each for each in shared if each})
    return [_short(html, page) for html, page in zip(htmls, shared, strict=True)]


def whole(kept: str) -> str:
    """Return the text that `keep_short` made short."""
    _, digest, packed = kept.split(_MARK, 2)
    reader = zlib.decompressobj(-15, zdict=_dictionary(_page(digest)))
    if packed.startswith(_MARK):
        return reader.decompress(base64.b64decode(packed[1:]), _MOST).decode()
    return reader.decompress(base64.b85decode(packed), _MOST).decode()  # as it was kept at first


def _short(html: str, page: str) -> str:
    if not page or len(html) < _WORTH:
        return html
    digest, first = _packer(page)
    packer = first.copy()
    packed = base64.b64encode(packer.compress(html.encode()) + packer.flush()).decode()
    return f"{_MARK}{digest}{_MARK}{_MARK}{packed}"


@lru_cache(maxsize=64)
def _packer(page: str) -> tuple[str, Any]:
    packer = zlib.compressobj(3, zlib.DEFLATED, -15, 8, zdict=_dictionary(page))
    return _digest(page), packer


def _dictionary(page: str) -> bytes:
    return page.encode()[-_WINDOW:]


def _digest(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()[:40]


@lru_cache(maxsize=64)
def _page(digest: str) -> str:
    """Return a page; what it is called follows from what it says, so it is the same everywhere."""
    with database.cursor() as cursor:
        cursor.execute("SELECT html FROM messaging_page WHERE digest = %s LIMIT 1", [digest])
        return str(cursor.fetchone()[0])


def _write_pages(pages: set[str]) -> None:
    if not pages:
        return
    store_id = current_store_id()
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO messaging_page (id, store_id, digest, html)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (store_id, digest) DO NOTHING",
            [(uuid7(), store_id, _digest(page), page) for page in sorted(pages)],
        )
