"""Pictures of strangers painted anew: what comes out is ours, and bombs go off in a child."""

import io
import os
import signal
import struct
import time
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from shopbell.kit.repainting import Refused, Repainted, Repainters

PLACE = b"Secret Street 7"


@pytest.fixture(scope="module")
def painters() -> Iterator[Repainters]:
    painters = Repainters()
    yield painters
    painters.close()


def picture(
    kind: str, size: tuple[int, int] = (30, 20), mode: str = "RGB", **told: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 90)[: len(mode)]).save(out, kind, **told)
    return out.getvalue()


def flood(width: int, height: int) -> bytes:
    """Return a PNG of one bit a pixel that is small as a file."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * min(((width + 7) // 8 + 1) * height, 20_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode", "wanted"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("GIF", "RGB", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
    ],
)
def test_pictures_come_out_as_png_or_jpeg(
    painters: Repainters, kind: str, mode: str, wanted: str
) -> None:
    made = painters.repaint(picture(kind, mode=mode))
    assert isinstance(made, Repainted)
    assert made.content_type == wanted
    assert Image.open(io.BytesIO(made.content)).size == (30, 20)


def test_nothing_but_pixels_comes_out(painters: Repainters) -> None:
    made = painters.repaint(picture("JPEG", comment=PLACE) + PLACE)
    assert isinstance(made, Repainted)
    assert PLACE not in made.content


def test_a_large_one_is_made_smaller_and_a_tiny_one_is_told_apart(painters: Repainters) -> None:
    made = painters.repaint(picture("JPEG", (5000, 100)))
    assert isinstance(made, Repainted)
    assert Image.open(io.BytesIO(made.content)).size == (2000, 40)
    tiny = painters.repaint(picture("GIF", (1, 1)))
    assert isinstance(tiny, Repainted)
    assert tiny.is_tiny


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        picture("JPEG")[:200],
        picture("BMP"),
        picture("JPEG2000"),
        flood(30_000, 30_000),
        flood(20_000, 10),
        b"GIF89a" + b"\xff" * 500,
    ],
)
def test_what_is_no_small_picture_of_a_known_kind_is_refused_at_once(
    painters: Repainters, content: bytes
) -> None:
    begun = time.monotonic()
    assert isinstance(painters.repaint(content), Refused)
    assert time.monotonic() - begun < 2


def test_a_child_that_is_killed_costs_one_picture() -> None:
    painters = Repainters()
    painters.repaint(picture("PNG"))
    [pid] = painters._shelf.pids()
    os.kill(pid, signal.SIGSTOP)
    painters._seconds = 0.05
    assert isinstance(painters.repaint(picture("PNG")), Refused)
    painters._seconds = 12
    assert isinstance(painters.repaint(picture("PNG")), Repainted)
    painters.close()
