"""Puts what overlaps into rows of its own, so that no bar lies on another and no limit's line on another's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from conformance.axis.content import Bar

BAR = 17.0
"""How high a bar is."""
ABOVE, BELOW, LEAST = 9.0, 8.0, 42.0
"""The room above the first bar of a lane and below its last one, and how high a lane is at least."""
FIRST_LINE, LEVEL = 6.0, 6.0
"""From a bar to the line of its limit, and from one such line to the next."""
BETWEEN = 5.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the bars of each lane are, from the lane's top: each bar's own top and the line of its limit."""

    tops: tuple[float, ...]
    lines: tuple[float, ...]
    heights: dict[str, float]


def rows(bars: Sequence[Bar], spans: Sequence[Span], limits: Sequence[Span | None]) -> Rows:
    """The rows of bars at these spans with limits over these."""
    row = _levels([(bar.lane, span) for bar, span in zip(bars, spans, strict=True)])
    places = [(bar.lane, level) for bar, level in zip(bars, row, strict=True)]
    level = _levels([(place, limit) for place, limit in zip(places, limits, strict=True)])
    lines: dict[tuple[str, int], int] = {}
    for place, limit, line in zip(places, limits, level, strict=True):
        lines[place] = max(lines.get(place, 0), line + 1 if limit else 0)
    tops: dict[tuple[str, int], float] = {}
    heights: dict[str, float] = {}
    for lane, number in sorted(lines):
        top = heights.get(lane, ABOVE)
        tops[lane, number] = top
        heights[lane] = top + BAR + (FIRST_LINE + LEVEL * lines[lane, number] if lines[lane, number] else 0) + BETWEEN
    return Rows(
        tuple(tops[place] for place in places),
        tuple(tops[place] + BAR + FIRST_LINE + LEVEL * line for place, line in zip(places, level, strict=True)),
        {lane: max(LEAST, height - BETWEEN + BELOW) for lane, height in heights.items()},
    )


def _levels(wanted: Sequence[tuple[Hashable, Span | None]]) -> list[int]:
    """The row of each span in its place, so that no two of a row overlap; what has no span takes none."""
    order = sorted(range(len(wanted)), key=lambda one: (wanted[one][1] or (0.0, 0.0))[0])
    ends: dict[Hashable, list[float]] = {}
    found = [0] * len(wanted)
    for index in order:
        place, span = wanted[index]
        if span is None:
            continue
        free = ends.setdefault(place, [])
        level = next((number for number, end in enumerate(free) if end <= span[0] + 1e-6), len(free))
        free[level : level + 1] = [span[1]]
        found[index] = level
    return found
