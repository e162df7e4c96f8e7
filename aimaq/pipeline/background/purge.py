"""Deletes inbox rows of handled messages once no duplicate of them can still be accepted as new.

A row is there to know its message when it comes again. At the gateway a message may come again as long as it is not
too old to be taken (`message_age`); after that the gateway refuses it as stale. Elsewhere it may come from the broker
or from the gateway's outbox at any time, but with its number in the order: a used number is never handled twice, and of
one that is so old nothing is answered either (`aimaq.pipeline.inbox.forgotten`). A row without a number stays.

What else a service purges, it purges with it, a step at a time as well.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from aimaq.bus import GATEWAY
from aimaq.language.clock import Clock
from aimaq.language.errors import Unavailable
from aimaq.settings import Settings
from aimaq.store.database import Database

log = logging.getLogger(__name__)

STEP = 500
"""Rows that one transaction takes away."""
PERIOD = timedelta(hours=1)
"""How long it is from one purge to the next, by the stand's clock."""
_LEAST, _BREATH = 30.0, 0.05
"""Seconds, of real time: between two purges at least, and between two steps of one, for the writer to go on."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


Step = Callable[[], Awaitable[int]]
"""Takes some rows away; how many. None is left to be taken away once it is 0."""


class Purge:
    """The purge of one service's inbox, a step at a time beside its other work.

    `more` are the steps of what else it purges, each of which returns how many rows it took away.
    """

    def __init__(
        self, database: Database, inbox: sa.Table, settings: Settings, clock: Clock, more: Sequence[Step] = ()
    ) -> None:
        self._database, self._inbox, self._settings, self._clock = database, inbox, settings, clock
        self._more = more

    async def run(self) -> None:
        """Purge now and then, until cancelled."""
        while True:
            await asyncio.sleep(_LEAST)
            try:
                await self.sweep()
                await self.expire()
                for step in self._more:
                    await _exhausted(step)
            except Unavailable as error:
                log.debug("what is old is purged later: %s", error.detail)
            await self._clock.wait_until(self._clock.now() + PERIOD)

    async def expire(self) -> int:
        """Lay aside what has waited too long for an earlier message; how many. Unavailable as for `sweep`."""
        box, waited = self._inbox, timedelta(seconds=self._settings.parked_age)
        before = horizon(self._clock, self._settings, waited)
        if before is None:
            return 0
        late = sa.update(box).where(box.c.state == "held", box.c.received_at < before)
        aside = late.values(state="dead", reason=f"held: no earlier message of its case has come for {waited}")
        return await self._database.transact(lambda conn: conn.execute(aside).rowcount)

    async def sweep(self) -> int:
        """Take away every row that may go; how many did. Unavailable if the database is out of reach."""
        count = 0
        before = horizon(self._clock, self._settings)
        while before is not None:
            ids = await self._old(before)
            if ids:
                box = self._inbox
                gone = sa.delete(box).where(box.c.message_id.in_(ids), box.c.state == "done")
                await self._database.transact(lambda conn, gone=gone: conn.execute(gone))  # type: ignore[misc]
                count += len(ids)
            if len(ids) < STEP:
                break
            await asyncio.sleep(_BREATH)
        return count

    async def _old(self, before: datetime) -> list[str]:
        """The ids of some rows that may go: of messages that were handled, and came before this."""
        box = self._inbox
        query = sa.select(box.c.message_id).where(box.c.state == "done", box.c.received_at < before).limit(STEP)
        if self._settings.party != GATEWAY:
            query = query.where(box.c.number > 0)
        async with self._database.read() as conn:
            return list((await conn.execute(query)).scalars())


async def _exhausted(step: Step) -> None:
    """Take a step again and again, until nothing is left to be taken away."""
    while True:
        if not await step():
            return
        await asyncio.sleep(_BREATH)


def horizon(clock: Clock, settings: Settings, most: timedelta | None = None) -> datetime | None:
    """Before when a message must have come to be older than `most`, or for its row to go; None for no such time.

    Age is real time, as at the gateway: a clock that is moved ages nothing. A message may claim to have been
    sent `message_skew` after it came, so it counts as that much younger.
    """
    now, most = clock.now(), settings.remembered if most is None else most
    low, high = _BEGINNING, now
    if clock.lasted(low, now) <= most:
        return None
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if clock.lasted(middle, now) > most:
            low = middle
        else:
            high = middle
    return low - timedelta(seconds=settings.message_skew)
