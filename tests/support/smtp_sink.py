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
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvloop

from tests.support.certificates import make_certificate
from tests.support.smtp_dialogue import STAGES, Fault, Session, SinkMessage

__all__ = ["SinkMessage", "SinkProcess", "SmtpSink"]


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
        self.open_sessions: set[Session] = set()
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
            lambda: Session(self), "127.0.0.1", self.port, ssl=context, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _drop(self) -> None:
        for session in list(self.open_sessions):
            session.cut()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._drop()
        await asyncio.sleep(0)


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
