"""Registries of pluggable things (connectors). Built-ins and outside packages use the same door.

Outside packages announce themselves through an entry-point group of the registry's name.
"""

from collections.abc import Iterator
from importlib.metadata import entry_points

from shopbell.kit.errors import NotFound


class Registry[T]:
    """A named set of things under short keys (`shopify`, `smtp`)."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._items: dict[str, T] = {}

    def register(self, key: str, item: T) -> T:
        """Add `item`; registering another object under a taken key is an error."""
        if key in self._items and type(self._items[key]) is not type(item):
            raise ValueError(f"{self.group}: {key!r} is registered already")
        self._items[key] = item
        return item

    def get(self, key: str) -> T:
        """Return the item, or raise `NotFound`."""
        try:
            return self._items[key]
        except KeyError:
            known = ", ".join(sorted(self._items)) or "none"
            raise NotFound(f"There is no {self.group} called {key!r}. Known: {known}.") from None

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter([self._items[key] for key in sorted(self._items)])

    def load_outsiders(self) -> None:
        """Import the packages that announce themselves; importing registers them."""
        for entry in entry_points(group=self.group):
            entry.load()
