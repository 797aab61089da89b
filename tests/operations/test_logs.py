"""What processes write: one line per event, secrets blanked, noise left out."""

import json
import subprocess
import sys

SCRIPT = """
import asyncio, logging, structlog
from shopbell.config.logs import configure_logging
configure_logging("web", "INFO")
structlog.get_logger("a").info("hello", order=7, api_token="hush", password="hush")
logging.getLogger("django.request").error("broken\\npage")
try:
    raise ValueError("odd")
except ValueError:
    logging.getLogger("b").exception("failed")
structlog.get_logger("a").debug("quiet")
logging.getLogger("uvicorn.error").info("quiet")
try:
    raise asyncio.CancelledError
except asyncio.CancelledError:
    logging.getLogger("uvicorn.error").exception("quiet")
"""


def test_off_a_terminal_each_event_is_one_line_of_json() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )

    hello, broken, failed = (json.loads(line) for line in said.stderr.splitlines())
    assert hello["event"] == "hello"
    assert (hello["process"], hello["order"], hello["level"]) == ("web", 7, "info")
    assert hello["api_token"] == hello["password"] == "***"
    assert broken["event"] == "broken\npage"
    assert "ValueError: odd" in failed["exception"]
    assert "quiet" not in said.stderr
    assert "hush" not in said.stderr
    assert said.stdout == ""
