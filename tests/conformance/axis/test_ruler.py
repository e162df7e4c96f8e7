"""The ruler of the time axis: its rules, over any events."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.regulation.working_time import worked
from conformance.axis.ruler import BAND, BURST, LONGEST, SLOT, TORN, Event, gap, ruler

CALENDAR = Calendar()
MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=ALMATY)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of the days from Monday, 30 November 2026, in Almaty."""
    return MONDAY.replace(hour=hour, minute=minute, second=second) + timedelta(days=day)


steps = st.lists(
    st.one_of(
        st.floats(0, 1.9).map(lambda seconds: timedelta(seconds=seconds)),
        st.integers(2, 90).map(lambda minutes: timedelta(minutes=minutes)),
        st.integers(1, 2000).map(lambda hours: timedelta(hours=hours)),
    ),
    max_size=25,
)
rooms = st.sampled_from([0.0, SLOT])


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Events in order: some in bursts, some far apart, at any hour."""
    now = MONDAY + timedelta(hours=draw(st.integers(0, 24 * 400)))
    found = [Event(now)]
    for step in draw(steps):
        now += step
        found.append(Event(now, draw(rooms)))
    return found


@settings(deadline=None)
@given(events())
def test_order_is_kept_and_each_event_has_its_room(found: list[Event]) -> None:
    drawn = ruler(found, CALENDAR, 14)
    assert len(drawn.places) == len(found)
    assert drawn.places[0] == 14
    for (left, right), (before, event) in zip(pairwise(drawn.places), pairwise(found), strict=True):
        assert right - left >= event.room - 1e-9
        if event.at - before.at < BURST:
            assert right - left == pytest.approx(event.room)
        else:
            assert right > left


@settings(deadline=None)
@given(events())
def test_what_is_worked_between_two_events_is_as_wide_as_the_rule_says(found: list[Event]) -> None:
    drawn = ruler(found, CALENDAR, 0)
    for one in drawn.gaps:
        width = one.right - one.left
        rule = min(118, 20 + 12 * math.log2(1 + one.lasted.total_seconds() / 600))
        assert width == pytest.approx(max(rule, SLOT)) or width == pytest.approx(rule)
        assert width <= LONGEST + 1e-9
        assert one.torn == (one.lasted >= TORN)
    bursts = sum((b.at - a.at for a, b in pairwise(found) if b.at - a.at < BURST), timedelta())
    whole = sum((one.lasted for one in drawn.gaps), timedelta())
    edges = timedelta(seconds=4) * len(found)
    assert abs(worked(CALENDAR, found[0].at, found[-1].at) - whole) <= bursts + edges


@settings(deadline=None)
@given(events())
def test_bands_gaps_and_days_do_not_lie_on_each_other(found: list[Event]) -> None:
    drawn = ruler(found, CALENDAR, 0)
    ranges = [(gap_.left, gap_.right) for gap_ in drawn.gaps] + [(band.left, band.right) for band in drawn.bands]
    ranges.sort()
    assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(ranges))
    assert all(a.right <= b.left and a.last < b.first for a, b in pairwise(drawn.days))
    assert all(band.right - band.left >= BAND - 1e-9 for band in drawn.bands)
    assert all(CALENDAR.is_working_day(day.first) and CALENDAR.is_working_day(day.last) for day in drawn.days)


@settings(deadline=None)
@given(events(), st.integers(0, 10**6))
def test_any_instant_lies_between_the_events_around_it(found: list[Event], seconds: int) -> None:
    drawn = ruler(found, CALENDAR, 0)
    when = found[0].at + timedelta(seconds=seconds)
    x = drawn.x(when)
    assert all(place <= x + 1e-6 for place, event in zip(drawn.places, found, strict=True) if event.at <= when)
    assert all(place >= x - 1e-6 for place, event in zip(drawn.places, found, strict=True) if event.at > when)


def test_the_figures_of_the_rule() -> None:
    assert gap(timedelta()) == 20
    assert gap(timedelta(minutes=180)) == pytest.approx(70.97, abs=0.01)
    assert gap(timedelta(minutes=40)) == pytest.approx(47.86, abs=0.01)
    assert gap(timedelta(days=30)) == LONGEST


def test_a_night_is_one_band_and_so_is_a_long_weekend() -> None:
    night = ruler([Event(at(0, 18)), Event(at(1, 9))], CALENDAR, 0)
    weekend = ruler([Event(at(4, 18)), Event(at(7, 9))], CALENDAR, 0)
    assert list(night.places) == list(weekend.places) == [0, 18]
    assert [(band.left, band.right) for band in night.bands] == [(3, 15)]


@settings(deadline=None)
@given(events())
def test_between_two_days_there_is_always_a_band(found: list[Event]) -> None:
    drawn = ruler(found, CALENDAR, 14.3)
    for before, after in pairwise(drawn.days):
        assert any(before.right <= band.left < band.right <= after.left for band in drawn.bands)


def test_lunch_takes_no_working_time() -> None:
    drawn = ruler([Event(at(0, 13)), Event(at(0, 14))], CALENDAR, 0)
    assert list(drawn.places) == [0, 20]
    assert not drawn.bands


def test_days_without_an_event_are_left_out_together_with_their_length() -> None:
    drawn = ruler([Event(at(0, 17)), Event(at(4, 10))], CALENDAR, 0)
    assert [(one.lasted / timedelta(hours=1), one.torn) for one in drawn.gaps] == [(1, False), (24, True), (1, False)]
    assert len(drawn.bands) == 2
    assert [(one.first.day, one.last.day) for one in drawn.days] == [(30, 30), (1, 3), (4, 4)]


def test_a_burst_at_night_lies_on_the_band() -> None:
    drawn = ruler([Event(at(0, 17)), Event(at(0, 23)), Event(at(0, 23, 0, 1), SLOT), Event(at(1, 10))], CALENDAR, 0)
    (band,) = drawn.bands
    assert band.left < drawn.places[1] < drawn.places[2] < band.right
    assert [one.first.day for one in drawn.days] == [30, 1]


def test_the_zone_of_an_event_does_not_matter() -> None:
    found = [Event(at(0, 10)), Event(at(0, 12))]
    abroad = [Event(event.at.astimezone(UTC), event.room) for event in found]
    assert ruler(found, CALENDAR, 0).places == ruler(abroad, CALENDAR, 0).places
