"""Logging of every process: one line per event, to standard error.

On a terminal the line is for people, elsewhere it is JSON for machines. Standard logging (Django,
Procrastinate, uvicorn) goes the same way. A newcomer's mistake: putting a secret or an address into
an event. Keys that look like secrets are blanked, but what is inside a sentence is not.
"""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = ("password", "secret", "token", "authorization", "cookie", "api_key", "signature")
_LOUD = ("asyncio", "django.db", "httpcore2", "httpx2", "procrastinate", "uvicorn")


def configure_logging(process: str, level: str = "INFO") -> None:
    """Send everything this process logs to standard error, marked with the name of the process."""
    people = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
        _blank_secrets,
    ]
    last: list[structlog.typing.Processor]
    if people:
        last = [_Prefix(process), structlog.dev.ConsoleRenderer(pad_event_to=0)]
    else:
        last = [
            _Named(process),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says about each live stream it ends when it stops."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError)


def _blank_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.lower() for word in _SECRET):
            event[key] = "***"
    return event


class _Prefix:
    """Puts the name of the process before the sentence."""

    def __init__(self, process: str) -> None:
        self._mark = f"{process:<8} | "

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event["event"] = self._mark + str(event.get("event", ""))
        return event


class _Named:
    """Adds the name of the process as a key."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event["process"] = self._process
        return event
