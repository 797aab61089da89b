"""An apply file as the docs show it, and a way to write variants of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

FILE = """
[organisation]
name = "Lark & Larder"

[[store]]
slug = "lark"
name = "Lark & Larder"
locale = "en"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "lark.example"

[[store.staff]]
email = "owner@lark.example"
name = "Store owner"
role = "owner"

[[store.inbox]]
slug = "orders"
channel = "smtp"
address = "orders@lark.example"
settings = { host = "127.0.0.1", port = 2525, security = "none" }

[[store.api_key]]
name = "integration"
key = { env = "LARK_API_KEY" }
scopes = ["*"]
"""
KEY = "a key that is long enough to be one"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write the file, with replacements; the variables it names are set."""
    monkeypatch.setenv("LARK_API_KEY", KEY)

    def written(*replacements: tuple[str, str], text: str = FILE) -> Path:
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "store.toml"
        path.write_text(text)
        return path

    return written
