"""The head of a time axis: the days by name, the times that matter, the tears with their lengths, and now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from aimaq.regulation.calendar import ALMATY
from conformance.axis.content import Content
from conformance.axis.drawing import Label, Line
from conformance.axis.future import Future
from conformance.axis.order import Ordered
from conformance.axis.ruler import BURST, Days, Gap, Ruler

BOLD, PLAIN = 7.1, 6.2
"""About how wide a letter of a day's name is, and one of a time."""
SPACE = 6.0
_TIME = 32.0
"""About how wide a time is."""


class Head(NamedTuple):
    """What stands above the lanes; `right` is where the last of it ends."""

    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    times: tuple[Label, ...]
    tears: tuple[Label, ...]
    now: Label | None
    right: float


def head(content: Content, events: Ordered, scale: Ruler, coming: Future) -> Head:
    """The head of an axis. A text that has no room is left out, or replaced by a shorter one."""
    days = [*scale.days, *coming.days]
    limits = [*(day.left for day in days[1:]), float("inf")][: len(days)]
    if coming.slots and scale.days:
        limits[len(scale.days) - 1] = coming.slots[0]
    labels = [label for day, limit in zip(days, limits, strict=True) if (label := _named(content, day, limit))]
    now = _now(content, scale)
    tears = [_tear(content, gap, now) for gap in scale.gaps if gap.torn]
    taken = [_range(tear, len(tear.text) * PLAIN) for tear in tears]
    if now is not None:
        taken.append(_range(now, now_width(now.text)))
    return Head(
        tuple(Line(day.left, day.right) for day in days),
        tuple(labels),
        tuple(_times(events, scale, taken)),
        tuple(tears),
        now,
        max((label.x + len(label.text) * BOLD for label in labels), default=0.0),
    )


def now_width(text: str) -> float:
    """How wide the box around now is."""
    return len(text) * BOLD + 14


def _named(content: Content, day: Days, limit: float) -> Label | None:
    """The name of a day, as long as there is room for it."""
    left = day.left + 2
    for name in content.words.open_from(day.first, day.last):
        if left + len(name) * BOLD + SPACE <= limit:
            return Label(name, left)
    return None


def _now(content: Content, scale: Ruler) -> Label | None:
    if content.now is None:
        return None
    return Label(f"{content.words.now} {content.now.astimezone(ALMATY):%H:%M}", scale.x(content.now))


def _tear(content: Content, gap: Gap, now: Label | None) -> Label:
    """The length of a gap, in its middle; left of the box around now, if that would lie on it."""
    text, middle = content.words.lasted(gap.lasted / timedelta(seconds=1)), (gap.left + gap.right) / 2
    if now is not None and gap.right <= now.x:
        middle = min(middle, now.x - (now_width(now.text) + len(text) * PLAIN) / 2 - SPACE)
    return Label(text, middle)


def _times(events: Ordered, scale: Ruler, taken: Sequence[tuple[float, float]]) -> Iterator[Label]:
    """The times of what happened, one for a burst, and of where limits ended, each where there is room."""
    free_from = float("-inf")
    marked = list(zip(events.events, events.marks, scale.places, strict=True))
    begins = [True, *(after[0].at - before[0].at >= BURST for before, after in pairwise(marked))]
    for (event, mark, x), first in zip(marked, begins, strict=True):
        if mark.kind == "now" or not first:
            continue
        x = max(x, _TIME / 2 + 2)
        left, right = x - _TIME / 2, x + _TIME / 2
        if left < free_from or any(left < end and begin < right for begin, end in taken):
            continue
        free_from = right + SPACE / 2
        yield Label(f"{event.at.astimezone(ALMATY):%H:%M}", x)


def _range(label: Label, width: float) -> tuple[float, float]:
    return label.x - width / 2 - SPACE / 2, label.x + width / 2 + SPACE / 2
