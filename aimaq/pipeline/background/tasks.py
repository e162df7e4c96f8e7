"""The tasks that run beside a service's requests: the writer, the follower, the purge, whatever else it has.

None of them may end by itself. Where one does, the service cannot be trusted to work any more: it is not ready, and its
process ends (`stand.runtime.serve`), for its supervisor to start it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """The tasks of one service. `reason` says which of them has ended, and why; None while all of them run."""

    def __init__(self, owner: str) -> None:
        self.reason: str | None = None
        self.owner = owner
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._own: set[asyncio.Task[Any]] = set()
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run this until `cancel`."""
        task = asyncio.get_running_loop().create_task(coroutine, name=f"{self.owner}: {name}")
        self._own.add(task)
        self.watch(name, task)

    def watch(self, name: str, task: asyncio.Task[Any]) -> None:
        """See that a task which somebody else runs, and ends, does not end before it is let go."""
        self._tasks[task] = name
        task.add_done_callback(self._done)

    def remove(self, task: asyncio.Task[Any]) -> None:
        """Let a task go, which may end from now on."""
        self._tasks.pop(task, None)

    async def ended(self) -> str:
        """Wait until one of them has ended; the reason."""
        await self._ended.wait()
        return self.reason or ""

    async def cancel(self) -> None:
        """Cancel those that were started here, and wait until they are over; let the others go."""
        tasks, self._own, self._tasks = self._own, set(), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._own.discard(task)
        name = self._tasks.pop(task, None)
        if name is None:
            return
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        reason = f"{name} has ended"
        if error is not None:
            cause = _cause(error)
            reason += f": {type(cause).__name__}: {cause}" if str(cause) else f": {type(cause).__name__}"
        log.critical("%s: %s", self.owner, reason, exc_info=error)
        self.reason = self.reason or reason
        self._ended.set()


def _cause(error: BaseException) -> BaseException:
    """The first of the errors that a group holds."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
