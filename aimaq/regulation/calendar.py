"""The Republic's working days and hours, and when a limit of the law runs out.

Holidays and the transfers of days off come from the package `holidays` (they are moved by order each year, and the
dates of Kurban Ait are estimates); an overrides file says what a year's order changed. The time of law is Almaty's.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from aimaq.language.errors import Unconfigured
from aimaq.regulation import Limit, Texts
from aimaq.regulation.files.document import Document


def _almaty() -> ZoneInfo:
    with files("tzdata.zoneinfo.Asia").joinpath("Almaty").open("rb") as file:
        return ZoneInfo.from_file(file, key="Asia/Almaty")


ALMATY = _almaty()
"""The one time zone of the Republic: UTC+6 until the end of February 2024, UTC+5 since.

It comes from the package that this version asks for: what the machine or PYTHONTZPATH has moves no deadline of the law.
"""

RECEIPT = "day of receipt"
ISSUE = "day of issue"
"""What an act can exempt from a limit in working days (annex 1 of No 346, table 2, row 6)."""

_RU = {
    "New Year's Day": "Новый год",
    "Orthodox Christmas": "Рождество Христово",
    "International Women's Day": "Международный женский день",
    "Nowruz Holiday": "Наурыз мейрамы",
    "Kazakhstan's People Solidarity Holiday": "Праздник единства народа Казахстана",
    "Defender of the Fatherland Day": "День защитника Отечества",
    "Victory Day": "День Победы",
    "Capital Day": "День столицы",
    "Constitution Day": "День Конституции",
    "Republic Day": "День Республики",
    "First President Day": "День Первого Президента",
    "Independence Day": "День Независимости",
    "Eid al-Adha": "Курбан-айт",
    "Day off": "выходной, перенесённый",
}
_WEEKEND = Texts(kk="демалыс", ru="выходной", en="weekend")
_ORDERED = Texts(kk="демалыс күні деп белгіленген", ru="объявлен выходным", en="declared a day off")
_EXEMPT = {
    RECEIPT: Texts(kk="құжаттарды қабылдау күні", ru="день приёма документов", en="day of receipt"),
    ISSUE: Texts(kk="құжаттарды беру күні", ru="день выдачи документов", en="day of issue"),
}


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When offices work on a working day, in Almaty time. `lunch` is the break, or None."""

    opens: time = time(9)
    closes: time = time(18)
    lunch: tuple[time, time] | None = (time(13), time(14))

    def __post_init__(self) -> None:
        marks = [self.opens, *(self.lunch or ()), self.closes]
        if any(a >= b for a, b in pairwise(marks)):
            raise Unconfigured("office hours must go up: opens, lunch from, lunch to, closes", field="office_hours")


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit runs out (aware, Almaty time), and why then, in words that a person can check."""

    at: datetime
    explanation: Texts


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days and hours count. `overrides` says of single days whether they are worked, against all else."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    hours: OfficeHours = OfficeHours()

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day in self.overrides:
            return self.overrides[day]
        year = _year(day.year)
        return day in year.worked or (day.weekday() < 5 and day not in year.off)

    def why_off(self, day: date) -> Texts | None:
        """What keeps offices shut on this day; None if they work."""
        if self.is_working_day(day):
            return None
        if day in self.overrides:
            return _ORDERED
        return _year(day.year).off.get(day, _WEEKEND)

    def later(self, start: datetime, days: int) -> datetime:
        """The same time of day `days` working days after `start`."""
        local = start.astimezone(ALMATY)
        day = local.date()
        for _ in range(days):
            day = next(d for d in _days(day + timedelta(1)) if self.is_working_day(d))
        return datetime.combine(day, local.time(), ALMATY)

    def due(self, limit: Limit, start: datetime, not_counting: Sequence[str] = ()) -> Due:
        """When a limit that began at `start` runs out; ValueError for a limit without a `max`.

        Seconds to months are plain time. A limit in working days ends with the office hours of its last day. The day
        it begins on is its first, if offices were still open then, unless `not_counting` has `day of receipt`; `day
        of issue` means that the limit is over when the result is ready, so it takes no day away.
        """
        if limit.max is None:
            raise ValueError("a limit without a max never runs out")
        local = start.astimezone(ALMATY)
        if limit.unit != "working-day":
            end = _plain(limit, limit.max, local)
            return Due(end, _explain(limit, local, end, ()))
        end, skipped = self._working_days(math.ceil(limit.max), local, skip_first=RECEIPT in not_counting)
        if ISSUE in not_counting:
            skipped.append((None, _EXEMPT[ISSUE]))
        return Due(end, _explain(limit, local, end, skipped))

    def end(self, limit: Limit, start: datetime, not_counting: Sequence[str] = ()) -> datetime:
        """The instant alone at which a limit runs out that began at `start`: see `due`."""
        local = start.astimezone(ALMATY)
        if limit.unit != "working-day":
            return _plain(limit, limit.max or 0, local)
        return self._working_days(math.ceil(limit.max or 0), local, skip_first=RECEIPT in not_counting)[0]

    def early(self, limit: Limit, start: datetime) -> datetime | None:
        """The instant before which the least time of a limit has not passed; None if it has no `min`.

        A least time in working days is over with the office hours of the day before the last of them.
        """
        if limit.min is None:
            return None
        local = start.astimezone(ALMATY)
        if limit.unit != "working-day":
            return _plain(limit, limit.min, local)
        return self.later(local, max(0, math.ceil(limit.min) - 1))

    def _working_days(
        self, count: int, start: datetime, *, skip_first: bool
    ) -> tuple[datetime, list[tuple[date | None, Texts]]]:
        skipped: list[tuple[date | None, Texts]] = []
        first = start.date()
        if skip_first:
            skipped.append((first, _EXEMPT[RECEIPT]))
            first += timedelta(1)
        elif start.time() >= self.hours.closes and self.is_working_day(first):
            first += timedelta(1)
        left, day = count, first
        for day in _days(first):
            if reason := self.why_off(day):
                skipped.append((day, reason))
                continue
            left -= 1
            if left <= 0:
                break
        return datetime.combine(day, self.hours.closes, ALMATY), skipped


def load_overrides(path: Path) -> dict[date, bool]:
    """The days that a file sets apart from the package's calendar: two lists of dates, `worked` and `off`.

    Unconfigured, naming file and line, if it cannot be read as such or says two things of one day.
    """
    try:
        document = Document(path.read_bytes())
    except OSError as error:
        raise Unconfigured(f"{path}: cannot be read: {error.strerror}") from None
    for fault in document.faults:
        raise Unconfigured(f"{path}:{fault.line}: {fault.message}", rule=fault.rule)
    lists = document.data
    if not isinstance(lists, dict) or not lists.keys() <= {"worked", "off"}:
        raise Unconfigured(f"{path}:1: may have the lists `worked` and `off`, and nothing else", rule="shape")
    overrides: dict[date, bool] = {}
    for name, days in lists.items():
        for index, word in enumerate(days if isinstance(days, list) else [days]):
            place = f"{path}:{document.line((name, index))}"
            try:
                day = date.fromisoformat(word)
            except (TypeError, ValueError):
                raise Unconfigured(f"{place}: {word!r} is not a date like 2026-05-08", rule="date") from None
            if overrides.setdefault(day, name == "worked") is not (name == "worked"):
                raise Unconfigured(f"{place}: {day} is both worked and off", rule="contradiction")
    return overrides


@dataclass(frozen=True, slots=True)
class _Year:
    off: Mapping[date, Texts]
    worked: frozenset[date]


@cache
def _year(year: int) -> _Year:
    """One year's holidays and days off, and the weekend days that are worked instead."""
    from holidays.countries.kazakhstan import KZ  # heavy, and wanted only where days are counted

    kk = KZ(years=year, expand=False, language="kk")
    en = KZ(years=year, expand=False, language="en_US")
    off = {}
    for day, name in en.items():
        off[day] = Texts(kk=str(kk.get(day, name)), ru=_russian(name), en=name)
    return _Year(off, frozenset(day for day in en.weekend_workdays if day.year == year))


