"""The journeys that come with Shopbell, as data, in the order pages show them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shopbell.kit.errors import NotFound

_HERE = Path(__file__).parent
_ORDER = (
    "welcome", "cart_recovery", "delivery_check", "review_request", "replenishment", "milestone",
    "win_back", "back_in_stock", "price_drop",
    "browse_followup", "birthday", "points_expiry", "sunset",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preset:
    """One shipped journey. `definition` is what `read_definition` takes."""

    key: str
    name: str
    about: str
    definition: dict[str, Any]


@cache
def presets() -> tuple[Preset, ...]:
    """Return all presets."""
    return tuple(_read(key) for key in _ORDER)


def preset_of(key: str) -> Preset:
    """Return a preset or raise `NotFound`."""
    found = next((preset for preset in presets() if preset.key == key), None)
    if found is None:
        raise NotFound("There is no such journey.", remedy="Go back to the list.")
    return found


def _read(key: str) -> Preset:
    with (_HERE / f"{key}.toml").open("rb") as file:
        return Preset(key=key, **tomllib.load(file))
