"""The painting child: files come in on stdin, pictures painted anew go out on stdout.

Started by `pool.py` as `python -m shopbell.kit.repainting.child`. It knows four formats, limits its
own memory, CPU time and files before the first picture, and paints the first frame only.
"""

import io
import sys

from PIL import Image, ImageOps

from shopbell.kit.children_inside import framed, limit_resources, serve_frames, take_pipes

PNG, JPEG, TINY, REFUSED = b"p", b"j", b"t", b"x"
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
PIXELS = 40_000_000
SIDE = 10_000
SHOWN_SIDE = 2_000
TINY_SIDE = 2
LARGEST = 5 * 1024 * 1024
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 10


def painted(content: bytes) -> tuple[bytes, bytes]:
    """Return what became of a picture (one of the marks above) and the new file."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as found:
            if found.width * found.height > PIXELS or max(found.size) > SIDE:
                return REFUSED, b"It has too many pixels."
            if max(found.size) <= TINY_SIDE:
                return TINY, b""
            found.draft(None, (SHOWN_SIDE, SHOWN_SIDE))
            return _paint(found)
    except (MemoryError, Image.DecompressionBombError):
        return REFUSED, b"It needs too much memory."
    except Exception:  # decoders raise whatever comes to their mind
        return REFUSED, b"It is no picture of a known kind."


def _paint(found: Image.Image) -> tuple[bytes, bytes]:
    kind = found.format
    found.load()
    found.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    found = ImageOps.exif_transpose(found)
    clear = found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info
    flat = found.convert("RGBA" if clear else "RGB")
    fresh = Image.new(flat.mode, flat.size)  # only pixels: no profile, no place, no words
    fresh.paste(flat)
    out = io.BytesIO()
    if clear or kind in ("PNG", "GIF"):
        fresh.save(out, "PNG")
        if clear or out.tell() <= LARGEST:
            return _within(PNG, out)
        out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85)
    return _within(JPEG, out)


def _within(mark: bytes, out: io.BytesIO) -> tuple[bytes, bytes]:
    data = out.getvalue()
    return (mark, data) if len(data) <= LARGEST else (REFUSED, b"It is too large.")


def serve(idle_seconds: float) -> None:
    """Paint until the parent closes the pipe or asks nothing for `idle_seconds`."""
    pipes = take_pipes()
    Image.MAX_IMAGE_PIXELS = None  # checked above, before anything is decoded
    Image.init()
    painted(b"")
    limit_resources(MEMORY_BYTES)
    serve_frames(
        lambda content: framed(*painted(content)),
        pipes,
        idle_seconds=idle_seconds,
        cpu_seconds=CPU_SECONDS,
    )


if __name__ == "__main__":
    serve(float(sys.argv[1]))
