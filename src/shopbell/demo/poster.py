"""Sends the demo's webhooks to the front door, in order, over real HTTP.

A newcomer's mistake: sending in parallel. Shops and carriers do get out of step, but a demo in
which parcels arrive before they are sent only confuses. What cannot be sent now waits and goes
first next time; a refusal (4xx) is counted and not repeated.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shopbell.demo.posts import Post
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http import Provider

MAX_WAITING = 5_000
PAUSES = (0.2, 0.5, 1.0)


@dataclass(slots=True)
class Tally:
    """What became of the posts since the start. `dropped`: too many waited, the oldest went."""

    sent: int = 0
    refused: int = 0
    retried: int = 0
    dropped: int = 0
    topics: Counter[str] = field(default_factory=Counter)
    last_error: str = ""


class Poster:
    """One sender. `base_url` is where the front door listens, such as http://127.0.0.1:8000."""

    def __init__(self, base_url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.tally = Tally()
        self._waiting: deque[Post] = deque()
        self._sleep = sleep
        self._door = Provider(
            base_url, name="The front door", connect_timeout=2, read_timeout=10, total_timeout=15
        )

    @property
    def waiting(self) -> int:
        """How many posts could not be sent yet."""
        return len(self._waiting)

    def send(self, posts: Iterable[Post], seconds: float = 3600.0) -> int:
        """Send what waited, then `posts`; return how many were accepted. Never raises for refusals.

        If the door does not answer after three retries, or `seconds` are over, the rest waits for
        the next call.
        """
        for post in posts:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self.tally.dropped += 1
            self._waiting.append(post)
        before = self.tally.sent
        until = time.monotonic() + seconds
        while self._waiting and time.monotonic() < until and self._send_one(self._waiting[0]):
            self._waiting.popleft()
        return self.tally.sent - before

    def _send_one(self, post: Post) -> bool:
        """Return whether the post is done with: accepted or refused for good."""
        for pause in (*PAUSES, None):
            try:
                self._door.request(post.method, post.path, content=post.body, headers=post.headers)
            except Temporary as error:
                self.tally.last_error = error.message
                if pause is not None:
                    self.tally.retried += 1
                    self._sleep(pause)
            except Permanent as error:
                if error.code == "redirected":  # a page that took a form leads to the next one
                    break
                self.tally.refused += 1
                self.tally.last_error = f"{post.topic}: {error.message}"
                return True
            else:
                break
        else:
            return False
        self.tally.sent += 1
        self.tally.topics[post.topic] += 1
        return True
