"""The board: what the traffic is now, read from what the tally has counted and from what waits here.

A minute that is over, and an hour that is written, change no more, so they are read once. What many ask for within
`FRESH` seconds is read once for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from aimaq.service import Service
from gateway_svc.models import traffic_hours, traffic_minutes
from gateway_svc.traffic.backlog import backlog
from gateway_svc.traffic.counts import HOUR, MINUTE, Counts, Route, begin_of, counts_of
from gateway_svc.traffic.summary import STRIP, ByRoute, Snapshot, summary
from gateway_svc.traffic.views import Traffic, Window

FRESH = 0.4
"""Seconds of real time for which an answer is good."""
DAY = 24
"""Hours of the longest window, the present one included."""

Times = dict[datetime, dict[Route, Counts]]


@dataclass(slots=True)
class Counted:
    """What has been read so far: the minutes of the last hour and of the hour that is not written yet, and the hours.

    `first` is the beginning of the first minute that was ever counted, as far as the database goes back.
    """

    minutes: Times = field(default_factory=dict)
    hours: Times = field(default_factory=dict)
    first: datetime | None = None

    def read(self, conn: sa.Connection, now: datetime) -> None:
        """Read what is new, and let go of what is older than is looked at."""
        newest: datetime | None = conn.execute(sa.select(sa.func.max(traffic_minutes.c.at))).scalar()
        if self.first is None:
            firsts = [conn.execute(sa.select(sa.func.min(t.c.at))).scalar() for t in (traffic_hours, traffic_minutes)]
            self.first = min((one for one in firsts if one is not None), default=None)
        begun = begin_of(newest, HOUR) if newest is not None else now
        day = beginning("day", now)
        first = max(min(beginning("hour", now), begun), day)
        # the newest minute that was read may have grown since
        _read(conn, traffic_minutes, self.minutes, first, max(self.minutes, default=first))
        _read(conn, traffic_hours, self.hours, day, max(self.hours, default=day))

    def since(self, window: Window, now: datetime) -> ByRoute:
        """What was counted in a window; in that of a day the hours, as far as they are written."""
        since = beginning(window, now)
        if window != "day":
            return _added(counts for at, counts in self.minutes.items() if at >= since)
        rest = max(self.hours) + HOUR if self.hours else since
        unwritten = [counts for at, counts in self.minutes.items() if at >= max(rest, since)]
        return _added([*(counts for at, counts in self.hours.items() if at >= since), *unwritten])


class Board:
    """Shows the traffic of one gateway."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._counted = Counted()
        self._reading = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._read_at = float("-inf")
        self._shown: dict[Window, Traffic] = {}

    async def traffic(self, window: Window) -> Traffic:
        """The traffic in a window as of now, or of less than `FRESH` seconds ago; Unavailable without the database."""
        async with self._reading:
            loop = asyncio.get_running_loop()
            if self._snapshot is None or loop.time() - self._read_at >= FRESH:
                now = self._service.clock.now()
                self._snapshot = await self._service.database.transact(lambda conn: self._look(conn, now))
                self._read_at, self._shown = loop.time(), {}
            if window not in self._shown:
                self._shown[window] = summary(self._snapshot, window)
            return self._shown[window]

    def _look(self, conn: sa.Connection, now: datetime) -> Snapshot:
        counted, windows = self._counted, WINDOWS
        counted.read(conn, now)
        since = {window: beginning(window, now) for window in windows}
        if counted.first is not None:  # rates of what began within a window are by the time since then
            since = {window: max(begun, min(counted.first, now)) for window, begun in since.items()}
        return Snapshot(
            now=now,
            since=since,
            counts={window: counted.since(window, now) for window in windows},
            minutes=dict(counted.minutes),
            strip=[beginning("hour", now) + place * MINUTE for place in range(STRIP)],
            backlog=backlog(conn),
            outsiders=self._service.settings.outsiders,
            lasted=self._service.clock.lasted,
        )


WINDOWS: tuple[Window, ...] = ("minute", "hour", "day")


def beginning(window: Window, now: datetime) -> datetime:
    """When a window begins: with the minute before the present one, or so that an hour, or a day, ends with it."""
    if window == "day":
        return begin_of(now, HOUR) - (DAY - 1) * HOUR
    return begin_of(now, MINUTE) - (STRIP - 1 if window == "hour" else 1) * MINUTE


def _read(conn: sa.Connection, table: sa.Table, times: Times, first: datetime, after: datetime) -> None:
    """Read the rows from `after` on, and drop what is from before `first`."""
    for old in [at for at in times if at < first]:
        del times[old]
    for row in conn.execute(sa.select(table).where(table.c.at >= max(first, after))).all():  # all of them, or none
        times.setdefault(row.at, {})[Route(row.sender, row.recipient)] = counts_of(row)


def _added(counts: Iterable[Mapping[Route, Counts]]) -> ByRoute:
    found: dict[Route, Counts] = {}
    for by_route in counts:
        for route, one in by_route.items():
            found[route] = one.plus(found.get(route))
    return found
