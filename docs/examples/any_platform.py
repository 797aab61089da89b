"""Connect a platform to Shopbell: this one is the terminal. Needs Python 3.11 and nothing else.

    export SHOPBELL=https://your-shop.example/hooks/channel_http/your-shop/terminal
    export SECRET='a secret of 16 characters or more'
    python any_platform.py 8600          # the url in Shopbell's settings: http://this-host:8600/

What you type is written by a customer, `name: words`; what the shop answers is printed. Put your
platform's own calls into `deliver` and call `hand_in` where its messages arrive.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.request
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET, SHOPBELL = os.environ["SECRET"].encode(), os.environ["SHOPBELL"]
done: dict[str, str] = {}  # keep this on disk: the same id is delivered once, whatever happens


def deliver(message: dict) -> str:
    """Hand a message to the platform; return the platform's id of it."""
    print(f"→ {message['to']}: {message['text']}", flush=True)
    for option in message["options"]:
        print(f"   [{option['title']}]", flush=True)
    for file in message["files"]:
        print(f"   {file['name']}, {len(base64.b64decode(file['content']))} bytes", flush=True)
    return f"out-{uuid.uuid4()}"


def hand_in(**content: list) -> None:
    """Post messages of customers, or receipts, to Shopbell. Try again until it says 2xx."""
    body, identity = json.dumps(content).encode(), f"in-{uuid.uuid4()}"
    for wait in (1, 5, 30, 120, 600):
        stamp = str(int(time.time()))
        headers = {"webhook-id": identity, "webhook-timestamp": stamp}
        headers["webhook-signature"] = signature(identity, stamp, body)
        try:
            request = urllib.request.Request(SHOPBELL, body, headers)  # noqa: S310
            urllib.request.urlopen(request, timeout=20).close()  # noqa: S310
            return
        except OSError as error:
            print(f"! {error}; again in {wait} s", file=sys.stderr, flush=True)
            time.sleep(wait)


def signature(identity: str, stamp: str, body: bytes) -> str:
    """Sign as Standard Webhooks describe: https://www.standardwebhooks.com"""
    signed = f"{identity}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()


class Door(BaseHTTPRequestHandler):
    """Where Shopbell posts messages to customers."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        identity, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        good = signature(identity, stamp, body).encode()
        if not hmac.compare_digest(good, self.headers["webhook-signature"].encode()):
            return self.answer(401, {"detail": "The signature does not fit."})
        if abs(time.time() - int(stamp)) > 300:
            return self.answer(401, {"detail": "The signature is too old."})
        message = json.loads(body)
        if message["type"] == "ping":
            return self.answer(200, {})
        if identity not in done:  # a second time it only hears the same answer
            done[identity] = deliver(message)
        self.answer(200, {"id": done[identity]})
        now = datetime.now(UTC).isoformat()
        receipt = {"id": done[identity], "kind": "delivered", "at": now}
        threading.Thread(target=hand_in, kwargs={"receipts": [receipt]}).start()

    def answer(self, status: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door)
    server.daemon_threads = False  # what is on its way at the end is waited for
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on {server.server_port}", flush=True)
    for line in sys.stdin:
        person, _, words = line.strip().partition(": ")
        said = {"id": str(uuid.uuid4()), "from": person, "name": person.title(), "text": words}
        hand_in(messages=[{**said, "at": datetime.now(UTC).isoformat()}])
    server.shutdown()
    server.server_close()
