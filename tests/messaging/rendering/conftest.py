"""One pool of rendering children for all tests of this folder, and a short way to use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.jobs import Compiled, RenderJob, RenderResult
from shopbell.messaging.rendering.pool import RenderPool

Render = Callable[..., RenderResult]


@pytest.fixture(scope="session")
def pool() -> Iterator[RenderPool]:
    with RenderPool() as pool:
        yield pool


@pytest.fixture
def render(pool: RenderPool) -> Callable[..., Rendered]:
    """Render `text`, `html` and `subject` with a context; fail the test if that fails."""

    def one(text: str = "", *, html: str = "", subject: str = "", **settings: Any) -> Rendered:
        context = settings.pop("context", {})
        result = pool.render(RenderJob(Compiled(subject, html, text), context, **settings))
        assert isinstance(result, Rendered), result
        return result

    return one
