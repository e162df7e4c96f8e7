"""The stand's clock: the one source of time, so that a day of the law can pass in a moment.

`SystemClock` is the machine's time. `StandClock` runs beside it and can be moved forward; whoever waits on it wakes
when its time has come. No other module may read the time (`tests/test_house.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the stand asks of a clock: the time, and to be woken at a time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    async def wait_until(self, due: datetime) -> None:
        """Return when the clock shows `due` or later."""
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


class StandClock:
    """The machine's time plus an offset that only grows: `advance` moves every wait and every deadline with it."""

    def __init__(self, base: Callable[[], datetime] = SystemClock().now) -> None:
        self._base = base
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The stand's time in UTC."""
        return self._base() + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward by `by` and return the new time; ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("the clock moves forward only")
        self._offset += by
        self._moved.set()
        self._moved = asyncio.Event()
        return self.now()

    async def wait_until(self, due: datetime) -> None:
        """Return when the stand's time is `due` or later, however it got there."""
        while (left := (due - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), timeout=left)
            except TimeoutError:
                continue
