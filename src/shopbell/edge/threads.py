"""The ORM for the asynchronous side: a few threads of its own, with healthy connections.

Only for what is cached or rare (who is this key, which connection, a readiness check). A newcomer's
mistake: calling the ORM in an event loop, or from the threads of the pages: when those are all
busy, webhooks would wait for them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

SECONDS = 4.0
_pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="edge")


async def in_thread[**P, R](work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` with a checked database connection.

    Raises:
        TimeoutError: it took longer than a caller should wait. The thread itself goes on.
    """

    def run() -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            close_old_connections()

    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.run_in_executor(_pool, run), SECONDS)


def close_threads() -> None:
    """Let the threads and their connections go at the end of the process."""
    _pool.shutdown(wait=False, cancel_futures=True)
