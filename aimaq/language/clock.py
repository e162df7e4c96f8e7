"""The stand's clock: the one source of time, so that a day of the law can pass in a moment.

`SystemClock` is the machine's time. `StandClock` runs beside it and can be stopped, moved forward and made to run
faster; whoever waits on it wakes when its time has come. Kept in a file, it is one clock for all processes that look
at that file. No other module may read the time (`tests/test_house.py`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Protocol

import msgspec

from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.language.texts import Texts
from aimaq.language.timeline import Mode, Timeline

log = logging.getLogger(__name__)
events = logging.getLogger("aimaq.events")
"""What an operator made of the clock: a line a move."""

FILE = "clock.json"
"""What the file is called, in a folder of its own."""
LOOK = 0.02
"""Seconds of the machine between two looks at the file."""
LEAD = 0.05
"""Seconds of the machine before a move takes effect where several processes share a clock: all have seen it by then."""
WATCH = "look at the clock"
"""The name of the task that looks at the file while somebody waits."""
_LONGEST_SLEEP = 3600.0
_NEVER = datetime.max.replace(tzinfo=UTC)


class Clock(Protocol):
    """What the stand asks of a clock: the time, to be woken at a time, and how long something really took."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    async def wait_until(self, due: datetime) -> None:
        """Return when the clock shows `due` or later."""
        ...

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """How long it really took from one reading of the clock to another: less, where it was moved between them."""
        ...


class SystemClock:
    """The machine's own time; it cannot be moved."""

    def now(self) -> datetime:
        """The machine's time in UTC."""
        return datetime.now(UTC)

    async def wait_until(self, due: datetime) -> None:
        """Sleep until `due`, which may be past."""
        while (left := (due - self.now()).total_seconds()) > 0:
            await asyncio.sleep(left)

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """The difference."""
        return until - since


NOT_WRITTEN = Texts(
    kk="сағаттың күйін жазу мүмкін болмады, ол бұрынғыша жүреді",
    ru="состояние часов не удалось записать, они идут как прежде",
    en="the state of the clock cannot be written to {file}: {why}",
)


