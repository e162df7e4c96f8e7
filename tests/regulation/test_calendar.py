"""The Republic's working days, and when limits run out."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language.errors import Unconfigured
from aimaq.regulation import Limit
from aimaq.regulation.calendar import (
    ALMATY,
    RECEIPT,
    Calendar,
    OfficeHours,
    _russian,
    _year,
    amount,
    load_overrides,
)
from aimaq.regulation.model.flow import Unit

DAYS = Calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


def limit(most: float, unit: Unit, least: float | None = None) -> Limit:
    return Limit(unit=unit, min=least, max=most)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-03-20", True),
        ("2026-03-21", False),
        ("2026-03-23", False),
        ("2026-03-24", False),  # Nauryz on a Saturday and a Sunday gives the Tuesday
        ("2026-03-25", False),  # and the Wednesday
        ("2026-03-26", True),
        ("2026-05-09", False),
        ("2026-05-11", False),  # Victory Day on a Saturday gives the Monday
        ("2024-05-04", True),  # a Saturday worked
        ("2024-05-08", False),  # for this Wednesday
        ("2025-01-05", True),  # a Sunday worked
        ("2025-01-03", False),
        ("2026-01-07", False),  # Christmas
        ("2026-11-21", False),
        ("2012-12-29", True),
        ("2012-12-31", False),
    ],
)
def test_holidays_and_transfers_are_known(day: str, worked: bool) -> None:
    assert DAYS.is_working_day(date.fromisoformat(day)) is worked


def test_an_override_stands_above_all_else() -> None:
    moved = Calendar({date(2026, 3, 24): True, date(2026, 3, 20): False})
    assert moved.is_working_day(date(2026, 3, 24))
    assert not moved.is_working_day(date(2026, 3, 20))
    why = moved.why_off(date(2026, 3, 20))
    assert why is not None
    assert why.en == "declared a day off"


def test_a_day_off_has_a_reason_in_three_languages() -> None:
    why = DAYS.why_off(date(2026, 3, 22))
    assert why is not None
    assert (why.kk, why.ru, why.en) == ("Наурыз мейрамы", "Наурыз мейрамы", "Nowruz Holiday")
    assert DAYS.why_off(date(2026, 3, 20)) is None


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-18T10:00", "2026-03-20T18:00"),  # the Wednesday it begins on is the first day
        ("2026-03-18T18:00", "2026-03-26T18:00"),  # the office is closed: Thursday is the first
        ("2026-03-20T09:00", "2026-03-27T18:00"),  # over Nauryz
        ("2026-03-22T12:00", "2026-03-30T18:00"),  # begun on a holiday
    ],
)
def test_working_days_end_with_the_office_hours(start: str, expected: str) -> None:
    assert DAYS.due(limit(3, "working-day"), at(start)).at == at(expected)


def test_the_day_of_receipt_is_not_counted_where_the_act_says_so() -> None:
    three, exempt = limit(3, "working-day"), ("day of receipt", "day of issue")
    assert DAYS.due(three, at("2026-03-16T10:00"), exempt).at == at("2026-03-19T18:00")
    assert DAYS.due(three, at("2026-03-18T10:00"), exempt).at == at("2026-03-26T18:00")
    assert DAYS.due(three, at("2026-03-18T20:00"), exempt).at == at("2026-03-26T18:00")


def test_the_explanation_names_what_was_left_out() -> None:
    due = DAYS.due(limit(3, "working-day"), at("2026-03-18T10:00"), ("day of receipt", "day of issue"))
    assert due.explanation.en == (
        "due 2026-03-26 18:00: 3 working days from 2026-03-18 10:00, not counting 2026-03-18 (day of receipt), "
        "2026-03-21…2026-03-23 (Nowruz Holiday), 2026-03-24…2026-03-25 (Nowruz Holiday (observed)), day of issue"
    )
    assert due.explanation.ru.startswith("срок 2026-03-26 18:00: 3 рабочих дня с 2026-03-18 10:00, не считая: ")
    assert due.explanation.kk.startswith("мерзімі 2026-03-26 18:00: 2026-03-18 10:00 бастап 3 жұмыс күні, ")


@pytest.mark.parametrize(
    ("most", "unit", "start", "expected"),
    [
        (30, "second", "2026-03-21T23:59:45", "2026-03-22T00:00:15"),
        (1.5, "minute", "2026-03-21T10:00", "2026-03-21T10:01:30"),
        (10, "minute", "2026-03-22T12:55", "2026-03-22T13:05"),  # neither lunch nor a holiday stops minutes
        (2, "day", "2026-03-20T10:00", "2026-03-22T10:00"),
        (1, "month", "2026-01-31T10:00", "2026-02-28T10:00"),
        (1, "month", "2026-12-15T10:00", "2027-01-15T10:00"),
    ],
)
def test_other_units_are_plain_time(most: float, unit: Unit, start: str, expected: str) -> None:
    assert DAYS.due(limit(most, unit), at(start)).at == at(expected)


def test_the_hour_that_almaty_put_back_in_2024_is_an_hour() -> None:
    start = datetime(2024, 2, 29, 23, 30, tzinfo=ALMATY)
    due = DAYS.due(limit(2, "hour"), start).at
    assert (due.astimezone(UTC) - start.astimezone(UTC)).total_seconds() == 7200
    assert due.time() == time(0, 30)
    assert DAYS.due(limit(1, "day"), start).at.time() == time(23, 30)


def test_a_limit_without_a_max_never_runs_out() -> None:
    with pytest.raises(ValueError, match="max"):
        DAYS.due(Limit(unit="minute"), at("2026-03-20T10:00"))


def test_a_range_has_an_earliest_instant() -> None:
    start = at("2026-03-20T10:00")
    assert DAYS.early(limit(60, "second", least=30), start) == at("2026-03-20T10:00:30")
    assert DAYS.early(limit(60, "second"), start) is None


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        (1, "2026-03-20T10:00:00"),
        (2, "2026-03-26T10:00:00"),  # after the weekend and Nauryz
        (2.5, "2026-03-27T10:00:00"),
        (0.5, "2026-03-20T10:00:00"),
    ],
)
def test_the_least_time_in_working_days_is_over_on_the_last_of_them(least: float, expected: str) -> None:
    start = at("2026-03-20T10:00:00").astimezone(UTC)
    assert DAYS.early(limit(5, "working-day", least=least), start) == at(expected)


def test_the_least_time_of_a_month_is_by_the_clock_on_the_wall() -> None:
    start = at("2026-03-31T02:00:00").astimezone(UTC)  # still the day before, by that clock
    assert DAYS.early(limit(3, "month", least=1), start) == at("2026-04-30T02:00:00")


def test_a_number_of_working_days_later_it_is_the_same_time_of_day() -> None:
    start = at("2026-03-20T02:30:00").astimezone(UTC)
    assert DAYS.later(start, 0) == at("2026-03-20T02:30:00")
    assert DAYS.later(start, 1) == at("2026-03-26T02:30:00")
    assert DAYS.later(start, 3) == at("2026-03-30T02:30:00")


def test_an_explanation_is_whole_in_each_language() -> None:
    plain = DAYS.due(limit(30, "second"), at("2026-03-20T10:00:00")).explanation
    assert plain.kk == "мерзімі 2026-03-20 10:00:30: 2026-03-20 10:00 бастап 30 секунд"
    assert plain.ru == "срок 2026-03-20 10:00:30: 30 секунд с 2026-03-20 10:00"
    assert plain.en == "due 2026-03-20 10:00:30: 30 seconds from 2026-03-20 10:00"
    explanation = DAYS.due(limit(2, "working-day"), at("2026-03-13T10:00:00"), (RECEIPT,)).explanation
    days = "2026-03-13 ({}), 2026-03-14…2026-03-15 ({})"
    assert explanation.kk.endswith(f", есепке алынбайды: {days.format('құжаттарды қабылдау күні', 'демалыс')}")
    assert explanation.ru.endswith(f", не считая: {days.format('день приёма документов', 'выходной')}")
    assert explanation.en.endswith(f", not counting {days.format('day of receipt', 'weekend')}")


def test_the_day_of_issue_that_is_left_out_is_named_in_each_language() -> None:
    explanation = DAYS.due(limit(3, "working-day"), at("2026-03-16T10:00"), ("day of issue",)).explanation
    assert explanation.kk.endswith(", есепке алынбайды: құжаттарды беру күні")
    assert explanation.ru.endswith(", не считая: день выдачи документов")
    assert explanation.en.endswith(", not counting day of issue")


def test_every_holiday_has_a_russian_name_and_one_that_is_new_a_general_one() -> None:
    named = {why for year in range(2010, 2028) for why in _year(year).off.values()}
    assert not {why.en for why in named if why.ru == "праздничный день"}
    assert {why.ru for why in named if why.en == "Victory Day (observed)"} == {"День Победы"}
    assert _russian("Day off (substituted from 05/04/2024); Victory Day") == "выходной, перенесённый"
    assert _russian("A day that nobody knows") == "праздничный день"


@pytest.mark.parametrize("lunch", [(time(8), time(14)), (time(13), time(19)), (time(14), time(13))])
def test_office_hours_must_make_sense(lunch: tuple[time, time]) -> None:
    for wrong in ({"opens": time(18), "closes": time(9)}, {"lunch": lunch}):
        with pytest.raises(Unconfigured, match="office hours"):
            OfficeHours(**wrong)


def test_the_overrides_of_a_year_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "calendar.yaml"
    file.write_text("worked: [2026-05-02]\noff:\n  - 2026-05-08\n")
    assert load_overrides(file) == {date(2026, 5, 2): True, date(2026, 5, 8): False}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("worked: [2026-05-02]\noff: [2026-05-02]\n", ":2: 2026-05-02 is both"),
        ("off:\n  - 2026-05-08\n  - soon\n", ":3: 'soon' is not a date"),
        ("holidays: [2026-05-02]\n", "nothing else"),
        ("off: [2026-13-02]\n", ":1: '2026-13-02' is not a date"),
        ("off: [\n", "calendar.yaml:"),
    ],
)
def test_a_bad_overrides_file_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "calendar.yaml"
    file.write_text(text)
    with pytest.raises(Unconfigured) as caught:
        load_overrides(file)
    assert complaint in caught.value.detail
    assert str(file) in caught.value.detail


@pytest.mark.parametrize(
    ("count", "ru"),
    [
        (1, "1 рабочий день"),
        (2, "2 рабочих дня"),
        (5, "5 рабочих дней"),
        (6, "6 рабочих дней"),
        (0.5, "0,5 рабочих дня"),
        (11, "11 рабочих дней"),
        (21, "21 рабочий день"),
    ],
)
def test_russian_numbers_agree_with_what_they_count(count: float, ru: str) -> None:
    assert amount(count, "working-day").ru == ru


@given(
    start=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(ALMATY)),  # noqa: DTZ001
    days=st.integers(1, 20),
    skip=st.booleans(),
)
def test_between_start_and_due_there_are_as_many_working_days_as_the_limit_says(
    start: datetime, days: int, skip: bool
) -> None:
    due = DAYS.due(limit(days, "working-day"), start, ("day of receipt",) if skip else ()).at
    assert due.time() == time(18)
    assert due > start
    span = [date.fromordinal(n) for n in range(start.date().toordinal(), due.date().toordinal() + 1)]
    worked = [day for day in span if DAYS.is_working_day(day)]
    if worked and worked[0] == start.date() and (skip or start.time() >= time(18)):
        worked = worked[1:]
    assert len(worked) == days
    assert worked[-1] == due.date()


def test_the_machines_time_zones_move_no_deadline(tmp_path: Path) -> None:
    other = tmp_path / "Asia" / "Almaty"
    other.parent.mkdir()
    other.write_bytes((files("tzdata.zoneinfo.Etc") / "GMT-6").read_bytes())
    code = "from aimaq.regulation.calendar import ALMATY, datetime; print(ALMATY.utcoffset(datetime(2026, 3, 2)))"
    own = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True, check=True)
    assert found.stdout == "5:00:00\n"


@pytest.mark.parametrize("not_counting", [(), (RECEIPT,)])
@given(
    seconds=st.integers(0, 15 * 366 * 86_400),
    most=st.integers(0, 40),
    unit=st.sampled_from(get_args(Unit)),
)
def test_the_end_alone_is_the_end_that_is_explained(
    not_counting: tuple[str, ...], seconds: int, most: int, unit: Unit
) -> None:
    start = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert DAYS.end(limit(most, unit), start, not_counting) == DAYS.due(limit(most, unit), start, not_counting).at


def test_office_hours_that_stand_still_are_refused() -> None:
    with pytest.raises(Unconfigured, match="must go up"):
        OfficeHours(opens=time(9), lunch=None, closes=time(9))
