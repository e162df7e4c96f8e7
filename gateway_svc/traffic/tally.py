"""The tally: counts what enters the journal, by route and minute, in the same transaction.

Times are those of the journal, and so of the stand's clock. Where that clock is moved forward, the minutes that it
leaps over have no counts; where it stands, all is in one minute. A clock that went back, as only the machine's own
can, counts in the newest minute until it is past that. How long a message took is real time (`Clock.lasted`): a move
makes none slower. Of a message that was made or journalled while the clock stood it cannot be told, nor of the
gateway's own, which are journalled as they are made, nor where the sender's clock is ahead: those have no latency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from aimaq.bus import GATEWAY
from aimaq.language.clock import Clock
from aimaq.language.envelope import party_of, read
from aimaq.language.errors import AimaqError
from aimaq.language.messages import PARTIES
from aimaq.pipeline.items import BatchExtension
from aimaq.store.database import Row
from aimaq.store.write_set import WriteSet
from gateway_svc.journal.trail.action import VERDICT
from gateway_svc.models import journal, tables, traffic_hours, traffic_minutes
from gateway_svc.traffic.counts import HOUR, MINUTE, Counts, Route, begin_of, changing, counts_of, row_of
from gateway_svc.traffic.histogram import bucket

MOST_ROUTES = 1000
"""Routes that are told apart. A sender may name recipients without end: beyond it, parties alone are counted."""
HOURS_FOR = timedelta(days=30)
"""How long the hours are stored, and how long a route counts among those that are told apart after its last message."""
UNKNOWN = "?"
"""Who sent a message, or was to get it, where that is not certain. No party can be called so."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """What is counted of the newest minute and of its hour; `known` is the last hour of each route."""

    minute: datetime | None = None
    minutes: Mapping[Route, Counts] = field(default_factory=dict)
    hours: Mapping[Route, Counts] = field(default_factory=dict)
    known: Mapping[Route, datetime] = field(default_factory=dict)


class Tally(BatchExtension):
    """Counts the rows that a batch adds to the journal. It reads the database when it knows nothing, as at its start.

    A row of the hours is written when the hour is over, with the first message of a later one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now: Tallied | None = None
        """As committed; None while that is not certain."""
        self._next: Tallied | None = None

    def committed(self) -> None:
        """See `BatchExtension.committed`."""
        self._now = self._next

    def forget(self) -> None:
        """See `BatchExtension.forget`."""
        self._now = self._next = None

    def complete(self, conn: sa.Connection, write_set: WriteSet) -> None:
        """Add what a batch enters in the journal to the counts of its minute."""
        self._next = self._now
        entries = [row for row in write_set.rows(journal) if row["verdict"] != VERDICT]  # acts move on no route
        failed = list(_failed(write_set))
        if not entries and not failed:
            return
        at: datetime = entries[0]["journalled_at"] if entries else self._clock.now()
        before = _begun(self._now or stored(conn), begin_of(at, MINUTE), write_set)
        minute = before.minute or at
        batch = self._counted(entries, failed, at, before.known)
        minutes = {route: counts.plus(before.minutes.get(route)) for route, counts in batch.items()}
        hours = {route: counts.plus(before.hours.get(route)) for route, counts in batch.items()}
        fresh = [route for route in batch if route not in before.minutes]
        grown = [route for route in batch if route in before.minutes]
        write_set.add(traffic_minutes, [row_of(route, minute, minutes[route]) for route in fresh])
        write_set.change(traffic_minutes, "id", [changing(route, minute, minutes[route]) for route in grown])
        known = {**before.known, **dict.fromkeys(fresh, begin_of(minute, HOUR))} if fresh else before.known
        self._next = Tallied(minute, {**before.minutes, **minutes}, {**before.hours, **hours}, known)

    def _counted(
        self, entries: Sequence[Row], failed: Sequence[Route], at: datetime, known: Mapping[Route, datetime]
    ) -> dict[Route, Counts]:
        """The counts of one batch, by route."""
        lasted = self._stopwatch(entries, at)
        counted: dict[Route, Counts] = {}

        def add(route: Route, counts: Counts) -> None:
            if route not in known and route not in counted and len(known) + len(counted.keys() - known) >= MOST_ROUTES:
                route = _of_parties(route)
            counted[route] = counts.plus(counted.get(route))

        by_route: dict[Route, list[Row]] = {}
        for row in entries:
            by_route.setdefault(_route_of(row), []).append(row)
        for route, rows in by_route.items():
            accepted = [row for row in rows if row["verdict"] == "accepted"]
            latency: dict[int, int] = {}
            for row in accepted if route.sender != GATEWAY else ():
                if (seconds := lasted(row["occurred_at"])) > 0:
                    place = bucket(seconds * 1000)
                    latency[place] = latency.get(place, 0) + 1
            size = sum(len(row["body"]) for row in rows)
            add(route, Counts(at, len(accepted), len(rows) - len(accepted), 0, size, latency))
        for route in failed:
            add(route, Counts(at, retried=1))
        return counted

    def _stopwatch(self, entries: Sequence[Row], at: datetime) -> Callable[[datetime], float]:
        """What gives the real seconds from an instant to `at`: the mere difference, if no clock was moved between."""
        clock = self._clock
        earliest = min((row["occurred_at"] for row in entries if row["occurred_at"] is not None), default=at)
        if clock.lasted(earliest, at) == at - earliest:
            return lambda since: (at - since).total_seconds()
        return lambda since: clock.lasted(since, at).total_seconds()


