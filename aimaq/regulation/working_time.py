"""Working time: how much of it lies between two instants, and how lateness and what is left are told in it.

A limit in working days is told in working days of the office's length, hours and minutes; every other limit in plain
time. Lunch, nights, weekends and holidays are no working time. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal

from aimaq.language.texts import Texts
from aimaq.regulation.calendar import ALMATY, Calendar, OfficeHours, amount
from aimaq.regulation.model.flow import Unit

LengthUnit = Literal["working-day", "day", "hour", "minute", "second", "millisecond"]

NOTHING = timedelta(0)
_PARTS = 3
"""How many units a length is told in at most."""
_PLAIN = Calendar()


def day_length(hours: OfficeHours) -> timedelta:
    """The working time of a whole working day."""
    return _spent(hours, time.min, time.max)


def working_days(days: Calendar, first: date, last: date) -> int:
    """How many working days there are from `first` to `last`, both counted; 0 if `last` is before `first`."""
    if last < first:
        return 0
    count = 0
    for year in range(first.year, last.year + 1):
        worked = _worked(year)
        count += bisect_right(worked, last) - bisect_left(worked, first)
    changed = [(day, on) for day, on in days.overrides.items() if first <= day <= last]
    return count + sum(on - _PLAIN.is_working_day(day) for day, on in changed)


def worked(days: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time between two instants; nothing if `end` is not after `start`."""
    if end <= start:
        return NOTHING
    begun, over = start.astimezone(ALMATY), end.astimezone(ALMATY)
    first, last = begun.date(), over.date()
    if first == last:
        return _spent(days.hours, begun.time(), over.time()) if days.is_working_day(first) else NOTHING
    whole = working_days(days, first + timedelta(1), last - timedelta(1)) * day_length(days.hours)
    if days.is_working_day(first):
        whole += _spent(days.hours, begun.time(), time.max)
    if days.is_working_day(last):
        whole += _spent(days.hours, time.min, over.time())
    return whole


