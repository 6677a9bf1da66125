"""Small plots as SVG that stands in the page itself: bars over runs, and a strip of verdicts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 640, 120
LEFT, BOTTOM, TOP = 60, 18, 8


def bars(values: Sequence[float], tips: Sequence[str], kinds: Sequence[str]) -> str:
    """A bar for each run.

    Args:
        values: Their heights.
        tips: What is shown when one points at a bar.
        kinds: The class of each bar, which is its colour.
    """
    greatest = max(values, default=0) or 1
    room = HEIGHT - BOTTOM - TOP
    step = (WIDTH - LEFT) / max(len(values), 1)
    drawn = [
        f'<line class="axis" x1="{LEFT}" y1="{y}" x2="{WIDTH}" y2="{y}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>'
        for y, text in ((TOP, number(greatest)), (HEIGHT - BOTTOM, "0"))
    ]
    for index, (value, tip, kind) in enumerate(zip(values, tips, kinds, strict=True)):
        height = room * value / greatest
        drawn.append(
            f'<rect class="{kind}" x="{LEFT + index * step + step * 0.1:.1f}" '
            f'y="{HEIGHT - BOTTOM - height:.1f}" width="{step * 0.8:.1f}" '
            f'height="{max(height, 0.5):.1f}"><title>{escape(tip)}</title></rect>'
        )
    return _svg(drawn, HEIGHT)


def strip(tips: Sequence[str], kinds: Sequence[str]) -> str:
    """A field for each run, coloured by how it ended."""
    step = (WIDTH - LEFT) / max(len(kinds), 1)
    drawn = [
        f'<rect class="{kind}" x="{LEFT + index * step + step * 0.05:.1f}" y="2" '
        f'width="{step * 0.9:.1f}" height="18"><title>{escape(tip)}</title></rect>'
        for index, (tip, kind) in enumerate(zip(tips, kinds, strict=True))
    ]
    return _svg(drawn, 22)


def number(value: float) -> str:
    """A number for an axis: `950`, `12 k`, `3.4 M`."""
    for size, unit in ((1_000_000, " M"), (1_000, " k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _svg(drawn: Sequence[str], height: int) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(drawn)}</svg>"
    )
