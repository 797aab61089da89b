"""Reading an IMAP mailbox: what is new in each folder, as raw bytes, without touching anything.

Folders are opened read-only and bodies are peeked at. The place is UIDVALIDITY and the next UID of
each folder. A newcomer's mistake: trusting that a mail can be fetched because it is listed. One
that breaks the line three times is passed by, and a person is told.
"""

import imaplib
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imap_tools import (
    BaseMailBox,
    MailBox,
    MailBoxStartTls,
    MailboxStarttlsError,
    MailBoxUnencrypted,
)
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError
from imap_tools.idle import get_socket_poller
from imap_tools.utils import encode_folder

from shopbell.connectors.channels.mailbox.settings import MailboxSettings
from shopbell.connectors.channels.smtp.connection import tls_context
from shopbell.connectors.channels.smtp.settings import Security
from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import FetchBroken, MailBatch, RawMail

LARGEST = 35 * 1024 * 1024
MAILS = 50
BYTES = 8 * 1024 * 1024
LISTED = 500
OVERLAP = timedelta(days=2)  # looked back when a folder was made anew
PATIENCE = 3  # times a mail may break the line

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_TOO_LARGE = "This mail is larger than 35 MB and was not fetched. It is still in the mailbox."
_REFUSED = "The mail server did not give out this mail. It is still in the mailbox."


@dataclass(slots=True)
class Folder:
    """Where we are in one folder, kept between sessions."""

    validity: int = 0
    next: int = 1
    until: int = 1  # below this only mail since `since` counts
    since: str = ""
    broken: int = 0  # how often the line broke at `next`
    careful: int = 0  # up to here one at a time, since one of them broke the line

    @classmethod
    def load(cls, stored: dict[str, Any]) -> "Folder":
        """Read what `dump` gave."""
        return cls(**{key: stored[key] for key in cls.__slots__ if key in stored})

    def dump(self) -> dict[str, Any]:
        """Return plain values."""
        return {key: getattr(self, key) for key in self.__slots__}


