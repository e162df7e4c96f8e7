"""The radar: each limit that runs as a mark, by performer, along working time; what is near now is wide."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aimaq.language.texts import Texts
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.working_time import worked
from gateway_svc.cases.views import FoundCase, PerformerLoad

WIDTH, LEFT, NOW, NEAR_END = 1340, 250, 500, 867
"""The picture in units of its own: where names end, where now is, and where thirty minutes from now are."""
HEAD, ROW = 40, 60
_AHEAD, _BEHIND = 106.8, 38.2
"""How wide a step of the logarithm of minutes is, before and after the end of a limit."""
_DAY = 480
"""Minutes of a working day."""
_CLOSE = 14
"""Marks that are nearer to each other than this are set over each other, and from the fourth on counted."""

_DAYS = Texts(kk="{count} ж.к.", ru="{count} р.д.", en="{count} wd")
_HOURS = Texts(kk="{count} сағ", ru="{count} ч", en="{count} h")
_MINUTES = Texts(kk="{count} мин", ru="{count} мин", en="{count} min")

TICKS: tuple[tuple[int, Texts], ...] = (
    (-_DAY, _DAYS.format(count=1)),
    (-60, _HOURS.format(count=1)),
    (-5, _MINUTES.format(count=5)),
    (5, _MINUTES.format(count=5)),
    (30, _MINUTES.format(count=30)),
    (120, _HOURS.format(count=2)),
    (_DAY, _DAYS.format(count=1)),
    (3 * _DAY, _DAYS.format(count=3)),
)
"""Minutes from now, and the same in words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One limit, or `count` of them that lie too near to each other to be told apart."""

    x: float
    y: float
    state: str
    case: FoundCase
    count: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """The limits of one performer; `y` is the middle of its row."""

    load: PerformerLoad
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """The picture: its rows, its height, and the places of its ticks by their minutes."""

    rows: tuple[Row, ...]
    height: int
    ticks: tuple[tuple[float, Texts, bool], ...]


def radar(performers: Sequence[PerformerLoad], cases: Iterable[FoundCase], now: datetime, most: int) -> Radar:
    """The radar of these performers, `most` of them at most, with the marks of these cases."""
    by_performer: dict[tuple[str | None, str | None], list[FoundCase]] = defaultdict(list)
    for case in cases:
        by_performer[case.next_party, case.next_unit].append(case)
    rows = []
    for number, load in enumerate(performers[:most]):
        middle = HEAD + number * ROW + ROW / 2
        rows.append(Row(load, middle, tuple(_marks(by_performer[load.party, load.unit], middle, now))))
    ticks = tuple((place(minutes), words, minutes < 0) for minutes, words in TICKS)
    return Radar(tuple(rows), HEAD + len(rows) * ROW, ticks)


def place(minutes: float) -> float:
    """Where so many minutes from now are; those behind are where the limit ran out so long ago."""
    step = _AHEAD if minutes >= 0 else _BEHIND
    there = NOW + math.copysign(step * math.log1p(abs(minutes)), minutes)
    return round(min(max(there, LEFT + 8), WIDTH - 8), 1)


def _marks(cases: Sequence[FoundCase], middle: float, now: datetime) -> Iterable[Mark]:
    bins: dict[tuple[int, str], list[tuple[float, FoundCase]]] = defaultdict(list)
    for case in cases:
        if case.limit is not None:
            x = place(_minutes(case, now))
            bins[int(x // _CLOSE), case.limit.state].append((x, case))
    for (_, state), found in bins.items():
        if len(found) > len(_OFFSETS):
            x, case = found[0]
            yield Mark(x, middle, state, case, len(found))
            continue
        for (x, case), offset in zip(found, _OFFSETS, strict=False):
            yield Mark(x, middle + offset, state, case)


_OFFSETS = (0, -14, 14)
"""How far above and below the middle marks stand that are near to each other."""


def _minutes(case: FoundCase, now: datetime) -> float:
    """Minutes until the limit runs out, of working time where it is in that; below nothing if it has."""
    assert case.limit is not None
    due, law = case.limit.due_at, case.limit.limit
    first, last = (now, due) if due >= now else (due, now)
    lasts = last - first
    if law is not None and law.unit == "working-day":
        lasts = worked(_CALENDAR, first, last) or lasts
    return lasts.total_seconds() / 60 * (1 if due >= now else -1)


_CALENDAR = Calendar()
