"""The listener itself: aiosmtpd in a thread with its own event loop.

A mail is acknowledged when it is committed, never before; what cannot be stored now is refused for
now (451), and the other server keeps it. A newcomer's mistake: taking bare line feeds. They are how
a second mail is smuggled into the first.
"""

import asyncio
import errno
import hashlib
import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from shopbell.connectors.channels.listener.settings import ListenerSettings
from shopbell.kit import clock
from shopbell.kit.errors import Temporary
from shopbell.kit.text import one_line
from shopbell.messaging.ports import HandedMail

log = structlog.get_logger()

logging.getLogger("mail.log").setLevel(logging.WARNING)  # it names people at every step

LARGEST = 35 * 1024 * 1024
MOST_RECIPIENTS = 100
MOST_LINES = 100  # connections at the same time
LINE_BYTES = 128 * 1024  # some programs write longer lines than the 998 bytes that are allowed
SILENCE_SECONDS = 120.0
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_NAME = "shopbell"


class _Smtp(SMTP):
    line_length_limit = LINE_BYTES


class _Lmtp(LMTP):
    line_length_limit = LINE_BYTES


class ListeningDoor:
    """A running listener. Raises `Temporary` when the place is taken."""

    def __init__(
        self,
        settings: ListenerSettings,
        knows: Callable[[str], bool],
        take: Callable[[HandedMail], None],
    ) -> None:
        self._settings = settings
        self._handler = _Handler(knows, take, lmtp=settings.protocol == "lmtp")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mail-door", daemon=True)
        self._thread.start()
        try:
            self._server = self._call(self._listen())
        except OSError as error:
            self._end()
            why = "is taken by another program" if error.errno == errno.EADDRINUSE else str(error)
            where = f"{settings.bind}, port {settings.port}"
            raise Temporary(f"Mail cannot be taken on {where}: {why}.") from error

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening; a mail under way is finished or not acknowledged."""
        self._call(self._shut())
        self._end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            self._session, self._settings.bind, self._settings.port, backlog=100
        )

    async def _shut(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if self._handler.busy:
            await asyncio.wait(tasks, timeout=2.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _session(self) -> SMTP:
        kind = _Lmtp if self._settings.protocol == "lmtp" else _Smtp
        return kind(
            self._handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname=_NAME,
            ident="ready",
            timeout=SILENCE_SECONDS,
            loop=self._loop,
        )


class _Handler:
    """What aiosmtpd asks."""

    def __init__(
        self, knows: Callable[[str], bool], take: Callable[[HandedMail], None], *, lmtp: bool
    ) -> None:
        self._knows, self._take, self._lmtp = knows, take, lmtp
        self.busy = 0

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take what belongs to an inbox, and nothing else: we relay for nobody."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not self._knows(address):
            return "550 5.1.1 There is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the mail, then say so; LMTP wants a line for each recipient."""
        reply = await self._stored(session, envelope)
        return "\r\n".join([reply] * len(envelope.rcpt_tos)) if self._lmtp else reply

    async def _stored(self, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        if _BARE.search(content):
            return "550 5.6.0 Lines must end in CR LF"
        self.busy += 1
        try:
            mail = _handed(session, envelope, content)
            await asyncio.get_running_loop().run_in_executor(None, self._take, mail)
        except Exception:
            log.exception("door.not_stored")
            return "451 4.3.0 Cannot be stored now, please try again"
        finally:
            self.busy -= 1
        return "250 2.0.0 Stored"


def _handed(session: Session, envelope: Envelope, content: bytes) -> HandedMail:
    """Put the envelope above the mail, as a mail server does that delivers."""
    sender = one_line(envelope.mail_from or "", 320)
    recipients = tuple(one_line(address, 320) for address in envelope.rcpt_tos)
    peer = session.peer[0] if session.peer else "?"
    lines = [f"Return-Path: <{sender}>"]
    lines += [f"Delivered-To: {address}" for address in recipients]
    lines.append(f"Received: from [{peer}] by {_NAME}; {clock.now():%a, %d %b %Y %H:%M:%S} +0000")
    above = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    whole = hashlib.sha256(content)
    whole.update("\0".join(sorted(recipients)).encode("utf-8", "replace"))
    return HandedMail(sender, recipients, above + content, f"sha256:{whole.hexdigest()}")
