"""A store's brand on customer pages: name, logo and one colour, made safe and readable.

The colour comes from a merchant's form. It reaches CSS only as six hex digits, and it is darkened
until white text on it can be read (contrast 4.5), so no colour a merchant picks breaks a page.
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
WHITE = (255, 255, 255)
NIGHT = (30, 35, 33)  # the dark surface of tokens.css
READABLE = 4.5

type Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Brand:
    """What `web/customer.html` shows of a store. Everything but the name may be empty."""

    name: str
    colour: str = ""
    logo_url: str = ""
    home_url: str = ""
    dir: str = ""


@dataclass(frozen=True, slots=True)
class BrandTones:
    """Hex colours made from one brand colour, for light and for dark pages."""

    light: str
    light_ink: str
    dark: str
    dark_ink: str


def tones(colour: str) -> BrandTones | None:
    """Return readable tones of a colour such as `#c33`; None if it is not a hex colour."""
    parsed = parse(colour)
    if parsed is None:
        return None
    light = _until_readable(parsed, WHITE, 0.0)
    dark = _until_readable(parsed, NIGHT, 1.0)
    return BrandTones(
        light=_hex(light), light_ink="#ffffff", dark=_hex(dark), dark_ink=_hex((22, 26, 24))
    )


def parse(colour: str) -> Colour | None:
    """Read `#rgb` or `#rrggbb`."""
    match = _HEX.fullmatch((colour or "").strip())
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG contrast of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _until_readable(colour: Colour, ground: Colour, until: float) -> Colour:
    """Return the colour made lighter (`until` 1) or darker (0), as colourful as it is."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in colour))
    for step in range(41):
        level = lightness + (until - lightness) * step / 40
        red, green, blue = (round(part * 255) for part in hls_to_rgb(hue, level, saturation))
        if contrast((red, green, blue), ground) >= READABLE:
            break
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
