"""The server side of one SMTP connection of `SmtpSink`: a state machine over a byte buffer.

A newcomer's mistake: answering directly. Every answer goes through `act`, where faults step in.
"""

import asyncio
import base64
import contextlib
import socket
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from fnmatch import fnmatch
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tests.support.smtp_sink import SmtpSink

END = b"\r\n.\r\n"
STAGES = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot")


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """One mail as it came: `data` is without dot-stuffing and without the end mark."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    at: float  # time.time() when the end mark was seen
    tls: bool
    user: str
    connection: int  # number of the connection, from 1

    @property
    def parsed(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        return message_from_bytes(self.data, policy=policy.default)

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(self.parsed["Subject"] or "")

    def body(self, kind: str = "plain") -> str:
        """The decoded body of type text/`kind`, or an empty string."""
        part = self.parsed.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


@dataclass(slots=True)
class Fault:
    """What goes wrong, where, for whom and how often (`times` None: always)."""

    stage: str
    to: str = "*"
    reply: str = ""
    delay: float = 0.0
    stall: bool = False
    drop: bool = False
    record: bool = True
    times: int | None = None

    def fits(self, stage: str, recipients: list[str]) -> bool:
        """Whether it applies now."""
        if self.stage != stage or self.times == 0:
            return False
        return self.to == "*" or any(fnmatch(one, self.to.lower()) for one in recipients)


class Session(asyncio.Protocol):
    """One connection: a small state machine over a byte buffer."""

    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink
        self.transport: asyncio.Transport | None = None
        self.socket: socket.socket | None = None
        self.buffer = bytearray()
        self.in_data = self.body_seen = self.frozen = self.upgrading = False
        self.tls = sink.implicit_tls
        self.user = ""
        self.login: list[str] | None = None  # answers of AUTH LOGIN so far
        self.sender: str | None = None
        self.recipients: list[str] = []

    # --- transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.socket = transport.get_extra_info("socket")
        self.quick_ack()
        if self.upgrading:  # the same protocol object continues above TLS
            self.upgrading, self.tls = False, True
            return
        self.sink.connections += 1
        self.number = self.sink.connections
        self.sink.open_sessions.add(self)
        self.act("greeting", "220 sink.example ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.open_sessions.discard(self)

    def cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def quick_ack(self) -> None:
        """Acknowledge at once; Linux forgets the wish, so it is repeated for each read."""
        if self.socket is not None and hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.quick_ack()
        self.work()

    def say(self, line: str) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(line.encode() + b"\r\n")

    # --- faults

    def act(self, stage: str, usual: str) -> bool:
        """Answer as usual or as a fault says. False: the usual consequence must not happen."""
        fault = self.sink.take_fault(stage, [one.lower() for one in self.recipients])
        if fault is None:
            self.say(usual)
            return True
        if fault.stall:
            self.frozen = True
        elif fault.delay:
            self.frozen = True
            asyncio.get_running_loop().call_later(fault.delay, self.thaw, fault, usual)
        else:
            self.finish(fault, usual)
        return fault.record if stage == "dot" else fault.reply[:1] not in ("4", "5")

    def thaw(self, fault: Fault, usual: str) -> None:
        self.frozen = False
        self.finish(fault, usual)
        self.work()

    def finish(self, fault: Fault, usual: str) -> None:
        if fault.drop:
            self.frozen = True
            if fault.reply and self.transport is not None:
                self.say(fault.reply)
                self.transport.close()
            else:
                self.cut()
            return
        self.say(fault.reply or usual)

    # --- the dialogue

    def work(self) -> None:
        while self.buffer and not self.frozen and not self.upgrading:
            if self.in_data:
                if not self.take_content():
                    return
                continue
            end = self.buffer.find(b"\r\n")
            if end < 0:
                return
            line = self.buffer[:end].decode("utf-8", "replace")
            del self.buffer[: end + 2]
            self.command(line)

    def take_content(self) -> bool:
        if not self.body_seen:
            self.body_seen = True
            fault = self.sink.take_fault("body", [one.lower() for one in self.recipients])
            if fault is not None:
                self.finish(fault, "")
                return False
        if self.buffer.startswith(b".\r\n"):
            content, used = b"", 3
        else:
            end = self.buffer.find(END)
            if end < 0:
                return False
            content, used = bytes(self.buffer[: end + 2]), end + len(END)
        del self.buffer[:used]
        self.in_data = self.body_seen = False
        if content.startswith(b"."):
            content = content[1:]
        content = content.replace(b"\r\n.", b"\r\n")
        message = SinkMessage(
            self.sender or "",
            tuple(self.recipients),
            content,
            time.time(),
            self.tls,
            self.user,
            self.number,
        )
        usual = f"250 2.0.0 Ok: queued as {self.sink.count + 1:X}"
        if 0 < self.sink.size < len(content):
            self.say("552 5.3.4 Message too big")
        elif not message.recipients:
            self.say("554 5.5.1 No valid recipients")
        elif self.act("dot", usual):
            self.sink.record(message)
        self.reset()
        return True

    def reset(self) -> None:
        self.sender = None
        self.recipients = []

    def command(self, line: str) -> None:
        if self.login is not None:
            self.continue_login(line)
            return
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if self.sink.keep:
            self.sink.commands.append("AUTH ***" if verb == "AUTH" else line)
        handler = getattr(self, f"do_{verb.lower()}", None)
        if handler is None:
            self.say("500 5.5.2 What?")
        else:
            handler(rest)

    def do_ehlo(self, _rest: str) -> None:
        self.reset()
        offers = ["sink.example", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self.sink.pipelining:
            offers.append("PIPELINING")
        if self.sink.starttls and not self.tls:
            offers.append("STARTTLS")
        if self.sink.users and (self.tls or not self.sink.starttls):
            offers.append("AUTH " + " ".join(self.sink.mechanisms))
        if self.sink.size:
            offers.append(f"SIZE {self.sink.size}")
        if self.sink.smtputf8:
            offers.append("SMTPUTF8")
        last = len(offers) - 1
        self.act(
            "ehlo",
            "\r\n".join(f"250{' ' if at == last else '-'}{one}" for at, one in enumerate(offers)),
        )

    def do_helo(self, _rest: str) -> None:
        self.reset()
        self.act("ehlo", "250 sink.example")

    def do_noop(self, _rest: str) -> None:
        self.say("250 2.0.0 Ok")

    def do_rset(self, _rest: str) -> None:
        self.reset()
        self.say("250 2.0.0 Ok")

    def do_quit(self, _rest: str) -> None:
        self.say("221 2.0.0 Bye")
        if self.transport is not None:
            self.transport.close()

    def do_starttls(self, _rest: str) -> None:
        if self.transport is None or self.sink.tls_context is None or self.tls:
            self.say("502 5.5.1 Not now")
            return
        self.transport.pause_reading()  # or the first bytes of TLS might be taken for commands
        self.say("220 2.0.0 Go ahead")
        self.buffer.clear()  # whatever was sent before TLS does not count
        self.reset()
        self.upgrading = True
        self.task = asyncio.get_running_loop().create_task(self.upgrade())

    async def upgrade(self) -> None:
        assert self.transport is not None
        assert self.sink.tls_context is not None
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self.transport, self, self.sink.tls_context, server_side=True
            )
        except OSError:  # the client did not like the certificate, or left
            self.cut()
            return
        if transport is not None and self.upgrading:
            self.connection_made(transport)
            self.work()  # the first command may have come before we were told

    def do_auth(self, rest: str) -> None:
        mechanism, _, answer = rest.partition(" ")
        if mechanism.upper() == "PLAIN" and "PLAIN" in self.sink.mechanisms:
            _, name, password = base64.b64decode(answer).decode().split("\0")
            self.check_login(name, password)
        elif mechanism.upper() == "LOGIN" and "LOGIN" in self.sink.mechanisms:
            self.login = []
            self.say("334 VXNlcm5hbWU6")
        else:
            self.say("504 5.5.4 Not this mechanism")

    def continue_login(self, line: str) -> None:
        assert self.login is not None
        self.login.append(base64.b64decode(line).decode())
        if len(self.login) == 1:
            self.say("334 UGFzc3dvcmQ6")
            return
        name, password = self.login
        self.login = None
        self.check_login(name, password)

    def check_login(self, name: str, password: str) -> None:
        good = self.sink.users.get(name) == password
        usual = "235 2.7.0 Welcome" if good else "535 5.7.8 Wrong name or password"
        if self.act("auth", usual) and good:
            self.user = name

    def do_mail(self, rest: str) -> None:
        if self.sink.users and not self.user:
            self.say("530 5.7.0 Log in first")
        elif self.sender is not None:
            self.say("503 5.5.1 Nested MAIL command")
        else:
            address, options = _path(rest)
            declared = options.get("SIZE", "0")
            if 0 < self.sink.size < int(declared):
                self.say("552 5.3.4 Message too big")
            elif self.act("mail", "250 2.1.0 Ok"):
                self.sender = address

    def do_rcpt(self, rest: str) -> None:
        if self.sender is None:
            self.say("503 5.5.1 MAIL first")
            return
        address, _ = _path(rest)
        self.recipients.append(address)
        if not self.act("rcpt", "250 2.1.5 Ok"):
            self.recipients.pop()

    def do_data(self, _rest: str) -> None:
        if not self.recipients and not self.sink.lenient:
            self.say("554 5.5.1 No valid recipients")
        elif self.act("data", "354 End with a dot"):
            self.in_data = True


def _path(rest: str) -> tuple[str, dict[str, str]]:
    """Split `FROM:<a@b> SIZE=5` into address and options."""
    inside, _, after = rest.partition("<")[2].partition(">")
    options = (one.partition("=") for one in after.split())
    return inside, {name.upper(): value for name, _, value in options}
