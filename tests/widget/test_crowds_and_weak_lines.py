"""Visitors on lines that lose a third of what they carry (R-15), and crowds (S-40)."""

import json
import random
import socket
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from shopbell.conversations.models import Entry
from shopbell.conversations.visitors import token_of
from shopbell.edge.chat import PER_ADDRESS, PER_VISITOR
from shopbell.kit.db.scope import store_scope
from tests.edge.test_live_streams import Stream
from tests.support.web import WebProcess, web_process
from tests.widget.ground import ChatShop, Guest
from tests.widget.test_streams import visitors_who_wrote


def test_what_a_weak_line_sends_five_times_is_there_once(web: WebProcess, lark: ChatShop) -> None:
    """R-15: the same client id five times at once, a third of the lines cut on the way."""
    guests = [Guest(web, lark.store.slug).meet() for _ in range(4)]
    for guest in guests:
        guest.write("Hello")
    dice = random.Random(15)
    marks = [str(uuid.uuid4()) for _ in range(12)]
    tries = [
        (guests[at % 4], mark, dice.random() < 0.3, dice.random())
        for at, mark in enumerate(marks)
        for _ in range(5)
    ]
    dice.shuffle(tries)
    with ThreadPoolExecutor(8) as lines:
        heard = list(lines.map(lambda each: _sent(web, *each), tries))

    # then whoever heard an answer heard of the same message, and each is there once
    told = {mark: {found for its, found in heard if its == mark and found} for mark in marks}
    assert {len(found) for found in told.values()} == {1}
    with store_scope(lark.store.pk):
        kept = Counter(str(entry.client_id) for entry in Entry.objects.filter(kind="incoming"))
    assert {mark: kept[mark] for mark in marks} == dict.fromkeys(marks, 1)


def _sent(web: WebProcess, guest: Guest, mark: str, cut: bool, where: float) -> tuple[str, str]:
    """Send one message by hand; a cut line ends within the request, or before its answer."""
    body = json.dumps({"client_id": mark, "text": f"About {mark}"}).encode()
    head = (
        f"POST /widget/{guest.slug}/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        f"authorization: Bearer {guest.token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    whole = head.encode() + body
    with socket.create_connection(("127.0.0.1", web.port), 15) as line, suppress(OSError):
        line.sendall(whole[: int(len(whole) * where * 2)] if cut else whole)
        if cut:
            return mark, ""
        answer = b"".join(iter(lambda: line.recv(65536), b""))
        if b" 202 " in answer[:20]:
            return mark, json.loads(answer.partition(b"\r\n\r\n")[2])["entry"]["id"]
    return mark, ""


def test_of_many_at_once_no_address_and_no_visitor_gets_more_than_its_streams(
    lark: ChatShop,
) -> None:
    """S-40: fifty for an address, five for a visitor, however quickly they come."""
    people = [visitor for visitor, _ in visitors_who_wrote(lark, 16)]
    tokens = [token_of(lark.store, visitor) for visitor in people]
    with web_process(SHOPBELL_TRUSTED_PROXIES="1") as web:

        def opened(token: str, address: str) -> Stream:
            extra = f"authorization: Bearer {token}\r\nx-forwarded-for: {address}\r\n"
            return Stream(web, f"/widget/{lark.store.slug}/stream", extra=extra)

        crowd = [opened(token, "81.2.69.142") for token in tokens[:15] for _ in range(4)]
        greedy = [opened(tokens[15], f"81.2.70.{number}") for number in range(12)]
        assert Counter(each.status for each in crowd) == {200: PER_ADDRESS, 429: 10}
        assert Counter(each.status for each in greedy) == {200: PER_VISITOR, 429: 7}
        for each in (*crowd, *greedy):
            each.close()
