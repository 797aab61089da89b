"""`shopbell up --demo` for real: from the first start to a mail whose link leads to the parcel."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.postgres import prepare_home
from tests.support.programs import SHOPBELL, free_port

PATIENCE = 90


class Demo:
    """A running demo of its own home and port, and a browser without a screen."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="sb-demo-"))
        self.home.chmod(0o755)
        self.port = free_port()
        self.log = self.home / "up.log"
        prepare_home(self.home)

    def start(self) -> None:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if key != "DATABASE_URL" and not key.startswith("SHOPBELL_")
        }
        own = {"SHOPBELL_HOME": str(self.home), "SHOPBELL_PORT": str(self.port)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [SHOPBELL, "up", "--demo"], env=inherited | own, stdout=log, stderr=log
            )
        base = f"http://127.0.0.1:{self.port}"
        self.browser = httpx2.Client(base_url=base, follow_redirects=True, timeout=30)
        self.wait(lambda: "Sign in with this link" in self.log.read_text())

    def stop(self) -> None:
        self.browser.close()
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()

    def close(self) -> None:
        self.browser.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)

    def wait[Found](self, look: Callable[[], Found | None]) -> Found:
        """Return what `look` finds as soon as it is something."""
        until = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.log.read_text()
            if found := look():
                return found
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.2)

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def press(self, page: str, path: str, **form: str) -> httpx2.Response:
        """Post a form of a page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page))
        assert token
        headers = {"Referer": str(self.browser.base_url)}
        return self.browser.post(
            path, data={"csrfmiddlewaretoken": token[1], **form}, headers=headers
        )

    def sign_in(self) -> None:
        link = re.search(r"(/account/link/\S+)", self.log.read_text())
        assert link
        assert self.press(link[1], link[1]).status_code == 200


@pytest.fixture
def demo() -> Iterator[Demo]:
    running = Demo()
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.mark.slow
def test_a_visitor_buys_reads_the_mail_and_follows_the_parcel(demo: Demo) -> None:
    # given a demo that has just started, and its owner signed in
    demo.sign_in()
    # then orders arrive and are told by themselves
    demo.wait(lambda: len(re.findall(r"#1\d{3}", demo.page("/s/lark/orders/"))) >= 20)
    demo.wait(lambda: "sandbox/?who=" in str(demo.browser.get("/s/lark/sandbox/").url))
    # when the pace is changed and a visitor buys honey
    answer = demo.press("/s/lark/demo/", "/s/lark/demo/pace/", pace="hour")
    assert re.search(r'value="hour"[^>]*aria-pressed="true"', answer.text)
    thanks = demo.press(
        "/demo/shop/lark",
        "/demo/shop/lark",
        **{"name": "Wren Visitor", "email": "wren@visitor.example", "language": "en"},
        **{"units-honey": "2"},
    )
    address = str(thanks.url)
    text = demo.wait(lambda: found if "This is order" in (found := demo.page(address)) else None)
    # then the mail lies in the sandbox, and can be opened
    sandbox = re.search(r'href="(/s/lark/sandbox/\?who=[^"]+)"', text)
    assert sandbox
    mail = demo.wait(lambda: re.search(r"sandbox/mail/([\w-]+)/open/", demo.page(sandbox[1])))
    opened = demo.press(sandbox[1], f"/s/lark/sandbox/mail/{mail[1]}/open/")
    assert "The mail as the customer sees it" in opened.text
    body = demo.page(f"/s/lark/sandbox/mail/{mail[1]}/")
    assert "Wildflower Honey" in body
    # and its link leads to the tracking page, which needs no login
    link = re.search(r'href="(http[^"]+/c/[^"]+)"', body)
    assert link
    with httpx2.Client(follow_redirects=True, headers={"User-Agent": "Mozilla/5.0"}) as stranger:
        tracked = stranger.get(link[1])
    assert urlsplit(str(tracked.url)).path.startswith("/t/")
    assert "Wildflower Honey" in tracked.text
    # and the ledger says that it was read
    demo.wait(lambda: re.search(r"Read|read", demo.page(f"/s/lark/messages/{mail[1]}/")))
    # when everything is stopped and started again
    demo.press("/s/lark/demo/", "/s/lark/demo/pause/")
    demo.stop()
    demo.start()
    demo.sign_in()
    # then the store is the same one, its pace too, and it is still paused
    shown = demo.page("/s/lark/demo/")
    assert re.search(r'value="hour"[^>]*aria-pressed="true"', shown)
    assert "· paused" in shown
    assert "Wren Visitor" in demo.page("/s/lark/orders/?q=wren")
