"""What is right of now: the steps ahead, a slot each without a time, and the days on which something is due. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aimaq.regulation.calendar import ALMATY, Calendar
from conformance.axis.ruler import MARGIN, SLOT, Days

PITCH = SLOT + 5
"""From one step ahead to the next."""
DAY, NIGHT = 34.0, 8.0
"""How wide a coming day is, and the night before it."""
INDENT = 14.0
"""How far the first step ahead is from now."""
MOST = 12
"""So many coming days are drawn one by one; of more, those without anything due are left out together."""


@dataclass(frozen=True, slots=True)
class Future:
    """The steps ahead by their left ends, the coming days, the nights before them, and where an instant on them is."""

    slots: tuple[float, ...]
    days: tuple[Days, ...]
    nights: tuple[tuple[float, float], ...]
    knots: tuple[tuple[datetime, float], ...]
    left: float
    """Where what is ahead begins."""
    days_left: float
    """Where the coming days begin."""
    right: float

    def x(self, at: datetime) -> float:
        """Where a coming instant is."""
        index = bisect_right(self.knots, at, key=lambda knot: knot[0])
        if index == 0:
            return self.knots[0][1]
        if index == len(self.knots):
            return self.knots[-1][1]
        (before, left), (after, right) = self.knots[index - 1], self.knots[index]
        return left + (right - left) * ((at - before) / (after - before))


def future(
    horizon: datetime, left: float, ahead: Sequence[float], dues: Sequence[datetime], calendar: Calendar, label: float
) -> Future:
    """What lies behind `horizon`, which is at `left`.

    `ahead` are the widths that the steps ahead need, `label` is what their heading needs, `dues` are due times.
    """
    x = left
    slots = []
    if ahead:
        x += INDENT
        begin = x
        for width in ahead:
            slots.append(x)
            x += max(PITCH, width + 5)
        x = max(x, begin + label)
    days_left = x
    days, nights = list[Days](), list[tuple[float, float]]()
    knots = [(horizon, x)]
    for first, last in _cells(horizon, dues, calendar):
        if first != horizon.astimezone(ALMATY).date():
            nights.append((x + MARGIN, x + MARGIN + NIGHT))
            x += NIGHT + 2 * MARGIN
            knots.append((datetime.combine(first, calendar.hours.opens, ALMATY), x))
        else:
            x += MARGIN
        days.append(Days(x, x + DAY, first, last))
        x += DAY
        knots.append((datetime.combine(last, calendar.hours.closes, ALMATY), x))
    if dues and (latest := max(dues)) > knots[-1][0]:
        x += INDENT
        knots.append((latest, x))
    return Future(tuple(slots), tuple(days), tuple(nights), tuple(_rising(knots)), left, days_left, x)


def _cells(horizon: datetime, dues: Sequence[datetime], calendar: Calendar) -> Iterator[tuple[date, date]]:
    """The working days until the last due time, from and to; a day off on which something is due is one too."""
    local = horizon.astimezone(ALMATY)
    coming = sorted({due.astimezone(ALMATY).date() for due in dues if due > horizon})
    if not coming:
        return
    begin = local.date() if local.time() < calendar.hours.closes else local.date() + timedelta(1)
    span = (coming[-1] - begin).days + 1
    due_days = set(coming)
    days = [
        day
        for day in (begin + timedelta(number) for number in range(span))
        if day in due_days or calendar.is_working_day(day)
    ]
    if len(days) <= MOST:
        yield from ((day, day) for day in days)
        return
    skipped: list[date] = []
    for day in days:
        if day not in due_days and day != begin:
            skipped.append(day)
            continue
        if skipped:
            yield skipped[0], skipped[-1]
            skipped = []
        yield day, day


def _rising(knots: Sequence[tuple[datetime, float]]) -> Iterator[tuple[datetime, float]]:
    """The knots whose times go up: a day that is half over, or a due time after closing, would step back."""
    last: datetime | None = None
    for at, x in knots:
        if last is None or at > last:
            yield at, x
            last = at
