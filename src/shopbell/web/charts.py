"""Small pictures for numbers: sparkline, bars and lines as SVG text, no dependency, no script.

In pages a chart takes its colour from the design system (`tone="green"`). In mails and PDFs there
is no stylesheet: pass `colour="#2f6b4f"` and it is drawn with that. Every chart says in words what
it shows; pass a `label` that a person who cannot see it can use.
"""

import re
from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

TONES = ("green", "blue", "brass", "red")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
GREY = "#5a6159"


def sparkline(
    values: Sequence[float],
    *,
    label: str,
    tone: str = "green",
    colour: str = "",
    width: int = 220,
    height: int = 36,
) -> SafeString:
    """Draw a line without axes; the last value gets a dot. Nothing is drawn for no values."""
    if not values:
        return mark_safe("")
    points = _points(values, width, height, 3)
    end_x, end_y = points[-1]
    body = format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"'
        ' stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
        '<circle cx="{}" cy="{}" r="2.500" fill="{}"/>',
        _path(points),
        _paint(colour),
        end_x,
        end_y,
        _paint(colour),
    )
    return _svg(body, label, tone, colour, width, height, "spark")


def bars(
    values: Mapping[str, float],
    *,
    label: str,
    tone: str = "green",
    colour: str = "",
    width: int = 640,
    height: int = 160,
) -> SafeString:
    """Draw one bar for each name. The first and last name and the largest value are written."""
    if not values:
        return mark_safe("")
    names, amounts = list(values), [max(0.0, float(value)) for value in values.values()]
    top, foot = 16, 18
    room = height - top - foot
    peak = max(amounts) or 1.0
    slot = width / len(amounts)
    gap = min(6.0, slot * 0.25)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="2" fill="{}"><title>{}: {}</title></rect>',
        (
            (
                _n(index * slot + gap / 2),
                _n(top + room - room * amount / peak),
                _n(slot - gap),
                _n(max(room * amount / peak, 1.0)),
                _paint(colour),
                name,
                _n(amount),
            )
            for index, (name, amount) in enumerate(zip(names, amounts, strict=True))
        ),
    )
    axis = _axis(names, width, height, foot, peak, colour)
    return _svg(drawn + axis, label, tone, colour, width, height)


def lines(
    series: Mapping[str, Sequence[float]],
    *,
    label: str,
    names: Sequence[str] = (),
    colours: Sequence[str] = (),
    width: int = 640,
    height: int = 180,
) -> SafeString:
    """Draw up to four lines on one scale from zero; each is named by its tone in `TONES` order."""
    shown = [(name, values) for name, values in series.items() if values][: len(TONES)]
    if not shown:
        return mark_safe("")
    top, foot = 16, 18
    peak = max(max(values) for _, values in shown) or 1.0
    body = mark_safe("")
    for index, (name, values) in enumerate(shown):
        points = _points(values, width, height - foot, top, low=0.0, high=float(peak))
        paint = _paint(colours[index]) if index < len(colours) else f"var(--{TONES[index]})"
        # Dashes besides colours: the lines can be told apart without seeing colour.
        body += format_html(
            '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"'
            ' stroke-dasharray="{}"><title>{}</title></polyline>',
            _path(points),
            paint,
            ("none", "7 4", "2 4", "12 4 2 4")[index],
            name,
        )
    axis = _axis(list(names), width, height, foot, float(peak), colours[0] if colours else "")
    return _svg(body + axis, label, "", "", width, height)


def _svg(
    body: SafeString, label: str, tone: str, colour: str, width: int, height: int, extra: str = ""
) -> SafeString:
    known = tone if tone in TONES and not colour else ""
    classes = " ".join(part for part in ("chart", known, extra) if part)
    stretch = mark_safe(' preserveAspectRatio="none"') if extra == "spark" else ""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="0 0 {} {}" width="{}"'
        ' height="{}" role="img" aria-label="{}"{}>{}</svg>',
        classes,
        width,
        height,
        width,
        height,
        label,
        stretch,
        body,
    )


def _axis(
    names: Sequence[str], width: int, height: int, foot: int, peak: float, colour: str
) -> SafeString:
    ink = GREY if colour else "currentColor"
    ruled = format_html(
        '<line class="rule" x1="0" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-opacity="0.400"/>'
        '<text x="0" y="11" font-size="11" font-family="sans-serif" fill="{}">{}</text>',
        width,
        height - foot,
        height - foot,
        ink,
        ink,
        f"{peak:,.0f}" if float(peak).is_integer() else f"{peak:,.1f}",
    )
    if not names:
        return ruled
    ruled += format_html(
        '<text x="0" y="{}" font-size="11" font-family="sans-serif" fill="{}">{}</text>',
        height - 4,
        ink,
        names[0],
    )
    if len(names) > 1:
        ruled += format_html(
            '<text x="{}" y="{}" text-anchor="end" font-size="11" font-family="sans-serif"'
            ' fill="{}">{}</text>',
            width,
            height - 4,
            ink,
            names[-1],
        )
    return ruled


def _points(
    values: Sequence[float],
    width: int,
    height: int,
    pad: int,
    low: float | None = None,
    high: float | None = None,
) -> list[tuple[str, str]]:
    floor = min(values) if low is None else low
    peak = max(values) if high is None else high
    span = (peak - floor) or 1.0
    flat = peak == floor
    step = (width - 2 * 3) / max(1, len(values) - 1)
    room = height - pad - 3
    return [
        (
            _n(3 + index * step if len(values) > 1 else width / 2),
            _n(pad + room * (0.5 if flat else 1 - (value - floor) / span)),
        )
        for index, value in enumerate(values)
    ]


def _path(points: list[tuple[str, str]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _paint(colour: str) -> str:
    return colour if _HEX.fullmatch(colour) else "currentColor"
