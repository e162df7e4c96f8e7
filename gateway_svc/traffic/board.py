"""The board: what the traffic is now, read from what the tally has counted and from what waits here.

What many ask for within `FRESH` seconds is read once for all of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from aimaq.language.messages import PARTIES
from aimaq.service import Service
from gateway_svc.attention.listing import Listing
from gateway_svc.traffic.backlog import backlog
from gateway_svc.traffic.counted import Counted, beginning
from gateway_svc.traffic.summary import Snapshot, summary
from gateway_svc.traffic.views import Link, Traffic, Waiting, Window

FRESH = 0.4
"""Seconds of real time for which an answer is good."""
WINDOWS: tuple[Window, ...] = ("minute", "hour", "day")


class Board:
    """Shows the traffic of one gateway."""

    def __init__(self, service: Service, attention: Listing) -> None:
        self._service, self._attention = service, attention
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
                now, counted = self._snapshot.now, self._counted
                counts, day = counted.since(window, now), counted.since("day", now)
                shown = summary(self._snapshot, window, counts, day)
                self._shown[window] = replace(shown, links=[self._with_there(link) for link in shown.links])
            return self._shown[window]

    def _with_there(self, link: Link) -> Link:
        """A link with what waits at the system itself, as it told last."""
        if link.kind != "party" or link.system not in PARTIES:
            return link
        party = self._attention.state(link.system)
        if party.read_at is None:
            return link
        counts = party.counts
        there = Waiting(
            parked=counts.parked,
            retry=counts.retry,
            dead=counts.dead + counts.refused,
            unsent=counts.unsent,
            oldest=None,
            unsent_for=None,
            known_at=party.read_at,
        )
        return replace(link, there=there)

    def _look(self, conn: sa.Connection, now: datetime) -> Snapshot:
        counted = self._counted
        counted.read(conn, now)
        since = {window: beginning(window, now) for window in WINDOWS}
        if counted.first is not None:  # rates of what began within a window are by the time since then
            since = {window: max(begun, min(counted.first, now)) for window, begun in since.items()}
        return Snapshot(
            now=now,
            since=since,
            strip=counted.strip(now),
            backlog=backlog(conn),
            outsiders=self._service.settings.outsiders,
            lasted=self._service.clock.lasted,
        )
