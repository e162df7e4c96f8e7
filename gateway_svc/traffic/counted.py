"""What the board has read of the counts: minutes and hours, and sums of them that go on with time.

A minute that is over, and an hour that is written, change no more, so they are read once, a minute or an hour at a
time, and added once: to look again costs the newest minute alone, however many routes there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import sqlalchemy as sa

from gateway_svc.models import traffic_hours, traffic_minutes
from gateway_svc.traffic.counts import HOUR, MINUTE, Counts, Route, begin_of, counts_of
from gateway_svc.traffic.views import StripMinute, Window

T = TypeVar("T")

STRIP = 60
"""Minutes of the longest window of minutes, the present one included."""
DAY = 24
"""Hours of the longest window, the present one included."""

ByRoute = Mapping[Route, Counts]
Times = dict[datetime, dict[Route, Counts]]


_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sum:
    """The counts of what is over in a window, from `since` until `until`."""

    since: datetime
    until: datetime
    counts: dict[Route, Counts] = field(default_factory=dict)

    def move(self, times: Times, floor: datetime, since: datetime, until: datetime) -> bool:
        """Go on to a later window; whether it could. It cannot if it holds what is forgotten, all before `floor`."""
        if since < self.since or until < self.until or (since > self.since and floor > self.since):
            return False
        for at in [at for at in times if self.since <= at < min(since, self.until)]:
            for route, one in times[at].items():
                self.counts[route] = self.counts[route].minus(one)
        self.since = since
        for at in [at for at in times if max(self.until, since) <= at < until]:
            _add(self.counts, times[at])
        self.until = until
        return True


@dataclass(slots=True)
class Counted:
    """What has been read so far. `first` is the first minute that the database has, or the first hour."""

    minutes: Times = field(default_factory=dict)
    hours: Times = field(default_factory=dict)
    first: datetime | None = None
    _floor: datetime = _LONG_AGO
    """Before when minutes are forgotten."""
    _sums: dict[Window, Sum] = field(default_factory=dict)
    _strip: dict[datetime, StripMinute] = field(default_factory=dict)
    """What each minute of the last hour came to."""
    _hours: tuple[datetime, datetime, ByRoute] | None = None
    """The sum of the hours from one that is read until another."""

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
        for at in _read(conn, traffic_minutes, self.minutes, max(first, max(self.minutes, default=first))):
            counts = self.minutes[at].values()
            self._strip[at] = StripMinute(at, sum(one.accepted for one in counts), sum(one.refused for one in counts))
        _read(conn, traffic_hours, self.hours, max(day, max(self.hours, default=day)))
        _forget(self.hours, day)
        # what a sum still holds is forgotten once it has gone on
        self._floor = min((first, *(one.since for one in self._sums.values() if one.since >= first - HOUR)))
        _forget(self.minutes, self._floor)
        _forget(self._strip, first)

    def strip(self, now: datetime) -> list[StripMinute]:
        """What each minute of the last hour came to, the oldest first."""
        times = [beginning("hour", now) + place * MINUTE for place in range(STRIP)]
        return [self._strip.get(at) or StripMinute(at, 0, 0) for at in times]

    def since(self, window: Window, now: datetime) -> ByRoute:
        """What was counted in a window; in that of a day the hours, as far as they are written."""
        since = beginning(window, now)
        if window != "day":
            return self._minutes(window, since)
        rest = max(self.hours) + HOUR if self.hours else since
        minutes = self._minutes(window, max(rest, since))
        found = dict(self._written(since))
        _add(found, minutes)
        return found

    def _minutes(self, window: Window, since: datetime) -> dict[Route, Counts]:
        """The counts of the minutes from one on; all but the newest are in a sum already."""
        newest = max(self.minutes, default=since)
        sums = self._sums.get(window)
        if sums is None or not sums.move(self.minutes, self._floor, since, max(newest, since)):
            sums = self._sums[window] = Sum(since, since)
            sums.move(self.minutes, self._floor, since, max(newest, since))
        found = {route: one for route, one in sums.counts.items() if one.accepted or one.refused or one.retried}
        if newest >= since:
            _add(found, self.minutes.get(newest, {}))
        return found

    def _written(self, since: datetime) -> ByRoute:
        newest = max(self.hours, default=since)
        if self._hours is None or self._hours[:2] != (since, newest):
            found: dict[Route, Counts] = {}
            for at in self.hours:
                if at >= since:
                    _add(found, self.hours[at])
            self._hours = since, newest, found
        return self._hours[2]


def beginning(window: Window, now: datetime) -> datetime:
    """When a window begins: with the minute before the present one, or so that an hour, or a day, ends with it."""
    if window == "day":
        return begin_of(now, HOUR) - (DAY - 1) * HOUR
    return begin_of(now, MINUTE) - (STRIP - 1 if window == "hour" else 1) * MINUTE


def _read(conn: sa.Connection, table: sa.Table, times: Times, after: datetime) -> list[datetime]:
    """Read the rows from `after` on, one time after another, so that others come between two; the times."""
    query = sa.select(table.c.at).where(table.c.at >= after).distinct().order_by(table.c.at)
    found = list(conn.execute(query).scalars())
    for at in found:
        rows = conn.execute(sa.select(table).where(table.c.at == at)).all()
        times[at] = {Route(row.sender, row.recipient): counts_of(row) for row in rows}
    return found


def _forget(times: dict[datetime, T], first: datetime) -> None:
    for old in [at for at in times if at < first]:
        del times[old]


def _add(found: dict[Route, Counts], counts: ByRoute) -> None:
    for route, one in counts.items():
        found[route] = one.plus(found.get(route))


def together(counts: Iterable[Counts], now: datetime) -> Counts:
    """The sum of several; nothing, as of now, if there are none."""
    found = None
    for one in counts:
        found = one.plus(found)
    return found or Counts(now)
