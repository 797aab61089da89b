"""Visitors' live streams: hints for one's own thread, many at once, ending when they should."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from shopbell.connections.actions import switch_off
from shopbell.connections.models import Connection
from shopbell.conversations.actions import mark_seen
from shopbell.conversations.models import Conversation, Thread
from shopbell.conversations.visitors import Visitor, chat_inbox, new_visitor, token_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.edge.test_live_streams import Stream
from tests.support.web import WebProcess
from tests.widget.ground import ChatShop, Guest

MANY = 500


def opened(guest: Guest) -> Stream:
    path = f"/widget/{guest.slug}/stream"
    stream = Stream(guest.web, path, extra=f"authorization: Bearer {guest.token}\r\n")
    stream.until('data: {"t":"new"}')
    stream.heard = ""
    return stream


def test_a_visitor_hears_of_their_own_thread_and_of_no_other(
    web: WebProcess, lark: ChatShop, mara: Guest
) -> None:
    mara.write("mine")
    tom = Guest(web, lark.store.slug).meet()
    tom.write("his")
    with store_scope(lark.store.pk):
        thread = Thread.objects.select_related("conversation").get(entries__text="mine")
    one, other = opened(mara), opened(tom)
    lark.answer("for Mara only", thread)
    one.until('data: {"t":"new"}')
    time.sleep(0.3)
    assert "data" not in other.heard
    assert "Mara" not in one.heard
    one.heard = ""
    with store_scope(lark.store.pk):
        mark_seen(conversation=thread.conversation, user=lark.ada, typing=True)
    one.until('data: {"t":"new"}')
    assert mara.ask("GET", "messages").json["typing"] is True
    assert tom.ask("GET", "messages").json["typing"] is False
    one.close()
    other.close()


def test_whoever_has_a_stream_open_counts_as_there(lark: ChatShop, mara: Guest) -> None:
    mara.write()
    before = clock.now()
    stream = opened(mara)
    deadline = time.monotonic() + 12
    while True:
        with store_scope(lark.store.pk):
            here = Thread.objects.get().here_at
        if here is not None:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert abs((here - before).total_seconds()) < 15
    stream.close()


def test_a_stream_ends_when_the_chat_is_switched_off(lark: ChatShop, mara: Guest) -> None:
    mara.write()
    stream = opened(mara)
    with store_scope(lark.store.pk):
        switch_off(connection=Connection.objects.get(connector="widget"))
    assert stream.ended.wait(7)
    stream.close()


def test_what_is_not_a_visitors_stream_is_refused(
    web: WebProcess, lark: ChatShop, mara: Guest
) -> None:
    """S-40: the token stands in the header only; five streams for a visitor."""
    path = f"/widget/{lark.store.slug}/stream"
    assert mara.ask("GET", "stream").status == 409  # nothing was written yet
    mara.write()
    assert mara.ask("POST", "stream", {}).status == 405
    assert web.ask("GET", path).status == 401
    in_the_address = web.ask("GET", f"{path}?token={mara.token}")
    assert in_the_address.status == 401
    for slug in ("nobody", "x" * 300, "%00", "a/b"):
        answer = web.ask(
            "GET", f"/widget/{slug}/stream", headers={"authorization": f"Bearer {mara.token}"}
        )
        assert answer.status in (401, 404)
        assert len(answer.body) < 200
    streams = [opened(mara) for _ in range(5)]
    assert mara.ask("GET", "stream").status == 429
    for stream in streams:
        stream.close()


def visitors_who_wrote(shop: ChatShop, count: int) -> list[tuple[Visitor, Thread]]:
    people = [new_visitor(shop.store) for _ in range(count)]
    with store_scope(shop.store.pk):
        inbox, now = chat_inbox(), clock.now()
        talks = [
            Conversation(
                store=shop.store,
                number=number,
                medium="chat",
                inbox=inbox,
                tags=[],
                message_count=1,
                last_message_at=now,
                created_at=now,
            )
            for number in range(1, count + 1)
        ]
        Conversation.objects.bulk_create(talks)
        threads = [
            Thread(
                store=shop.store,
                conversation=talk,
                inbox=inbox,
                medium="chat",
                external_key=visitor.id,
                created_at=now,
            )
            for talk, visitor in zip(talks, people, strict=True)
        ]
        return list(zip(people, Thread.objects.bulk_create(threads), strict=True))


def resident_kib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * 4


def test_five_hundred_are_connected_and_each_hears_at_once(web: WebProcess, lark: ChatShop) -> None:
    begun = time.monotonic()
    people = visitors_who_wrote(lark, MANY)
    made = time.monotonic() - begun
    tokens = [token_of(lark.store, visitor) for visitor, _ in people]
    before = resident_kib(web.process.pid)
    crowd = Crowd()
    begun = time.monotonic()
    lines = crowd.do(_open_all(web, lark, tokens)).result(60)
    connected = time.monotonic() - begun
    waits = []
    for number in range(0, MANY, 5):
        heard = crowd.do(_hear(lines[number][0]))
        lark.answer("Here we are", people[number][1])
        sent = time.monotonic()  # it is committed
        waits.append(heard.result(10) - sent)
    each = (resident_kib(web.process.pid) - before) / MANY
    crowd.do(_close_all([writer for _, writer in lines])).result(30)
    crowd.close()
    waits.sort()
    middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(
        f"{MANY} streams in {connected:.1f} s, {len(waits)} answers:"
        f" heard after {middle * 1000:.0f} ms (p50), {late * 1000:.0f} ms (p99);"
        f" {each:.0f} KiB each, made in {made:.1f} s"
    )
    assert late < 0.5
    assert each < 100


class Crowd:
    """The other ends of many streams, in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do[T](self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin something over there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Let the thread end."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _hear(reader: asyncio.StreamReader) -> float:
    await asyncio.wait_for(reader.readuntil(b'data: {"t":"new"}\n\n'), 10)
    return time.monotonic()


async def _open_all(
    web: WebProcess, shop: ChatShop, tokens: list[str]
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    return await asyncio.gather(*(_open(web, shop, token) for token in tokens))


async def _close_all(writers: list[asyncio.StreamWriter]) -> None:
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def _open(
    web: WebProcess, shop: ChatShop, token: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(
        f"GET /widget/{shop.store.slug}/stream HTTP/1.1\r\nhost: x\r\n"
        f"authorization: Bearer {token}\r\n\r\n".encode()
    )
    await asyncio.wait_for(reader.readuntil(b'data: {"t":"new"}\n\n'), 30)
    return reader, writer
