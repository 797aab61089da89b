"""A real server and a real browser for the pages of the design system."""

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.browser import open_window, opened


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _WithStatic(StaticFilesHandler):
    """Serves static files from the source; only these tests run Django without the edge."""

    def serve(self, request):  # type: ignore[no-untyped-def]
        from django.contrib.staticfiles.views import serve

        return serve(request, self.file_path(request.path), insecure=True)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Return the address of the running pages."""
    server = make_server("127.0.0.1", 0, _WithStatic(WSGIHandler()), _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    """Return a fresh window on the site that fails the test on any script error."""
    with open_window(chromium, site, viewport={"width": 1280, "height": 900}) as window:
        yield window


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Return the style guide, with its scripts running."""
    return opened(context, "/styleguide")
