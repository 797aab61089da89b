"""One measurement in a process of its own: settings are read once, and name one database."""

from importlib import import_module
from typing import Any


def measured(name: str) -> dict[str, Any]:
    """Run a measurement by its name; returns its table."""
    found: dict[str, Any] = import_module(f"benchmarks.{name}").run()
    return found
