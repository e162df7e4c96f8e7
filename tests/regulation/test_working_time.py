"""Working time between two instants, and how lateness and what is left are text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.regulation.calendar import ALMATY, Calendar, OfficeHours
from aimaq.regulation.model.flow import Unit
from aimaq.regulation.working_time import before, between, day_length, length, worked, working_days

DAYS = Calendar()
HOUR = timedelta(hours=1)
FIRST = datetime(2024, 1, 1, tzinfo=ALMATY)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1000)).map(lambda after: FIRST + after)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02 09:00", "2026-03-02 18:00", 8),
        ("2026-03-02 12:30", "2026-03-02 14:30", 1),  # lunch is none
        ("2026-03-02 13:10", "2026-03-02 13:50", 0),
        ("2026-03-02 18:00", "2026-03-03 09:00", 0),  # a night
        ("2026-03-06 17:00", "2026-03-10 10:00", 2),  # a weekend, and the Monday after 8 March
        ("2026-03-20 09:00", "2026-03-26 18:00", 16),  # Nauryz
        ("2026-03-03 09:00", "2026-03-02 09:00", 0),
    ],
)
def test_only_office_hours_of_working_days_count(start: str, end: str, hours: int) -> None:
    assert worked(DAYS, at(start), at(end)) == hours * HOUR


def test_orders_of_a_year_move_the_days_that_count() -> None:
    moved = Calendar({date(2026, 3, 21): True, date(2026, 3, 20): False})
    assert working_days(DAYS, date(2026, 3, 20), date(2026, 3, 26)) == 2
    assert working_days(moved, date(2026, 3, 20), date(2026, 3, 26)) == 2
    assert working_days(moved, date(2026, 3, 21), date(2026, 3, 26)) == 2
    assert working_days(DAYS, date(2026, 3, 26), date(2026, 3, 25)) == 0
    assert worked(moved, at("2026-03-21 09:00"), at("2026-03-21 11:00")) == 2 * HOUR


def test_hours_without_a_break_make_a_longer_day() -> None:
    assert day_length(DAYS.hours) == 8 * HOUR
    assert day_length(OfficeHours(time(8), time(20), None)) == 12 * HOUR


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=200)))
def test_going_back_by_an_amount_leaves_that_amount(end: datetime, left: timedelta) -> None:
    there = before(DAYS, end, left)
    assert worked(DAYS, there, end) == left


@given(
    MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=90)),
    st.timedeltas(timedelta(0), timedelta(days=90)),
)
def test_working_time_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    assert worked(DAYS, start, middle) + worked(DAYS, middle, end) == worked(DAYS, start, end)


@pytest.mark.parametrize(
    ("unit", "start", "end", "kk", "ru", "en"),
    [
        (
            "working-day",
            "2026-03-02 18:00",
            "2026-03-04 14:20",
            "1 жұмыс күні 4 сағ 20 минутқа кешігуде",
            "опаздывает на 1 рабочий день 4 ч 20 мин",
            "late by 1 working day 4 h 20 min",
        ),
        (
            "working-day",
            "2026-03-02 18:00",
            "2026-03-04 18:00",
            "2 жұмыс күніне кешігуде",
            "опаздывает на 2 рабочих дня",
            "late by 2 working days",
        ),
        (
            "working-day",
            "2026-03-02 18:00",
            "2026-03-02 19:20",
            "1 сағ 20 минутқа кешігуде (жұмыс уақытынан тыс)",
            "опаздывает на 1 ч 20 мин (вне рабочего времени)",
            "late by 1 h 20 min (outside office hours)",
        ),
        (
            "day",
            "2026-03-02 18:00",
            "2026-03-05 18:00",
            "3 күнге кешігуде",
            "опаздывает на 3 дня",
            "late by 3 days",
        ),
        (
            "minute",
            "2026-03-02 18:00:00",
            "2026-03-02 20:00:00",
            "2 сағатқа кешігуде",
            "опаздывает на 2 ч",
            "late by 2 h",
        ),
        (
            "second",
            "2026-03-02 18:00:00",
            "2026-03-02 18:01:05",
            "1 мин 5 секундқа кешігуде",
            "опаздывает на 1 мин 5 с",
            "late by 1 min 5 s",
        ),
    ],
)
def test_lateness_is_told_in_the_time_that_the_limit_is_in(
    unit: Unit, start: str, end: str, kk: str, ru: str, en: str
) -> None:
    text = between(DAYS, unit, at(start), at(end)).late()
    assert (text.kk, text.ru, text.en) == (kk, ru, en)


@pytest.mark.parametrize(
    ("lasted", "kk", "ru", "en"),
    [
        (8 * HOUR, "1 жұмыс күні қалды", "остался 1 рабочий день", "1 working day left"),
        (14 * HOUR, "1 жұмыс күні 6 сағ қалды", "остался 1 рабочий день 6 ч", "1 working day 6 h left"),
        (88 * HOUR, "11 жұмыс күні қалды", "осталось 11 рабочих дней", "11 working days left"),
        (168 * HOUR, "21 жұмыс күні қалды", "остался 21 рабочий день", "21 working days left"),
        (HOUR / 2, "30 мин қалды", "осталось 30 мин", "30 min left"),
        (timedelta(0), "0 мс қалды", "осталось 0 мс", "0 ms left"),
    ],
)
def test_what_is_left_is_told_in_working_days(lasted: timedelta, kk: str, ru: str, en: str) -> None:
    text = length(lasted, day_length(DAYS.hours)).left()
    assert (text.kk, text.ru, text.en) == (kk, ru, en)


def test_what_was_late_when_it_was_done_is_told_in_the_past() -> None:
    text = length(timedelta(minutes=5)).was_late()
    assert (text.kk, text.ru) == ("5 минутқа кешіктірілген", "просрочено на 5 мин")
