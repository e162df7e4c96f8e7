"""The stand's clock: how it runs, that it never goes back, and that it is one clock for all who share its file."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language import clock as module
from aimaq.language.clock import LEAD, LOOK, WATCH, StandClock, SystemClock
from aimaq.language.errors import InvalidInput, TimeGoesForward, Unavailable, Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.timeline import LAST, Timeline
from aimaq.regulation.calendar import ALMATY
from tests.parties import BASE
from tests.waiting import eventually

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Machine:
    """A machine's clock that goes as far as it is told."""

    def __init__(self) -> None:
        self.now = BASE

    def __call__(self) -> datetime:
        """The machine's time."""
        return self.now

    def run(self, by: timedelta) -> None:
        """Let so much time pass, or go back."""
        self.now += by


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where processes share a clock; neither the file nor its folder is there yet."""
    return tmp_path / "clock" / "clock.json"


# --- how it runs -----------------------------------------------------------------------------------------------


def test_a_clock_that_nobody_moved_shows_the_machines_time(machine: Machine) -> None:
    clock = StandClock(machine)
    machine.run(HOUR)
    assert clock.now() == BASE + HOUR
    assert clock.state() == (BASE + HOUR, "real", 1.0, timedelta())


def test_a_pinned_clock_stands_still_until_it_is_moved(machine: Machine) -> None:
    clock = StandClock(machine)
    assert clock.pin() == BASE
    machine.run(HOUR)
    assert clock.state() == (BASE, "pinned", 0.0, -HOUR)
    assert clock.pin(BASE + DAY) == BASE + DAY
    assert clock.advance(SECOND) == BASE + DAY + SECOND
    machine.run(HOUR)
    assert clock.now() == BASE + DAY + SECOND


def test_an_advanced_clock_runs_on_ahead_of_the_machine(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.advance(3 * DAY)
    machine.run(HOUR)
    assert clock.state() == (BASE + 3 * DAY + HOUR, "advanced", 1.0, 3 * DAY)
    assert clock.advance_to(BASE + 5 * DAY) == clock.now() == BASE + 5 * DAY


@pytest.mark.parametrize("rate", [0.5, 60, 86400])
def test_a_scaled_clock_runs_so_many_times_as_fast(machine: Machine, rate: float) -> None:
    clock = StandClock(machine)
    clock.advance(DAY)
    clock.scale(rate)
    machine.run(10 * SECOND)
    assert clock.now() == BASE + DAY + 10 * rate * SECOND
    assert clock.state()[1:3] == ("scaled", rate)
    clock.advance(HOUR)
    machine.run(10 * SECOND)
    assert clock.now() == BASE + DAY + HOUR + 20 * rate * SECOND, "it goes on at its pace after a move"


def test_scale_one_lets_a_pinned_clock_run_on_from_where_it_is(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.pin(BASE + DAY)
    clock.scale(1)
    machine.run(HOUR)
    assert clock.state()[:2] == (BASE + DAY + HOUR, "advanced")


def test_an_instant_of_any_zone_is_shown_in_utc(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.pin(datetime(2026, 3, 20, 9, tzinfo=ALMATY))
    assert (clock.now(), clock.now().tzinfo) == (datetime(2026, 3, 20, 4, tzinfo=UTC), UTC)


def test_reset_goes_to_the_machines_time_and_never_back(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.pin()
    machine.run(HOUR)
    assert clock.reset() == BASE + HOUR
    assert clock.state()[1] == "real"
    clock.advance(SECOND)
    with pytest.raises(TimeGoesForward, match="scale 1 lets it run on") as caught:
        clock.reset()
    assert (caught.value.field, caught.value.rule) == ("mode", "forward")
    assert clock.now() == BASE + HOUR + SECOND


def test_no_move_leads_back_or_out_of_all_measure(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.advance(DAY)
    backwards: list[Callable[[], datetime]] = [
        lambda: clock.pin(BASE),
        lambda: clock.advance_to(BASE + DAY - timedelta(microseconds=1)),
        lambda: clock.advance(-SECOND),
        clock.reset,
    ]
    for back in backwards:
        with pytest.raises(TimeGoesForward):
            back()
    wildly: list[Callable[[], datetime]] = [
        lambda: clock.advance(5000 * DAY),
        lambda: clock.scale(0),
        lambda: clock.scale(1e9),
    ]
    for wild in wildly:
        with pytest.raises(InvalidInput):
            wild()
    assert clock.state() == (BASE + DAY, "advanced", 1.0, DAY)


def test_a_clock_that_runs_very_fast_comes_to_the_last_day_and_not_to_an_error(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.scale(100_000)
    machine.run(36_000 * DAY)
    assert clock.now().year == 9999


def test_a_clock_that_came_to_its_last_day_is_not_moved_past_it(machine: Machine) -> None:
    clock = StandClock(machine)
    clock.scale(100_000)
    machine.run(36_000 * DAY)
    with pytest.raises(InvalidInput, match="at most"):
        clock.advance(DAY)


MOVES = st.one_of(
    st.tuples(st.sampled_from(["run"]), st.floats(0, 1e6)),
    st.tuples(st.sampled_from(["advance"]), st.floats(0, 1e6)),
    st.tuples(st.sampled_from(["scale"]), st.sampled_from([0.001, 0.3, 1, 60, 99_999.5])),
    st.tuples(st.sampled_from(["pin", "reset"]), st.none()),
)


@given(st.lists(MOVES, max_size=20), st.data())
def test_it_never_goes_back_and_nothing_lasts_longer_than_it_did(
    moves: list[tuple[str, float | None]], data: st.DataObject
) -> None:
    machine = Machine()
    clock = StandClock(machine)
    readings = [(clock.now(), machine())]
    for what, much in moves:
        if what == "run":
            machine.run(timedelta(seconds=much or 0))
        elif what == "advance":
            by = timedelta(seconds=much or 0)
            # a fast clock may have come to its last day by then, and is not moved past it
            with pytest.raises(InvalidInput) if clock.now() + by > LAST else nullcontext():
                clock.advance(by)
        elif what == "scale":
            clock.scale(much or 1)
        elif what == "pin":
            clock.pin()
        elif clock.now() <= machine():
            clock.reset()
        readings.append((clock.now(), machine()))
    assert [shown for shown, _ in readings] == sorted(shown for shown, _ in readings)
    first = data.draw(st.integers(0, len(readings) - 1))
    last = data.draw(st.integers(first, len(readings) - 1))
    (since, then), (until, now) = readings[first], readings[last]
    rounding = timedelta(seconds=0.01)  # a microsecond at the slowest rate is a thousand of the machine's
    assert timedelta() <= clock.lasted(since, until) <= now - then + rounding


def test_a_jump_takes_no_time_and_a_fast_clock_makes_nothing_old(machine: Machine) -> None:
    clock = StandClock(machine)
    sent = clock.now()
    machine.run(HOUR)
    clock.advance(21 * DAY)
    machine.run(HOUR)
    assert clock.now() - sent == 21 * DAY + 2 * HOUR
    assert clock.lasted(sent, clock.now()) == 2 * HOUR
    clock.scale(1000)
    machine.run(HOUR)
    assert clock.lasted(sent, clock.now()) == 3 * HOUR
    assert SystemClock().lasted(BASE, BASE + HOUR) == HOUR
    before = BASE - 3 * DAY
    assert clock.lasted(before, BASE) == 3 * DAY, "what went before it was first moved lasted as long as it seems"


def test_ids_made_while_the_clock_stands_still_sort_as_they_were_made() -> None:
    ids = Ids(StandClock(lambda: BASE))
    made = [ids() for _ in range(5000)]
    assert made == sorted(set(made))
    assert made[0][:13] == made[-1][:13], "they all bear the same time"


# --- shared ----------------------------------------------------------------------------------------------------


def test_who_comes_later_finds_the_clock_as_it_is(file: Path, machine: Machine) -> None:
    first = StandClock(machine, file=file)
    assert not file.parent.exists(), "a clock that nobody moved leaves nothing"
    first.advance(21 * DAY)
    first.pin()
    machine.run(HOUR)
    assert StandClock(machine, file=file).state() == first.state() == (BASE + 21 * DAY, "pinned", 0.0, 21 * DAY - HOUR)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_move_takes_effect_for_all_in_the_same_instant(file: Path, machine: Machine) -> None:
    clocks = [StandClock(machine, file=file, lead=LEAD) for _ in range(5)]
    clocks[0].advance(DAY)
    for clock in clocks:
        clock.state()
        assert clock.now() == BASE, "it is known, and does not count yet"
    machine.run(timedelta(seconds=LEAD) - timedelta(microseconds=1))
    assert {clock.now() for clock in clocks} == {machine()}
    machine.run(timedelta(microseconds=1))
    assert {clock.now() for clock in clocks} == {machine() + DAY}


def test_a_move_that_is_seen_late_counts_from_its_beginning(file: Path, machine: Machine) -> None:
    mover, other = (StandClock(machine, file=file, lead=LEAD) for _ in range(2))
    pinned = mover.pin()
    machine.run(HOUR)
    assert other.now() == pinned


def test_moves_that_follow_each_other_closely_all_count(file: Path, machine: Machine) -> None:
    clocks = [StandClock(machine, file=file, lead=LEAD) for _ in range(2)]
    for _ in range(3):
        clocks[0].advance(DAY)
    assert clocks[0].pin() == BASE + timedelta(seconds=LEAD) + 3 * DAY
    machine.run(HOUR)
    assert {clock.state()[0] for clock in clocks} == {BASE + timedelta(seconds=LEAD) + 3 * DAY}


async def test_who_waits_wakes_when_another_moves_the_clock(file: Path) -> None:
    mover, sleeper = StandClock(file=file, lead=LEAD), StandClock(file=file, lead=LEAD)
    start = mover.now()
    due = {hours: asyncio.create_task(sleeper.wait_until(start + hours * HOUR)) for hours in (1, 2, 3, 4)}
    await asyncio.sleep(0)
    mover.advance(HOUR)
    await eventually(due[1].done, within=5)
    assert not due[2].done()
    mover.pin(start + 2 * HOUR)
    await eventually(due[2].done, within=5)
    mover.scale(100_000)
    await eventually(lambda: due[3].done() and due[4].done(), within=5)
    assert sleeper.now() >= start + 4 * HOUR


async def test_a_move_is_settled_when_it_is_in_force_everywhere(file: Path) -> None:
    mover, other = StandClock(file=file, lead=LEAD), StandClock(file=file, lead=LEAD)
    for _ in range(5):
        at = mover.advance(DAY)
        await mover.settled()
        assert other.now() >= at


async def test_who_waits_no_longer_leaves_nothing_behind(file: Path) -> None:
    clock = StandClock(file=file)
    tasks = [asyncio.create_task(clock.wait_until(clock.now() + DAY)) for _ in range(3)]
    await eventually(lambda: [task.get_name() for task in asyncio.all_tasks()].count(WATCH) == 1, what="one that looks")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await eventually(lambda: len(asyncio.all_tasks()) == 1)


async def test_reading_the_time_looks_at_the_file_now_and_then_only(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    clock = StandClock(file=file)
    original = module._mark

    def counted(path: Path) -> tuple[int, int, int] | None:
        nonlocal looks
        looks += 1
        return original(path)

    monkeypatch.setattr(module, "_mark", counted)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(10_000):
        clock.now()
    assert looks <= (loop.time() - began) / LOOK + 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"legs":[]}', b'{"legs":[{"since":"2026-01-01","shows":"2026-01-01","rate":1}]}', b"\xff"],
)
def test_a_file_that_cannot_be_read_is_named(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(Unconfigured, match=r"clock\.json cannot be read"):
        StandClock(file=file)


def test_a_file_in_which_time_goes_back_is_not_taken(file: Path) -> None:
    legs = [
        {"since": "2026-01-01T00:00:00Z", "shows": "2026-01-02T00:00:00Z", "rate": 1.0},
        {"since": "2026-01-01T01:00:00Z", "shows": "2026-01-02T00:30:00Z", "rate": 1.0},
    ]
    file.parent.mkdir()
    file.write_text(json.dumps({"legs": legs}))
    with pytest.raises(Unconfigured, match="time would go back at 2026-01-01T01:00:00"):
        StandClock(file=file)


def test_a_file_that_is_spoilt_while_the_clock_runs_stops_nothing(
    file: Path, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    clock = StandClock(machine, file=file)
    clock.advance(DAY)
    with caplog.at_level(logging.WARNING):
        file.write_bytes(b"spoilt")
        assert clock.state()[0] == BASE + DAY
        file.write_bytes(msgspec.json.encode(Timeline()))
        assert clock.state()[0] == BASE + DAY
        file.unlink()
        assert clock.state()[0] == BASE + DAY
    assert [record.message.partition("; ")[2] for record in caplog.records] == ["the clock goes on as before"] * 2
    assert "earlier" in caplog.records[1].message


def test_a_move_that_cannot_be_written_is_not_made(file: Path, machine: Machine) -> None:
    file.parent.write_text("in the way")
    clock = StandClock(machine, file=file)
    with pytest.raises(Unavailable, match="cannot be written"):
        clock.advance(DAY)
    assert clock.now() == BASE


def test_a_machine_whose_own_clock_is_set_back_undoes_no_jump(machine: Machine) -> None:
    clock = StandClock(machine)
    machine.run(HOUR)
    clock.advance(21 * DAY)
    machine.run(-2 * SECOND)
    assert clock.now() == BASE + HOUR + 21 * DAY - 2 * SECOND


def test_the_file_stays_small_however_often_the_clock_is_moved(file: Path, machine: Machine) -> None:
    clock = StandClock(machine, file=file)
    for _ in range(200):
        clock.advance(HOUR)
        machine.run(HOUR)
    assert StandClock(machine, file=file).now() == clock.now() == BASE + 400 * HOUR
    assert file.stat().st_size < 16 * 1024
    assert clock.lasted(BASE + 390 * HOUR, clock.now()) == 5 * HOUR


def test_the_file_says_when_the_clock_was_moved_and_how(file: Path, machine: Machine) -> None:
    clock = StandClock(machine, file=file)
    machine.run(HOUR)
    clock.advance(DAY)
    (_, leg) = json.loads(file.read_text())["legs"]
    assert leg == {"since": "2026-03-02T05:00:00Z", "shows": "2026-03-03T05:00:00Z", "rate": 1.0}
    assert datetime.fromisoformat(leg["since"]).astimezone(UTC) == BASE + HOUR
