"""What keeps a service's writer from writing: a condition of its database, or a transaction that does not end.

While there is any the service is not ready, whoever could ask again is told so at once, and messages wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from aimaq.language.errors import Unavailable
from aimaq.pipeline.queue import CommandQueue
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.store.database import Database
from aimaq.store.failures import STALLED

log = logging.getLogger(__name__)

LATE = 3.0
"""Seconds that the database may take for one transaction before the service says that it cannot work."""

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds from one try to the next."""


class Trouble:
    """The trouble of one writer with its database."""

    def __init__(self, database: Database, queue: CommandQueue, counts: Counts) -> None:
        self._database, self._queue, self._counts = database, queue, counts
        self._error: Unavailable | None = None
        self._began: float | None = None

    @property
    def text(self) -> str | None:
        """What it is, in one line; None if there is none."""
        return self._error.detail if self._error is not None else None

    def refuse(self) -> None:
        """Unavailable while there is any."""
        if self._error is not None:
            raise self._error.again()

    def meet(self, error: Unavailable) -> None:
        """Be in trouble, and turn away whoever waits and can ask again."""
        if self._error is None:
            log.warning("%s", error.detail)
            self._counts.troubles += 1
        self._error = error.again()  # without what it came from, which holds on to whatever failed
        self._queue.turn_away(error)

    def over(self) -> None:
        """The database has written what it was to write."""
        self._error = None

    async def pause(self, error: Unavailable, attempt: int) -> int:
        """Meet an error of the attempt with this number, from 0, and wait until the next, whose number it returns."""
        self.meet(error)
        await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        self._queue.turn_away(error)
        return attempt + 1

    async def insist(self, work: Callable[[sa.Connection], None]) -> None:
        """Do one transaction, however long the database cannot do it."""
        attempt = 0
        while True:
            try:
                with self.timed():
                    await self._database.transact(work)
            except Unavailable as error:
                attempt = await self.pause(error, attempt)
            else:
                self.over()
                return

    @contextmanager
    def timed(self) -> Iterator[None]:
        """What the database does in the block is late if it takes longer than `LATE`."""
        loop = asyncio.get_running_loop()
        self._began = began = loop.time()
        try:
            yield
        finally:
            self._began = None
            self._counts.batches.observe(loop.time() - began)

    async def watch(self) -> None:
        """Be in trouble whenever the database is late, until cancelled.

        A transaction is found late twice before that counts: what was late may be this process, and not the database.
        """
        loop, found = asyncio.get_running_loop(), None
        while True:
            await asyncio.sleep(LATE / 3)
            late = self._began if self._began is not None and loop.time() - self._began > LATE * 2 / 3 else None
            if late is not None and late == found:
                self.meet(Unavailable(STALLED.format(where=self._database.where, seconds=f"{LATE:g}")))
            found = late
