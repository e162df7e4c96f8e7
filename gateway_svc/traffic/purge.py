"""Deletes what the tally has counted, once it is too old: minutes after a day, hours after thirty.

Their age is by the stand's clock, as the windows are that they are read for: a day that the clock leaps over is a day.
The minutes of the newest hour stay: they become its row when the next message comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from aimaq.language.clock import Clock
from aimaq.store.database import Database
from gateway_svc.models import traffic_hours, traffic_minutes
from gateway_svc.traffic.counts import HOUR, begin_of
from gateway_svc.traffic.tally import HOURS_FOR

MINUTES_FOR = timedelta(days=1)
"""How long the minutes are stored."""
STEP = 500
"""Rows that one transaction takes away."""


class TrafficPurge:
    """The purge of the counts of one gateway."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def step(self) -> int:
        """Take away some of the rows that are too old, the oldest first; how many. Unavailable as for any change."""
        return await self._database.transact(lambda conn: _step(conn, self._clock.now()))


def _step(conn: sa.Connection, now: datetime) -> int:
    newest: datetime | None = conn.execute(sa.select(sa.func.max(traffic_minutes.c.at))).scalar()
    if newest is None:
        return 0
    limits = (traffic_minutes, min(now - MINUTES_FOR, begin_of(newest, HOUR))), (traffic_hours, now - HOURS_FOR)
    count = 0
    for table, before in limits:
        old = sa.select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(STEP - count)
        if ids := list(conn.execute(old).scalars()):
            conn.execute(sa.delete(table).where(table.c.id.in_(ids)))
            count += len(ids)
    return count
