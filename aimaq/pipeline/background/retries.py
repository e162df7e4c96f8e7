"""Messages whose handling failed and is tried again: each waits in a task of its own, on the stand's clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from aimaq.language.clock import Clock
from aimaq.language.errors import NotFound, Unavailable
from aimaq.store.failures import line

log = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds until the next try where the database is out of reach."""


class Retries:
    """What waits to be tried again in this process; `again` puts a message back by its id."""

    def __init__(self, clock: Clock, again: Callable[[str], Awaitable[None]]) -> None:
        self._clock, self._again = clock, again
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def plan(self, message_id: str, due: datetime) -> None:
        """Try a message again when `due` has come."""
        task = asyncio.get_running_loop().create_task(self._later(message_id, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Try nothing again; the rows remain."""
        for task in list(self._tasks):
            task.cancel()

    async def _later(self, message_id: str, due: datetime) -> None:
        await self._clock.wait_until(due)
        try:
            await self._again(message_id)
        except NotFound:
            log.debug("message %s waits no more", message_id)
        except Unavailable:
            await asyncio.sleep(_PAUSE)
            self.plan(message_id, due)
        except Exception as error:
            about = {"message_id": message_id}
            log.warning("message %s cannot be tried again: %s", message_id, line(error), extra=about)
