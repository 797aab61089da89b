"""An SMTP server that swallows mail, for tests and benchmarks, with faults on demand.

    with SmtpSink() as sink:
        sink.fail("rcpt", reply="550 5.1.1 Nobody here", to="bounce@*")
        ...                       # send to 127.0.0.1, port sink.port
        [message] = sink.wait_for(1)

A newcomer's mistake: asserting on `sink.messages` right after an asynchronous send. `wait_for`
waits for the count. For benchmarks take `SinkProcess`: a thread would share the sender's GIL.

Stages a fault can hang on: `greeting`, `ehlo`, `auth`, `mail`, `rcpt`, `data` (the command),
`body` (the first bytes of the content) and `dot` (the end of the content).
"""

import argparse
import asyncio
import base64
import contextlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from fnmatch import fnmatch
from pathlib import Path
from typing import Self, cast

import uvloop

from tests.support.certificates import make_certificate

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


@dataclass
class SmtpSink:
    """The sink in a thread of this process. Options say what the server offers."""

    port: int = 0
    pipelining: bool = True
    starttls: bool = False
    implicit_tls: bool = False
    users: Mapping[str, str] = field(default_factory=dict)  # not empty: login is required
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    size: int = 0
    smtputf8: bool = False
    lenient: bool = False  # says go ahead to DATA even when no recipient was taken
    keep: bool = True  # False: count only

    def __post_init__(self) -> None:
        self.messages: list[SinkMessage] = []
        self.commands: list[str] = []
        self.count = 0
        self.connections = 0
        self._faults: list[Fault] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop() if self.keep else uvloop.new_event_loop()
        self._open: set[_Session] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="smtp-sink", daemon=True)
        self.certificate = ""  # PEM of the self-signed certificate (localhost, 127.0.0.1)
        self.tls_context: ssl.SSLContext | None = None

    # --- life

    def __enter__(self) -> Self:
        if self.starttls or self.implicit_tls:
            self._prepare_tls()
        self._thread.start()
        self.start_listening()
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def start_listening(self) -> None:
        """Listen (again) on the same port."""
        self._call(self._listen())

    def stop_listening(self) -> None:
        """From now on connections are refused, and open ones are cut."""
        self._call(self._close())

    def drop_connections(self) -> None:
        """Cut all open connections, as a server does that restarts or tires of idling."""
        self._call(self._drop())

    # --- what tests ask

    def fail(
        self,
        stage: str,
        *,
        reply: str = "",
        to: str = "*",
        delay: float = 0.0,
        stall: bool = False,
        drop: bool = False,
        record: bool | None = None,
        times: int | None = None,
    ) -> None:
        """Program a fault: wait `delay`, then stall, or reply (default: as usual) and drop.

        `drop` without `reply` cuts without a word. At `dot` the mail is recorded unless the
        reply is a refusal; `record` overrides that.
        """
        if stage not in STAGES:
            raise ValueError(f"no stage {stage!r}")
        if record is None:
            record = reply[:1] not in ("4", "5")
        self._faults.append(Fault(stage, to, reply, delay, stall, drop, record, times))

    def heal(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def clear(self) -> None:
        """Forget the messages and commands seen so far."""
        with self._changed:
            self.messages.clear()
            self.commands.clear()
            self.count = 0

    def wait_for(self, count: int, timeout: float = 5.0) -> list[SinkMessage]:
        """Return the messages once there are `count`; fail the test when they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.count >= count, timeout):
                raise AssertionError(f"{self.count} of {count} mails came within {timeout} s")
            return list(self.messages)

    def to(self, address: str) -> list[SinkMessage]:
        """Return the messages for one address."""
        with self._changed:
            return [message for message in self.messages if address in message.recipients]

    # --- inside the thread

    def take_fault(self, stage: str, recipients: list[str]) -> Fault | None:
        """Return the fault that applies now, and use it up once."""
        for fault in self._faults:
            if fault.fits(stage, recipients):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def record(self, message: SinkMessage) -> None:
        """Keep one mail and wake whoever waits."""
        with self._changed:
            self.count += 1
            if self.keep:
                self.messages.append(message)
            self._changed.notify_all()

    def _prepare_tls(self) -> None:
        self.certificate, key = make_certificate()
        self.tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "both.pem")
            path.write_text(key + self.certificate)
            self.tls_context.load_cert_chain(path)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call[T](self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _listen(self) -> None:
        if self._server is not None:
            return
        context = self.tls_context if self.implicit_tls else None
        self._server = await self._loop.create_server(
            lambda: _Session(self), "127.0.0.1", self.port, ssl=context, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _drop(self) -> None:
        for session in list(self._open):
            session.cut()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._drop()
        await asyncio.sleep(0)


class _Session(asyncio.Protocol):
    """One connection: a small state machine over a byte buffer."""

    def __init__(self, sink: SmtpSink) -> None:
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
        self.sink._open.add(self)
        self.act("greeting", "220 sink.example ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink._open.discard(self)

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


class SinkProcess:
    """The sink in a process of its own, counting only: for benchmarks. Use as a context manager."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.smtp_sink", "--delay", str(self.delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def count(self) -> int:
        """Return how many mails came so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.communicate("", timeout=10)  # end of input stops it


def main() -> None:
    """Run a counting sink: prints its port, then the count for each line of input."""
    parser = argparse.ArgumentParser(description="Swallow mail and count it.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the last reply")
    options = parser.parse_args()
    with SmtpSink(port=options.port, keep=False) as sink:
        if options.delay:
            sink.fail("dot", delay=options.delay)
        print(sink.port, flush=True)
        for _ in sys.stdin:
            print(sink.count, flush=True)


if __name__ == "__main__":
    main()
