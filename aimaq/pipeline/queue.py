"""The queue of a service's writer: the commands and messages that have come in and are not committed yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from aimaq.language.errors import Unavailable
from aimaq.pipeline.items import QueuedCommand
from aimaq.pipeline.telemetry.counts import Counts


class CommandQueue:
    """What waits for the writer, in the order in which it came, and what the writer has taken and not committed."""

    def __init__(self, batch: int, counts: Counts) -> None:
        self.wake = asyncio.Event()
        """Set when something has come that the writer may wait for."""
        self.room = asyncio.Event()
        """Set while more may be received from the bus."""
        self.room.set()
        self._batch, self._counts = batch, counts
        self._waiting: deque[QueuedCommand] = deque()
        self._under_way: list[QueuedCommand] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def open(self) -> int:
        """How many commands and messages are not committed yet."""
        return sum(1 for _ in self._open())

    @property
    def oldest(self) -> float | None:
        """When, by the loop's clock, the first of them came; None if there is none."""
        first = next(self._open(), None)
        return first.queued_at if first is not None else None

    def put(self, commands: Iterable[QueuedCommand]) -> None:
        """Add these, and close the room for more from the bus if there are many."""
        now = asyncio.get_running_loop().time()
        for command in commands:
            command.queued_at = now
            self._waiting.append(command)
        self.wake.set()

    def limit(self) -> None:
        """Let no more be received while more than two batches wait."""
        if len(self._waiting) > 2 * self._batch:
            self.room.clear()

    def take(self) -> list[QueuedCommand]:
        """The next batch, which is under way from now on, in the place of the one before."""
        self._under_way = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch))]
        if len(self._waiting) <= self._batch:
            self.room.set()
        return self._under_way

    def done(self) -> None:
        """What was under way is committed, or given up."""
        now = asyncio.get_running_loop().time()
        self._counts.waited([now - one.queued_at for one in self._under_way if one.delivery is None])
        self._under_way = []

    def _open(self) -> Iterator[QueuedCommand]:
        """Those of both that are no mere end of a delivery, and of which nobody was told yet what came of them."""
        for command in chain(self._under_way, self._waiting):
            if command.delivery is None and (command.done is None or not command.done.done()):
                yield command

    def turn_away(self, error: Unavailable) -> None:
        """Answer whoever waits here, and can ask again; messages, which nobody would send again, stay."""
        self._waiting = deque(turn_away(self._waiting, error))


def turn_away(commands: Iterable[QueuedCommand], error: Unavailable) -> list[QueuedCommand]:
    """Answer whoever waits for one of these, and can ask again; what is left are messages: nobody sends them again."""
    left = []
    for command in commands:
        command.fail(error)
        if command.done is None:
            left.append(command)
    return left
