"""The whole of `shopbell up`: its PostgreSQL is killed while webhooks come and mails leave (R-05).

What was answered 2xx is told to the customer; what was not is posted again, as shops do.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbell.messaging.handing import IN_FLIGHT
from shopbell.messaging.lanes import AT_ONCE
from tests.chaos.ground import Progress, end_leases_elsewhere
from tests.operations.test_supervisor import Up, wait_until_gone
from tests.support.postgres import prepare_home
from tests.support.programs import SHOPBELL, free_port
from tests.support.shop import SECRET, order_payload, signed_headers
from tests.support.smtp_sink import SmtpSink

ORDERS = 150
KILL_AT = 60
_FILE = """
[organisation]
name = "Feather Goods"

[[store]]
slug = "lark"
name = "Lark & Larder"

[store.policies]
in_doubt_seconds = 3

[[store.inbox]]
slug = "orders"
channel = "smtp"
address = "orders@lark.example"
settings = {{ host = "127.0.0.1", port = {port}, security = "none" }}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "lark.myshopify.com", webhook_secret = "{secret}" }}
"""


@pytest.fixture
def up() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="sb-chaos-"))
    folder.chmod(0o755)
    prepare_home(folder)
    made = Up(folder, free_port())
    made.start()
    made.wait_until_ready()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.terminate()
        made.process.wait(30)
    wait_until_gone(made)
    shutil.rmtree(folder)


class Poster(threading.Thread):
    """A shop that posts its orders one after the other, each until it is taken."""

    def __init__(self, port: int) -> None:
        super().__init__(name="poster", daemon=True)
        self.port = port
        self.taken = 0
        self.statuses: Counter[int] = Counter()  # 0: no answer at all
        self.longest = 0.0  # seconds until an order was taken
        self.give_up = False

    def run(self) -> None:
        """Post all orders."""
        for number in range(ORDERS):
            begun = time.monotonic()
            while (status := self._post(number)) != 200 and not self.give_up:
                self.statuses[status] += 1
                time.sleep(0.2)
            self.statuses[200] += 1
            self.taken += 1
            self.longest = max(self.longest, time.monotonic() - begun)
            time.sleep(0.01)

    def _post(self, number: int) -> int:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = json.dumps(order_payload(number, created_at=now, updated_at=now)).encode()
        headers = signed_headers("orders/create", body, event_id=f"e{number}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/hooks/shopify/lark/main", body, headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


def test_what_was_acknowledged_is_told_though_the_database_is_killed(
    up: Up, capsys: pytest.CaptureFixture[str]
) -> None:
    # given webhooks that come in and mails that leave
    with SmtpSink() as sink:
        sink.fail("dot", delay=0.02)
        _apply(up, _FILE.format(port=sink.port, secret=SECRET))
        poster = Poster(up.port)
        poster.start()
        up.wait_until(lambda: poster.taken >= KILL_AT and sink.count >= 10)

        # when every process of PostgreSQL is killed at once
        _kill_with_children(up.children()["database"])
        try:
            up.wait_until(lambda: poster.taken == ORDERS)
        finally:
            poster.give_up = True
        poster.join(5)
        progress = Progress(lambda: len(_addresses(sink)), lambda: end_leases_elsewhere(up.home))
        up.wait_until(lambda: progress.reached(ORDERS))
        time.sleep(1)

    # then each order was told, nearly all of them once
    doubles = sink.count - ORDERS
    with capsys.disabled():
        print(
            f"\n    database killed: {dict(poster.statuses)}, longest wait {poster.longest:.1f} s,"
            f" lost 0 of {ORDERS}, twice {doubles}",
            end=" ",
        )
    assert _addresses(sink) == {f"mara{number}@example.com" for number in range(ORDERS)}
    assert 0 <= doubles <= IN_FLIGHT * AT_ONCE
    ids = {(mail.recipients, str(mail.parsed["Message-ID"])) for mail in sink.messages}
    assert len(ids) == ORDERS
    assert set(poster.statuses) <= {0, 200, 503}
    assert poster.longest < 30


def _addresses(sink: SmtpSink) -> set[str]:
    return {mail.recipients[0] for mail in list(sink.messages)}


def _apply(up: Up, text: str) -> None:
    path = up.home / "apply.toml"
    path.write_text(text)
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "SHOPBELL_HOME": str(up.home),
        "SHOPBELL_PORT": str(up.port),
    }
    environment.pop("SHOPBELL_SECRET_KEY", None)  # `up` made its own
    done = subprocess.run(
        [SHOPBELL, "apply", str(path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _kill_with_children(pid: int) -> None:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, listed)):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            pass