def _russian(name: str) -> str:
    return _RU.get(name.partition(" (")[0].partition(";")[0], "праздничный день")


def _days(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(1)


def _plain(limit: Limit, count: float, start: datetime) -> datetime:
    """`count` of a limit's units after `start`: exact for seconds to hours, by the wall clock for days and months."""
    if limit.unit == "day":
        return start + timedelta(days=count)
    if limit.unit == "month":
        year, month = divmod(start.year * 12 + start.month - 1 + math.ceil(count), 12)
        return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
    seconds = count * {"second": 1, "minute": 60, "hour": 3600}[limit.unit]
    return (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(ALMATY)


_UNITS: dict[str, tuple[str, tuple[str, str, str], tuple[str, str]]] = {
    "second": ("секунд", ("секунда", "секунды", "секунд"), ("second", "seconds")),
    "minute": ("минут", ("минута", "минуты", "минут"), ("minute", "minutes")),
    "hour": ("сағат", ("час", "часа", "часов"), ("hour", "hours")),
    "working-day": ("жұмыс күні", ("рабочий день", "рабочих дня", "рабочих дней"), ("working day", "working days")),
    "day": ("күн", ("день", "дня", "дней"), ("day", "days")),
    "month": ("ай", ("месяц", "месяца", "месяцев"), ("month", "months")),
}


def amount(count: float, unit: str) -> Texts:
    """A number of units in words: `5 working days`."""
    kk, ru, en = _UNITS[unit]
    if count != int(count):
        number, form = f"{count:g}".replace(".", ","), 1
    else:
        number, last, tens = f"{count:g}", int(count) % 10, int(count) % 100
        form = 2 if 11 <= tens <= 14 or last in (0, 5, 6, 7, 8, 9) else 0 if last == 1 else 1
    return Texts(kk=f"{number} {kk}", ru=f"{number} {ru[form]}", en=f"{count:g} {en[count != 1]}")


def moment(at: datetime) -> str:
    """An instant as the explanations print it, in Almaty time; seconds only where there are some."""
    local = at.astimezone(ALMATY)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second or local.microsecond else f"{local:%Y-%m-%d %H:%M}"


def _explain(limit: Limit, start: datetime, end: datetime, skipped: Sequence[tuple[date | None, Texts]]) -> Texts:
    assert limit.max is not None
    span, left_out = amount(limit.max, limit.unit), _grouped(skipped)
    because = {
        language: ", ".join(f"{days} ({why.say(language)})" if days else why.say(language) for days, why in left_out)
        for language in ("kk", "ru", "en")
    }
    rest = (f", есепке алынбайды: {because['kk']}", f", не считая: {because['ru']}", f", not counting {because['en']}")
    kk, ru, en = rest if left_out else ("", "", "")
    return Texts(
        kk=f"мерзімі {moment(end)}: {moment(start)} бастап {span.kk}{kk}",
        ru=f"срок {moment(end)}: {span.ru} с {moment(start)}{ru}",
        en=f"due {moment(end)}: {span.en} from {moment(start)}{en}",
    )


def _grouped(skipped: Sequence[tuple[date | None, Texts]]) -> list[tuple[str, Texts]]:
    """Days left out for the same reason, one after another, as one stretch."""
    groups: list[tuple[date | None, date | None, Texts]] = []
    for day, why in skipped:
        last = groups[-1] if groups else None
        if day and last and last[1] and last[2] == why and day - last[1] == timedelta(1):
            groups[-1] = (last[0], day, why)
        else:
            groups.append((day, day, why))
    return [
        (f"{first}" if first == last else f"{first}…{last}", why) if first else ("", why) for first, last, why in groups
    ]