def stored(conn: sa.Connection) -> Tallied:
    """What the database has of the newest minute and its hour, and the routes of the last thirty days."""
    table = traffic_minutes
    newest: datetime | None = conn.execute(sa.select(sa.func.max(table.c.at))).scalar()
    if newest is None:
        return Tallied()
    hour, minutes, hours = begin_of(newest, HOUR), dict[Route, Counts](), dict[Route, Counts]()
    for row in conn.execute(sa.select(table).where(table.c.at >= hour)):
        route, counts = Route(row.sender, row.recipient), counts_of(row)
        hours[route] = counts.plus(hours.get(route))
        if row.at == newest:
            minutes[route] = counts
    names = traffic_hours.c.sender, traffic_hours.c.recipient
    query = sa.select(*names, sa.func.max(traffic_hours.c.at)).where(traffic_hours.c.at > hour - HOURS_FOR)
    known = {Route(row[0], row[1]): row[2] for row in conn.execute(query.group_by(*names))}
    return Tallied(newest, minutes, hours, known | dict.fromkeys(hours, hour))


def _begun(before: Tallied, minute: datetime, write_set: WriteSet) -> Tallied:
    """What is counted so far of this minute, or of the newest if that is later; an hour that is over is written."""
    if before.minute is not None and minute <= before.minute:
        return before
    if before.minute is None:
        return Tallied(minute)
    over, hour = begin_of(before.minute, HOUR), begin_of(minute, HOUR)
    if over == hour:
        return Tallied(minute, {}, before.hours, before.known)
    write_set.add(traffic_hours, [row_of(route, over, counts) for route, counts in before.hours.items()])
    known = {**before.known, **dict.fromkeys(before.hours, over)}
    return Tallied(minute, {}, {}, {route: last for route, last in known.items() if last > hour - HOURS_FOR})


def _failed(write_set: WriteSet) -> Iterator[Route]:
    """The routes of the messages whose handling failed and is tried again, each as often as it failed."""
    for row in (*write_set.rows(tables.inbox), *write_set.changes(tables.inbox)):
        if row["state"] == "retry":
            try:
                yield Route(row["sender"] or UNKNOWN, read(row["body"]).recipient)
            except AimaqError:
                yield Route(row["sender"] or UNKNOWN, UNKNOWN)


def _route_of(row: Row) -> Route:
    """The route of an entry of the journal. Where its sender is not certain, the bus vouches for who published it."""
    sender = row["sender"] or (row["publisher"] if row["publisher"] in PARTIES else None)
    return Route(sender or UNKNOWN, row["recipient"] or UNKNOWN)


def _of_parties(route: Route) -> Route:
    """The route between the parties that both ends belong to."""
    sender, recipient = (party if party in PARTIES else UNKNOWN for party in map(party_of, route))
    return Route(sender, recipient)