class ImapMailbox:
    """One logged-in connection. Not shared between threads."""

    def __init__(self, settings: MailboxSettings) -> None:
        self._settings = settings
        self._box = _log_in(settings)
        self._upcoming: dict[str, int] = {}  # UIDNEXT of each folder when it was last read
        self.idles = "IDLE" in self._box.client.capabilities

    def look(self) -> None:
        """Open every folder once, to see that they are there."""
        for name in self._settings.folders:
            self._examine(name)

    def fetch(self, place: dict[str, Any]) -> MailBatch:
        """Return the next mails of the first folder that has any."""
        place = {**place, "folders": dict(place.get("folders") or {})}
        mails: list[RawMail] = []
        more = False
        for name in self._settings.folders:
            folder = self._arrive(name, place)
            uids = self._new_uids(name, folder)
            if uids:
                mails, more = self._take(name, folder, uids, place)
            place["folders"][name] = folder.dump()
            if mails:
                more = more or name != self._settings.folders[-1]
                break
        place["seen_at"] = clock.now().isoformat()
        return MailBatch(tuple(mails), place, more)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait for news: with IDLE in the first folder, else the whole time."""
        if not self.idles:
            stop.wait(seconds)
            return
        with _broken_lines(self._settings):
            folder = self._settings.folders[0]
            _, upcoming = self._examine(folder)
            if upcoming != self._upcoming.get(folder, upcoming):
                return  # it came between reading and waiting
            until = time.monotonic() + seconds
            self._box.idle.start()  # type: ignore[no-untyped-call]
            while not stop.is_set() and time.monotonic() < until and not self._hears(1):
                pass
            self._box.idle.stop()  # type: ignore[no-untyped-call]

    def _hears(self, seconds: int) -> bool:
        """Say whether the server said anything, or hung up; reads nothing, since a line may be half
        there. What was said is read when IDLE is ended."""
        line = self._box.client.sock
        if isinstance(line, ssl.SSLSocket) and line.pending():
            return True
        return bool(get_socket_poller(line, seconds))

    def close(self) -> None:
        """Say goodbye; never raises."""
        with suppress(Exception):
            self._box.client.sock.settimeout(2.0)
            self._box.client.logout()
        with suppress(Exception):
            self._box.client.shutdown()

    # --- folders

    def _examine(self, name: str) -> tuple[int, int]:
        """Open a folder read-only; returns its UIDVALIDITY and the UID the next mail will get."""
        with _broken_lines(self._settings):
            try:
                self._box.folder.set(name, readonly=True)
            except MailboxFolderSelectError:
                raise Permanent(f"There is no folder “{name}”.", code="folder") from None
            return self._number("UIDVALIDITY", name), self._number("UIDNEXT", name)

    def _number(self, code: str, folder: str) -> int:
        _, found = self._box.client.response(code)
        if found and found[-1]:
            return int(found[-1])
        status, data = self._box.client.status(encode_folder(folder).decode("ascii"), f"({code})")
        match = re.search(rf"{code} (\d+)".encode(), data[0] or b"") if status == "OK" else None
        return int(match[1]) if match else 0

    def _arrive(self, name: str, place: dict[str, Any]) -> Folder:
        """Open a folder; return where we are in it, also at first sight or when it was remade."""
        validity, upcoming = self._examine(name)
        self._upcoming[name] = upcoming
        stored = place["folders"].get(name)
        if stored is not None and stored.get("validity") == validity:
            return Folder.load(stored)
        if stored is not None:
            seen = datetime.fromisoformat(place["seen_at"]) if place.get("seen_at") else clock.now()
            since: datetime | None = seen - OVERLAP
        else:
            days = self._settings.first_sync_days
            since = clock.now() - timedelta(days=days) if days else None
        upcoming = upcoming or self._last_uid() + 1
        if since is None:
            return Folder(validity, next=upcoming, until=upcoming)
        return Folder(validity, next=1, until=upcoming, since=_imap_date(since))

    def _last_uid(self) -> int:
        return max(self._search("ALL"), default=0)

    def _new_uids(self, name: str, folder: Folder) -> list[int]:
        """Return UIDs not fetched yet, the oldest first."""
        found: list[int] = []
        if folder.next < folder.until:
            found = self._search("UID", f"{folder.next}:{folder.until - 1}", "SINCE", folder.since)
            found = [uid for uid in found if folder.next <= uid < folder.until]
            if not found:
                folder.next = folder.until
        if len(found) < LISTED:
            start = max(folder.next, folder.until)
            # "n:*" also names the last mail when it lies below n.
            found += [uid for uid in self._search("UID", f"{start}:*") if uid >= start]
        return sorted(set(found))

    def _search(self, *criteria: str) -> list[int]:
        with _broken_lines(self._settings):
            status, data = self._box.client.uid("SEARCH", *criteria)
            if status != "OK":
                raise Temporary(f"The server does not search: {_said(data)}")
            return [int(word) for word in b" ".join(line for line in data if line).split()]

    # --- mails

    def _take(
        self, name: str, folder: Folder, uids: Sequence[int], place: dict[str, Any]
    ) -> tuple[list[RawMail], bool]:
        """Fetch the next few mails and move the folder's place behind them."""
        key = f"{name}:{folder.validity}:"
        if folder.broken >= PATIENCE:
            stub = RawMail(b"", f"{key}{uids[0]}", _REFUSED)
            folder.next, folder.broken = uids[0] + 1, 0
            return [stub], len(uids) > 1
        chosen = [uids[0]]
        try:
            sizes = self._sizes(uids[:LISTED])
            chosen = _portion(uids, sizes, 1 if uids[0] <= folder.careful else MAILS)
            bodies = self._bodies(chosen, sizes)
        except Temporary as error:
            folder.next, folder.broken = uids[0], folder.broken + 1
            folder.careful = max(folder.careful, chosen[-1])
            place["folders"][name] = folder.dump()
            raise FetchBroken(error.message, place=place) from error
        folder.next, folder.broken = chosen[-1] + 1, 0
        mails = [_mail(key, uid, bodies[uid]) for uid in chosen if uid in bodies]
        return mails, len(uids) > len(chosen)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for head, _ in self._ask(uids, "(UID RFC822.SIZE)"):
            uid, size = _UID.search(head), _SIZE.search(head)
            if uid and size:
                sizes[int(uid[1])] = int(size[1])
        return sizes

    def _bodies(self, uids: Sequence[int], sizes: dict[int, int]) -> dict[int, tuple[bytes, str]]:
        """Return raw bytes and trouble by UID; a mail that is gone meanwhile is missing."""
        small = [uid for uid in uids if sizes.get(uid, 0) <= LARGEST]
        found: dict[int, tuple[bytes, str]] = {}
        for uid in uids:
            if uid not in small:
                found[uid] = self._headers(uid), _TOO_LARGE
        try:
            found |= self._whole(small)
        except imaplib.IMAP4.error:
            for uid in small:
                found |= self._alone(uid)
        return found

    def _whole(self, uids: Sequence[int]) -> dict[int, tuple[bytes, str]]:
        parts = self._ask(uids, "(UID BODY.PEEK[])") if uids else ()
        return {int(uid[1]): (raw, "") for head, raw in parts if (uid := _UID.search(head))}

    def _alone(self, uid: int) -> dict[int, tuple[bytes, str]]:
        try:
            return self._whole([uid])
        except imaplib.IMAP4.error:
            return {uid: (self._headers(uid), _REFUSED)}

    def _headers(self, uid: int) -> bytes:
        try:
            return next((raw for _, raw in self._ask([uid], "(UID BODY.PEEK[HEADER])")), b"")
        except imaplib.IMAP4.error:
            return b""

    def _ask(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield (all words around it, literal) of each mail; a refusal raises `IMAP4.error`."""
        with _broken_lines(self._settings):
            status, data = self._box.client.uid("FETCH", ",".join(map(str, uids)), what)
            if status != "OK":
                raise imaplib.IMAP4.error(_said(data))
        return _answers(data)


def _answers(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """Join what imaplib gives: (words, literal) and the words behind it, or words alone."""
    waiting: tuple[bytes, bytes] | None = None
    for piece in data:
        if isinstance(piece, tuple):
            if waiting:
                yield waiting
            waiting = bytes(piece[0]), bytes(piece[1])
        elif piece is not None:
            words, literal = waiting or (b"", b"")
            waiting = None
            yield words + b" " + bytes(piece), literal
    if waiting:
        yield waiting


def _portion(uids: Sequence[int], sizes: dict[int, int], limit: int) -> list[int]:
    """Return the first UIDs that together are not too much for one go; at least one."""
    chosen: list[int] = []
    total = 0
    for uid in uids[: min(limit, LISTED)]:
        size = sizes.get(uid, 0)
        total += size if size <= LARGEST else 0
        if chosen and total > BYTES:
            break
        chosen.append(uid)
    return chosen


def _mail(key: str, uid: int, found: tuple[bytes, str]) -> RawMail:
    raw, trouble = found
    return RawMail(raw, f"{key}{uid}", trouble)


def _imap_date(when: datetime) -> str:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    when = when.astimezone(UTC)
    return f"{when.day}-{months[when.month - 1]}-{when.year}"


# --- connecting


def _log_in(settings: MailboxSettings) -> BaseMailBox:
    with _broken_lines(settings):
        box = _connect(settings)
        try:
            _authenticate(box, settings)
        except BaseException:
            with suppress(Exception):
                box.client.shutdown()
            raise
        return box


def _connect(settings: MailboxSettings) -> BaseMailBox:
    host, port, timeout = settings.imap_host, settings.imap_port, settings.timeout
    if settings.imap_security is Security.NONE:
        return MailBoxUnencrypted(host, port, timeout=timeout)
    context = tls_context(settings.verify_certificates, settings.ca_certificates)
    if settings.imap_security is Security.TLS:
        return MailBox(host, port, timeout=timeout, ssl_context=context)
    try:
        return MailBoxStartTls(host, port, timeout=timeout, ssl_context=context)
    except (MailboxStarttlsError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise Permanent(f"{host} offers no STARTTLS on port {port}.", code="tls") from None


def _authenticate(box: BaseMailBox, settings: MailboxSettings) -> None:
    user, password = settings.imap_user, settings.imap_password.get_secret_value()
    log_in: Callable[..., Any] = box.login
    if not (user + password).isascii():
        log_in = box.login_utf8
    try:
        log_in(user, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        said = (
            _said(error.command_result[1]) if isinstance(error, MailboxLoginError) else str(error)
        )
        raise Permanent(f"The server refuses the login: {said[:200]}", code="login") from None
    # What a server offers may change with the login; some say it unasked, some only when asked.
    status, found = box.client.capability()
    if status == "OK" and found and found[-1]:
        box.client.capabilities = tuple(found[-1].decode("ascii", "replace").upper().split())


@contextmanager
def _broken_lines(settings: MailboxSettings) -> Iterator[None]:
    """Turn what happens to a line into our own errors."""
    where = f"{settings.imap_host}, port {settings.imap_port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Permanent(
            f"The certificate of {settings.imap_host} cannot be trusted: {error.verify_message}.",
            code="certificate",
        ) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Temporary(f"{where}: {said.lower()[:200]}.") from error


def _said(data: Sequence[Any]) -> str:
    words = b" ".join(piece for piece in data if isinstance(piece, bytes))
    return words.decode("utf-8", "replace")[:200] or "no reason given"
