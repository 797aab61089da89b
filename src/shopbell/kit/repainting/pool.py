"""Hands pictures to painting children; one that hangs, crashes or eats memory fails alone."""

import threading
from dataclasses import dataclass

from shopbell.kit.children import Broken, Child, Late, Shelf, Unbounded

_MODULE = "shopbell.kit.repainting.child"
_WALL_SECONDS = 12.0
_PATIENCE = 3
_PICTURES = 500  # then a fresh child
_LARGEST = 32 * 1024 * 1024
_TYPES = {"p": "image/png", "j": "image/jpeg"}
_STRANGE = "This picture could not be read."


@dataclass(frozen=True, slots=True)
class Repainted:
    """A picture as we wrote it. `is_tiny`: of two by two pixels at most, and so without content."""

    content: bytes
    content_type: str
    is_tiny: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no picture, as a sentence."""

    sentence: str


class _Painter(Child):
    def __init__(self, idle_seconds: float) -> None:
        super().__init__(_MODULE, str(idle_seconds))
        self.pictures = 0
        self.wait_until_ready()

    def paint(self, content: bytes, seconds: float) -> bytes:
        """Return the child's answer."""
        self.pictures += 1
        return bytes(self.exchange(content, seconds=seconds, patience=_PATIENCE, most=_LARGEST))


class Repainters:
    """Up to `size` children. `idle_seconds` without work, and a child goes home."""

    def __init__(
        self, size: int = 1, *, idle_seconds: float = 120.0, seconds: float = _WALL_SECONDS
    ) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._shelf = Shelf(lambda: _Painter(idle_seconds))
        self._seconds = seconds

    def close(self) -> None:
        """Stop the children. The painters may be used again afterwards."""
        self._shelf.stop()

    def repaint(self, content: bytes) -> Repainted | Refused:
        """Paint one picture anew; never raises for what is in it."""
        if len(content) > _LARGEST // 2:
            return Refused("It is too large.")
        with self._slots:
            try:
                child = self._shelf.take()
            except Broken:
                return Refused(_STRANGE)
            try:
                answer = child.paint(content, self._seconds)
            except BaseException as error:
                child.stop()
                if isinstance(error, Broken | Late | Unbounded):
                    return Refused(_STRANGE)
                raise
            if child.pictures >= _PICTURES:
                child.stop()
            else:
                self._shelf.put_back(child)
        mark, data = answer[:1].decode("ascii", "replace"), answer[1:]
        if mark == "t":
            return Repainted(b"", "", is_tiny=True)
        if mark in _TYPES:
            return Repainted(data, _TYPES[mark])
        return Refused(data.decode("ascii", "replace") or _STRANGE)
