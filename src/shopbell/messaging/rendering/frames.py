"""Length-prefixed orjson frames between the application and its rendering child."""

import struct
from typing import Any

import orjson

_HEAD = struct.Struct(">I")
LARGEST = 256 * 1024 * 1024


def pack(value: Any) -> bytes:
    """Return one frame."""
    body = orjson.dumps(value)
    return _HEAD.pack(len(body)) + body


class Unpacker:
    """Collects bytes as they arrive and yields whole frames."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """Add bytes; return the frames that became whole."""
        self._data += data
        frames = []
        while len(self._data) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._data)
            if length > LARGEST:
                raise ValueError("frame too long")
            end = _HEAD.size + length
            if len(self._data) < end:
                break
            frames.append(orjson.loads(bytes(self._data[_HEAD.size : end])))
            del self._data[:end]
        return frames
