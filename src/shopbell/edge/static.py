"""Static files: the collected ones of `STATIC_ROOT`, or straight from the packages when none are.

A newcomer's mistake: putting uploads here. Files are listed once at start; what comes later is not
found, and what lies in STATIC_ROOT is public.
"""

from pathlib import Path
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from servestatic import ServeStaticASGI
from starlette.types import ASGIApp


def with_static_files(application: ASGIApp) -> ASGIApp:
    """Return an application that serves static files and passes everything else on."""
    root = Path(settings.STATIC_ROOT)
    prefix = str(settings.STATIC_URL)
    static = ServeStaticASGI(
        application, max_age=60, allow_all_origins=False, add_headers_function=_headers
    )
    if (root / "staticfiles.json").exists():
        static.add_files(root, prefix)
    else:
        for finder in get_finders():
            for path, storage in finder.list(None):
                static.add_file_to_dictionary(prefix + path.replace("\\", "/"), storage.path(path))
    found: ASGIApp = static
    return found


# Pictures stand in mails, which are shown by other origins (and in frames that have none).
PICTURES = (".svg", ".png", ".jpg", ".webp", ".gif")


def _headers(headers: Headers, path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    shared = path.lower().endswith(PICTURES)
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if shared else "same-origin"
