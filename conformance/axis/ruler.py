"""The ruler of the time axis: from instants to places on the page, idle time compressed. Pure.

Working time is drawn by its logarithm, so that a burst, an hour and a week are on one page; what is no working time is
a band of one width, whatever it lasts. Lengths are in CSS pixels, times are aware.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.regulation.working_time import day_length, worked, working_days

SLOT = 30.0
"""How wide a step or a message is inside a burst."""
BURST = timedelta(seconds=2)
"""Two events are of one burst if they are less than this apart: then their order counts, and not their distance."""
LONGEST = 118.0
"""How wide working time between two events is at most."""
TORN = timedelta(minutes=90)
"""From so much working time on a gap has a tear."""
BAND, MARGIN = 12.0, 3.0
"""How wide a night, a weekend or a holiday is, and how far from the hours beside it."""


def gap(lasted: timedelta) -> float:
    """How wide so much working time between two events is."""
    return min(LONGEST, 20 + 12 * math.log2(1 + lasted / timedelta(minutes=10)))


@dataclass(frozen=True, slots=True)
class Event:
    """Something at an instant, which takes `room` pixels at least from what comes before it."""

    at: datetime
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """Working time between two places with nothing in it; `lasted` is how much. It may leave out whole days."""

    left: float
    right: float
    lasted: timedelta

    @property
    def torn(self) -> bool:
        """Whether a tear is drawn in it."""
        return self.lasted >= TORN


@dataclass(frozen=True, slots=True)
class Band:
    """Time outside office hours, in which there may be events all the same."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Days:
    """One working day, or several left out together, from place to place."""

    left: float
    right: float
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Ruler:
    """Where instants are. `places` are those of the events that it was made of, in their order."""

    places: tuple[float, ...]
    gaps: tuple[Gap, ...]
    bands: tuple[Band, ...]
    days: tuple[Days, ...]
    knots: tuple[tuple[datetime, float], ...]

    def x(self, at: datetime) -> float:
        """Where an instant is; between two events it lies as far as the clock has come."""
        index = bisect_right(self.knots, at, key=lambda knot: knot[0])
        if index == 0:
            return self.knots[0][1]
        (before, left) = self.knots[index - 1]
        if index == len(self.knots):
            return left
        (after, right) = self.knots[index]
        return left + (right - left) * ((at - before) / (after - before))

    @property
    def right(self) -> float:
        """Where the last event is."""
        return self.knots[-1][1]


@dataclass(frozen=True, slots=True)
class _Knot:
    at: datetime
    room: float = 0.0
    event: bool = False
    leaves_out: tuple[date, date] | None = None
    """The working days between the knot before and this one that are left out, if some are."""


def ruler(events: Sequence[Event], calendar: Calendar, left: float) -> Ruler:
    """A ruler that begins at `left`. The events are in order, and there is one at least."""
    knots = list(_knots(events, calendar))
    x, places, gaps, at = left, [left], list[Gap](), [(knots[0].at, left)]
    closed: list[tuple[float, float]] = []
    for before, knot in pairwise(knots):
        begin, shut = x, _shut(before.at + (knot.at - before.at) / 2, calendar)
        if knot.event and knot.at - before.at < BURST:
            x += knot.room
            if shut:
                closed.append((begin, x))
        elif knot.leaves_out is not None:
            lasted = working_days(calendar, *knot.leaves_out) * day_length(calendar.hours)
            x += gap(lasted)
            gaps.append(Gap(begin, x, lasted))
        elif shut:
            x += max(BAND + 2 * MARGIN, knot.room)
            closed.append((begin, x))
        else:
            lasted = worked(calendar, before.at, knot.at)
            x += max(gap(lasted), knot.room)
            gaps.append(Gap(begin, x, lasted))
        if knot.event:
            places.append(x)
        at.append((knot.at, x))
    return Ruler(tuple(places), tuple(gaps), tuple(_bands(closed)), tuple(_days(knots, at, calendar)), tuple(at))


def _knots(events: Sequence[Event], calendar: Calendar) -> Iterator[_Knot]:
    """The events, and between them the beginnings and ends of the working days that have some."""
    yield _Knot(events[0].at, event=True)
    for before, event in pairwise(events):
        if event.at - before.at >= BURST:
            yield from _edges(before.at, event.at, calendar)
        yield _Knot(event.at, event.room, event=True)


def _edges(start: datetime, end: datetime, calendar: Calendar) -> Iterator[_Knot]:
    """Where offices close and open between two events, with the days without any left out."""
    first, last = start.astimezone(ALMATY).date(), end.astimezone(ALMATY).date()
    edges = [edge for day in dict.fromkeys((first, last)) for edge in _hours(day, calendar)]
    inside = [edge for edge in edges if start < edge < end]
    skipped = first + timedelta(1), last - timedelta(1)
    if first == last or not working_days(calendar, *skipped):
        yield from (_Knot(edge) for edge in inside)
        return
    opens = next(day for day in _walk(skipped[0], 1) if calendar.is_working_day(day))
    closes = next(day for day in _walk(skipped[1], -1) if calendar.is_working_day(day))
    yield from (_Knot(edge) for edge in inside if edge.astimezone(ALMATY).date() == first)
    yield _Knot(datetime.combine(opens, calendar.hours.opens, ALMATY))
    yield _Knot(datetime.combine(closes, calendar.hours.closes, ALMATY), leaves_out=(opens, closes))
    yield from (_Knot(edge) for edge in inside if edge.astimezone(ALMATY).date() == last)


def _walk(day: date, by: int) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(by)


def _hours(day: date, calendar: Calendar) -> tuple[datetime, ...]:
    """When offices open and close on a day; nothing if they do not."""
    if not calendar.is_working_day(day):
        return ()
    return tuple(datetime.combine(day, at, ALMATY) for at in (calendar.hours.opens, calendar.hours.closes))


def _shut(at: datetime, calendar: Calendar) -> bool:
    """Whether an instant is outside office hours; lunch is not."""
    hours = _hours(at.astimezone(ALMATY).date(), calendar)
    return not hours or not hours[0] <= at <= hours[1]


def _bands(closed: Iterable[tuple[float, float]]) -> Iterator[Band]:
    """Stretches outside office hours that follow each other, as one band each."""
    joined: list[list[float]] = []
    for begin, end in closed:
        if joined and joined[-1][1] == begin:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    wide = BAND + 2 * MARGIN
    yield from (Band(begin + MARGIN, end - MARGIN) for begin, end in joined if end - begin > wide - 1)


def _days(knots: Sequence[_Knot], at: Sequence[tuple[datetime, float]], calendar: Calendar) -> Iterator[Days]:
    """The working days that are drawn, each from the first place on it to the last."""
    found: dict[date, list[float]] = {}
    out: list[Days] = []
    for index, (knot, (_, x)) in enumerate(zip(knots, at, strict=True)):
        if knot.leaves_out is not None:
            out.append(Days(at[index - 1][1], x, *knot.leaves_out))
            continue
        if index + 1 < len(knots) and knots[index + 1].leaves_out is not None:
            continue
        if not _shut(knot.at, calendar):
            found.setdefault(knot.at.astimezone(ALMATY).date(), []).append(x)
    out += [Days(places[0], places[-1], day, day) for day, places in found.items()]
    yield from sorted(out, key=lambda one: one.left)