def before(days: Calendar, end: datetime, left: timedelta) -> datetime:
    """The latest instant between which and `end` there is that much working time, in Almaty time."""
    local = end.astimezone(ALMATY)
    day, until = local.date(), local.time()
    while True:
        if days.is_working_day(day):
            there = _spent(days.hours, time.min, until)
            if there >= left:
                return _back(days.hours, day, until, left)
            left -= there
        day, until = day - timedelta(1), time.max


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time as people say it: numbers with their units, the largest first.

    `outside` tells that it was measured in plain time although the limit is in working time: no office was open.
    """

    parts: tuple[tuple[int, LengthUnit], ...]
    outside: bool = False

    def say(self) -> Texts:
        """The length: `1 working day 4 h 20 min`."""
        return self._text(dative=False)

    def late(self) -> Texts:
        """That something is late by it."""
        return self._in(_LATE, self._text(dative=True))

    def was_late(self) -> Texts:
        """That something was late by it when it was done."""
        return self._in(_WAS_LATE, self._text(dative=True))

    def left(self) -> Texts:
        """That it is left."""
        count, unit = self.parts[0]
        one = unit in ("working-day", "day") and count % 10 == 1 and count % 100 != 11
        return self._in(_LEFT_ONE if one else _LEFT, self._text(dative=False))

    def _in(self, sentence: Texts, text: Texts) -> Texts:
        return (_OUTSIDE if self.outside else _PLAINLY).format(sentence=sentence.format(length=text))

    def _text(self, *, dative: bool) -> Texts:
        words = [_words(count, unit) for count, unit in self.parts]
        kk = [word.kk for word in words]
        if dative:
            count, unit = self.parts[-1]
            kk[-1] = f"{count} {_DATIVE[unit]}"
        return Texts(" ".join(kk), " ".join(word.ru for word in words), " ".join(word.en for word in words))


def length(lasted: timedelta, day: timedelta = timedelta(days=1), *, outside: bool = False) -> Length:
    """A length of time in at most three units; a `day` of another length than 24 hours is a working day.

    Milliseconds are told only of what is shorter than a second, seconds of what is shorter than an hour.
    """
    lasted = max(NOTHING, lasted)
    if lasted < timedelta(seconds=1):
        return Length(((round(lasted.total_seconds() * 1000), "millisecond"),), outside)
    kind: LengthUnit = "day" if day == timedelta(days=1) else "working-day"
    seconds = round(lasted.total_seconds())
    counts: list[tuple[int, LengthUnit]] = []
    units: tuple[tuple[int, LengthUnit], ...] = (
        (round(day.total_seconds()), kind),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    )
    for size, unit in units:
        count, seconds = divmod(seconds, size)
        if count:
            counts.append((count, unit))
    if any(unit not in ("minute", "second") for _, unit in counts):
        counts = [(count, unit) for count, unit in counts if unit != "second"]
    return Length(tuple(counts[:_PARTS]), outside)


def between(days: Calendar, unit: Unit, start: datetime, end: datetime) -> Length:
    """How long it is from `start` to `end` for a limit in this unit: working time for working days, else plain time.

    Where no working time has passed since a limit in working days ran out, it is told in plain time.
    """
    if unit == "working-day" and (time_worked := worked(days, start, end)):
        return length(time_worked, day_length(days.hours))
    return length(end - start, outside=unit == "working-day")


def _spent(hours: OfficeHours, start: time, end: time) -> timedelta:
    """The working time of a working day between two times of it."""
    return sum((max(NOTHING, _of(min(end, b)) - _of(max(start, a))) for a, b in _stretches(hours)), NOTHING)


def _back(hours: OfficeHours, day: date, until: time, left: timedelta) -> datetime:
    """The latest instant of a working day that has this much working time before `until` on it."""
    for opens, closes in reversed(_stretches(hours)):
        end = min(closes, until)
        there = max(NOTHING, _of(end) - _of(opens))
        if there and there >= left:
            return datetime.combine(day, end, ALMATY) - left
        left -= there
    return datetime.combine(day, hours.opens, ALMATY)


def _stretches(hours: OfficeHours) -> tuple[tuple[time, time], ...]:
    if hours.lunch is None:
        return ((hours.opens, hours.closes),)
    return ((hours.opens, hours.lunch[0]), (hours.lunch[1], hours.closes))


def _of(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


@cache
def _worked(year: int) -> list[date]:
    """The working days of a year, in order, but for what orders of a stand's own say."""
    every = (date(year, 1, 1) + timedelta(number) for number in range(366))
    return [day for day in every if day.year == year and _PLAIN.is_working_day(day)]


def _words(count: int, unit: LengthUnit) -> Texts:
    if unit in ("working-day", "day"):
        return amount(count, unit)
    kk, ru, en = _SHORT[unit]
    return Texts(f"{count} {kk}", f"{count} {ru}", f"{count} {en}")


_SHORT: dict[LengthUnit, tuple[str, str, str]] = {
    "hour": ("сағ", "ч", "h"),
    "minute": ("мин", "мин", "min"),
    "second": ("с", "с", "s"),
    "millisecond": ("мс", "мс", "ms"),
}
_DATIVE: dict[LengthUnit, str] = {
    "working-day": "жұмыс күніне",
    "day": "күнге",
    "hour": "сағатқа",
    "minute": "минутқа",
    "second": "секундқа",
    "millisecond": "миллисекундқа",
}
"""By how much something is late: the last unit has the ending of the dative, and so is not shortened."""

_LATE = Texts(kk="{length} кешігуде", ru="опаздывает на {length}", en="late by {length}")
_WAS_LATE = Texts(kk="{length} кешіктірілген", ru="просрочено на {length}", en="late by {length}")
_LEFT = Texts(kk="{length} қалды", ru="осталось {length}", en="{length} left")
_LEFT_ONE = Texts(kk="{length} қалды", ru="остался {length}", en="{length} left")
_PLAINLY = Texts(kk="{sentence}", ru="{sentence}", en="{sentence}")
_OUTSIDE = Texts(
    kk="{sentence} (жұмыс уақытынан тыс)",
    ru="{sentence} (вне рабочего времени)",
    en="{sentence} (outside office hours)",
)