class StandClock:
    """A clock that can be moved, and never back.

    With a `file`, moves are written there, and those that others write there count within `LOOK` seconds; what is
    there when the clock is made counts from the beginning. A move takes effect after `lead` seconds of the machine,
    for all processes in the same instant: nobody sends a message from another's future.
    """

    def __init__(
        self, machine: Callable[[], datetime] = SystemClock().now, *, file: Path | None = None, lead: float = 0.0
    ) -> None:
        self._machine, self._file, self._lead = machine, file, timedelta(seconds=lead)
        self._timeline = Timeline()
        self._leg = self._timeline.legs[0]
        self._next = _NEVER
        self._moved = asyncio.Event()
        self._mark: tuple[int, int, int] | None = None
        self._last_reading = machine()
        self._look_at = 0.0
        self._waiting = 0
        self._watch: asyncio.Task[None] | None = None
        if file is not None:
            self._mark = _mark(file)
            if self._mark is not None:
                self._adopt(_read(file))

    def now(self) -> datetime:
        """The stand's time in UTC."""
        if self._file is not None and monotonic() >= self._look_at:
            self._look(self._file)
        machine = self._machine()
        if machine >= self._next:
            self._step(machine)
        return self._leg.at(machine)

    def state(self) -> tuple[datetime, Mode, float, timedelta]:
        """The stand's time, how the clock runs and how fast, and how far it is ahead of the machine, at one instant."""
        if self._file is not None:
            self._look(self._file)
        machine = self._machine()
        if machine >= self._next:
            self._step(machine)
        leg = self._leg
        now = leg.at(machine)
        return now, leg.mode, leg.rate, now - machine

    def pin(self, at: datetime | None = None) -> datetime:
        """Stop the clock, at `at` if that is given, and return the time at which it stands.

        TimeGoesForward if that is earlier than the present time, InvalidInput if it is years ahead; so for all moves.
        """
        return self._move(lambda timeline, since: timeline.pinned(since, at))

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward by `by` and return the new time; it stands, or runs, as before."""
        return self._move(lambda timeline, since: timeline.advanced(since, timeline.at(since) + by))

    def advance_to(self, at: datetime) -> datetime:
        """Move the clock forward to `at`."""
        return self._move(lambda timeline, since: timeline.advanced(since, at))

    def scale(self, rate: float) -> datetime:
        """Let the clock run on from where it is, `rate` times as fast as the machine's; InvalidInput if it cannot."""
        return self._move(lambda timeline, since: timeline.scaled(since, rate))

    def reset(self) -> datetime:
        """Show the machine's time again; TimeGoesForward if that is earlier than the present time."""
        return self._move(Timeline.reset)

    async def settled(self) -> None:
        """Return when the last move has taken effect."""
        while (left := (self._timeline.legs[-1].since - self._machine()).total_seconds()) > 0:
            await asyncio.sleep(left)

    async def wait_until(self, due: datetime) -> None:
        """Return when the stand's time is `due` or later, however it got there."""
        while self.now() < due:
            left = self._timeline.left(due, self._machine())
            left = _LONGEST_SLEEP if left is None else min(max(left, 0.0), _LONGEST_SLEEP)
            with self._watched():
                try:
                    async with asyncio.timeout(left):
                        await self._moved.wait()
                except TimeoutError:
                    continue

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """How long the machine needed, at least, from one reading of this clock to another."""
        return self._timeline.lasted(since, until)

    def _move(self, change: Callable[[Timeline, datetime], Timeline]) -> datetime:
        if self._file is not None:
            self._look(self._file)
        since = max(self._machine() + self._lead, self._timeline.legs[-1].since)
        timeline = change(self._timeline, since)
        if self._file is not None:
            _write(self._file, timeline)
            self._mark = _mark(self._file)
        self._adopt(timeline)
        shown, leg = timeline.at(since), timeline.legs[-1]
        events.info("the clock is moved: it shows %s, and is %s (rate %g)", f"{shown:%F %T} UTC", leg.mode, leg.rate)
        return shown

    def _adopt(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._step(self._machine())
        self._moved.set()
        self._moved = asyncio.Event()

    def _step(self, machine: datetime) -> None:
        """Go on with the leg that has begun. Where the machine's own clock was set back, no jump is undone."""
        legs, reached = self._timeline.legs, max(machine, self._leg.since)
        self._leg = self._timeline.leg(reached)
        self._next = next((leg.since for leg in legs if leg.since > reached), _NEVER)

    def _look(self, file: Path) -> None:
        """Take over what another process has written. What cannot be read, or would lead back, is left alone."""
        self._look_at = monotonic() + LOOK
        before, self._last_reading = self._last_reading, self._machine()
        mark = _mark(file)
        if mark is None or mark == self._mark:
            return
        self._mark = mark
        try:
            timeline = _read(file)
        except Unconfigured as error:
            log.warning("%s; the clock goes on as before", error.detail)
            return
        # at the last look, since what came of a move that this process did not see yet it cannot have shown either
        if timeline.at(before) < self._timeline.at(before):
            log.warning("%s shows an earlier time than the present; the clock goes on as before", file)
            return
        self._adopt(timeline)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """See to it that the file is looked at while somebody waits: one task for all who do."""
        self._waiting += 1
        if self._waiting == 1 and self._file is not None:
            loop = asyncio.get_running_loop()
            self._watch = loop.create_task(self._keep_looking(self._file), name=WATCH)
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0 and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    async def _keep_looking(self, file: Path) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._look(file)


def _mark(file: Path) -> tuple[int, int, int] | None:
    """What tells one state of the file from the next; None if it is not there."""
    try:
        found = os.stat(file)  # noqa: PTH116 - often called, and four times as fast
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(file: Path) -> Timeline:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Timeline)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unconfigured(f"{file} cannot be read as the state of a clock: {error}") from None


def _write(file: Path, timeline: Timeline) -> None:
    """Put the state in the place of the one before, whole and for good."""
    new = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(timeline)))
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        raise Unavailable(NOT_WRITTEN.format(file=file, why=error.strerror)) from None
