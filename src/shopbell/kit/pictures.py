"""Small pictures made safe without decoding them: a PNG is taken apart and put together again.

Only the parts that draw are kept: no text, no place, no profile, nothing after the end. The pixels
are inflated within a bound, so that a small file cannot become a large picture.
"""

import struct
import zlib

from shopbell.kit.errors import Invalid

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_LARGEST = 400_000


def clean_png(content: bytes, *, most: int = 256) -> bytes:
    """Return a PNG of at most `most` by `most` pixels with nothing in it but the picture.

    Raises:
        Invalid: it is no PNG, is broken, or is too large.
    """
    if len(content) > _LARGEST:
        raise Invalid("The picture is too large.", kept="The old one stays.")
    try:
        kept = _chunks(content)
        width, height, depth, colours = struct.unpack(">IIBB", kept[0][1][:10])
        if not (0 < width <= most and 0 < height <= most) or len(kept[0][1]) != 13:
            raise Invalid(
                f"The picture is larger than {most} by {most} pixels.",
                kept="The old one stays.",
                remedy="With scripts switched on, the page makes it smaller by itself.",
            )
        row = (width * depth * _SAMPLES[colours] + 7) // 8 + 1
        _inflate(b"".join(data for name, data in kept if name == b"IDAT"), 2 * row * height + 4096)
    except (ValueError, KeyError, IndexError, struct.error, zlib.error):
        raise Invalid("This is not a PNG picture.", kept="The old one stays.") from None
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in kept)


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        raise ValueError("no signature")
    found: list[tuple[bytes, bytes]] = []
    at = len(_SIGNATURE)
    while not found or found[-1][0] != b"IEND":
        size, name = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + size]
        [sum_] = struct.unpack(">I", content[at + 8 + size : at + 12 + size])
        if zlib.crc32(name + data) != sum_:
            raise ValueError("wrong sum")
        at += 12 + size
        if name in _KEPT:
            found.append((name, data))
    if found[0][0] != b"IHDR" or not any(name == b"IDAT" for name, _ in found):
        raise ValueError("no picture")
    return found


def _inflate(packed: bytes, most: int) -> None:
    engine = zlib.decompressobj()
    if len(engine.decompress(packed, most)) >= most or not engine.eof:
        raise ValueError("not a picture of this size")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
