"""An IMAP server with faults on demand, for tests and benchmarks. It keeps raw bytes as they are.

    with ImapServer() as server:
        server.put(b"From: mia@mail.example\\r\\n\\r\\nHello")
        ...                    # 127.0.0.1, port server.port, any user, password "secret"
        server.remake()        # the folder is made anew: another UIDVALIDITY, other UIDs

A newcomer's mistake: believing that real servers answer as neatly. `test_mailbox` also asks pymap.
"""

import re
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

_LITERAL = re.compile(rb"\{(\d+)\}$")


@dataclass
class Stored:
    """One mail in a folder."""

    uid: int
    raw: bytes
    arrived: datetime


@dataclass
class Box:
    """One folder."""

    validity: int = 1
    following: int = 1
    mails: list[Stored] = field(default_factory=list)


class ImapServer:
    """A server in threads of this process."""

    def __init__(self, *, idle: bool = True, folders: tuple[str, ...] = ("INBOX",)) -> None:
        self.idle = idle
        self.password = "secret"
        self.boxes = {name: Box() for name in folders}
        self.refused: set[int] = set()  # UIDs whose text is not given out
        self.deadly: set[int] = set()  # UIDs whose fetching breaks the line
        self.logins = 0
        self.commands: list[str] = []
        self.news = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.owner = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.drop_connections()
        self._thread.join(5)

    def put(self, raw: bytes, folder: str = "INBOX", *, days_ago: float = 0) -> int:
        """Deliver a mail; returns its UID."""
        with self.news:
            box = self.boxes[folder]
            uid, box.following = box.following, box.following + 1
            box.mails.append(Stored(uid, raw, datetime.now(UTC) - timedelta(days=days_ago)))
            self.news.notify_all()
        return uid

    def remake(self, folder: str = "INBOX") -> None:
        """Give the folder another UIDVALIDITY and its mails other UIDs."""
        box = self.boxes[folder]
        box.validity += 1
        for number, mail in enumerate(box.mails, start=100):
            mail.uid = number
        box.following = 100 + len(box.mails)

    def drop_connections(self) -> None:
        """Cut all lines."""
        for session in list(self._server.sessions):
            session.cut()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    owner: ImapServer

    def __init__(self, *args: object) -> None:
        self.sessions: set[_Session] = set()
        super().__init__(*args)  # type: ignore[arg-type]

    def handle_error(self, *_: object) -> None:
        """A line that was cut is no news."""


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.sessions.add(self)
        self.owner = self.server.owner
        self.box = Box()
        self._say("* OK ready")
        try:
            while line := self.rfile.readline():
                if not self._answer(line.strip()):
                    return
        finally:
            self.server.sessions.discard(self)

    def cut(self) -> None:
        """Close the line without a word."""
        try:
            self.connection.shutdown(2)
        except OSError:
            pass

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _answer(self, line: bytes) -> bool:
        tag, _, rest = line.decode("ascii", "replace").partition(" ")
        command, _, arguments = rest.partition(" ")
        if command.upper() == "UID":
            command, _, arguments = arguments.partition(" ")
        name = command.upper()
        self.owner.commands.append(f"{name} {arguments}" if name != "LOGIN" else name)
        handler = getattr(self, f"_do_{name.lower()}", None)
        if handler is None:
            self._say(f"{tag} BAD unknown command")
            return True
        result = handler(arguments, tag)
        if result:
            self._say(f"{tag} {result}")
        return name != "LOGOUT" and result is not None

    def _do_capability(self, _arguments: str, _tag: str) -> str:
        self._say(f"* CAPABILITY IMAP4rev1{' IDLE' if self.owner.idle else ''}")
        return "OK done"

    def _do_login(self, arguments: str, _tag: str) -> str:
        if not arguments.endswith(f'"{self.owner.password}"'):
            return "NO [AUTHENTICATIONFAILED] wrong password"
        self.owner.logins += 1
        return "OK logged in"

    def _do_examine(self, arguments: str, _tag: str) -> str:
        box = self.owner.boxes.get(arguments.strip('"'))
        if box is None:
            return "NO no such folder"
        self.box = box
        self._say(
            f"* {len(box.mails)} EXISTS",
            f"* OK [UIDVALIDITY {box.validity}] here",
            f"* OK [UIDNEXT {box.following}] here",
        )
        return "OK [READ-ONLY] opened"

    def _do_noop(self, _arguments: str, _tag: str) -> str:
        return "OK done"

    def _do_search(self, arguments: str, _tag: str) -> str:
        found = list(self.box.mails)
        ranged = re.search(r"UID (\d+):(\d+|\*)", arguments)
        if ranged:
            low = int(ranged[1])
            last = max((mail.uid for mail in found), default=0)
            high = last if ranged[2] == "*" else int(ranged[2])
            low, high = (min(low, high), max(low, high)) if ranged[2] == "*" else (low, high)
            found = [mail for mail in found if low <= mail.uid <= high]
        since = re.search(r"SINCE (\S+)", arguments)
        if since:
            day = datetime.strptime(since[1], "%d-%b-%Y").replace(tzinfo=UTC)
            found = [mail for mail in found if mail.arrived >= day]
        self._say(f"* SEARCH {' '.join(str(mail.uid) for mail in found)}".rstrip())
        return "OK done"

    def _do_fetch(self, arguments: str, _tag: str) -> str | None:
        numbers, _, what = arguments.partition(" ")
        wanted = {int(number) for number in numbers.split(",")}
        if "BODY.PEEK[]" in what and wanted & self.owner.deadly:
            self.cut()
            return None
        if "BODY.PEEK[]" in what and wanted & self.owner.refused:
            return "NO that mail cannot be read"
        for number, mail in enumerate(self.box.mails, start=1):
            if mail.uid in wanted:
                self._give(number, mail, what)
        return "OK done"

    def _give(self, number: int, mail: Stored, what: str) -> None:
        if "RFC822.SIZE" in what:
            self._say(f"* {number} FETCH (UID {mail.uid} RFC822.SIZE {len(mail.raw)})")
            return
        head = "HEADER" in what
        text = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head else mail.raw
        name = "BODY[HEADER]" if head else "BODY[]"
        if mail.uid % 2:  # both orders are allowed
            start, end = f"UID {mail.uid} {name} ", ""
        else:
            start, end = f"{name} ", f" UID {mail.uid}"
        self.wfile.write(f"* {number} FETCH ({start}{{{len(text)}}}\r\n".encode() + text)
        self._say(f"{end})")

    def _do_idle(self, _arguments: str, _tag: str) -> str:
        self._say("+ idling")
        before = len(self.box.mails)
        done = threading.Event()

        def tell() -> None:
            while not done.is_set():
                with self.owner.news:
                    self.owner.news.wait(0.2)
                if len(self.box.mails) != before:
                    self.wfile.write(f"* {len(self.box.mails)} EX".encode())  # a line in two pieces
                    self.wfile.flush()
                    done.wait(0.2)
                    self._say("ISTS")
                    return

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        self.rfile.readline()  # DONE
        done.set()
        teller.join(2)
        return "OK done"

    def _do_logout(self, _arguments: str, _tag: str) -> str:
        self._say("* BYE")
        return "OK done"
