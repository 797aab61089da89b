"""Who opens a visitor's stream: all that ask at the same time are looked up together.

After a restart every open page comes back within seconds; a query for each of them would keep the
webhooks from their threads. One batch runs at a time, the next collects meanwhile.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from shopbell.accounts.queries import store_by_slug
from shopbell.conversations.visitors import chat_inbox, threads_of, visitor_of
from shopbell.edge.answers import Refusal, unavailable
from shopbell.edge.threads import in_thread
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound

log = structlog.get_logger()

BATCH = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """A visitor with a thread."""

    store_id: int
    visitor: str
    thread: uuid.UUID
    conversation: uuid.UUID


type Question = tuple[str, str]  # the store's short name, the token
type Verdict = Caller | Refusal


class Callers:
    """Looks visitors up in batches."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Question, asyncio.Future[Verdict]]] = []
        self._task: asyncio.Task[None] | None = None

    async def find(self, slug: str, token: str) -> Caller:
        """Return who asks.

        Raises:
            Refusal: the token is none, nothing was written yet, or the database is away.
        """
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append(((slug, token), answer))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="chat-callers")
        found = await answer
        if isinstance(found, Refusal):
            raise found
        return found

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                verdicts = await in_thread(_resolve, [question for question, _ in batch])
            except Exception as error:
                log.error("chat.unavailable", error=type(error).__name__)
                verdicts = [unavailable() for _ in batch]
            for (_, answer), verdict in zip(batch, verdicts, strict=True):
                if not answer.done():
                    answer.set_result(verdict)
        self._task = None


def _resolve(questions: Sequence[Question]) -> list[Verdict]:
    by_store: dict[str, list[str]] = defaultdict(list)
    for slug, token in questions:
        by_store[slug].append(token)
    found: dict[Question, Verdict] = {}
    for slug, tokens in by_store.items():
        try:
            callers = _callers(slug, tokens)
        except NotFound:
            callers = {}
            found |= {(slug, token): unknown_chat() for token in tokens}
        found |= {(slug, token): caller for token, caller in callers.items()}
    return [found[question] for question in questions]


def _callers(slug: str, tokens: Sequence[str]) -> dict[str, Verdict]:
    store = store_by_slug(slug)
    with store_scope(store.pk):
        chat_inbox()
        visitors = {token: visitor_of(store, token) for token in tokens}
        threads = threads_of([visitor for visitor in visitors.values() if visitor])
    found: dict[str, Verdict] = {}
    for token, visitor in visitors.items():
        place = threads.get(visitor.id) if visitor else None
        if visitor is None:
            found[token] = unknown_token()
        elif place is None:
            found[token] = Refusal(409, "nothing_written", "Write something first.", retry_after=5)
        else:
            found[token] = Caller(store.pk, visitor.id, *place)
    return found


def unknown_token() -> Refusal:
    """Return the answer to a token that is none."""
    return Refusal(401, "unknown_token", "Ask for a session first.")


def unknown_chat() -> Refusal:
    """Return the answer where there is no chat."""
    return Refusal(404, "unknown", "There is no such chat.")
