"""What takes long to compute, by a few threads with a bounded queue: to check a password, to open a key, to print.

Anybody can ask for such a thing again and again. So nobody waits behind all that one other has asked for, those whose
identity is known go before strangers, and where too many wait, or one has waited too long, the answer is 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import total_ordering
from itertools import count
from typing import TypeVar

from aimaq.language.errors import Unavailable
from aimaq.language.texts import Texts
from aimaq.settings import Settings

R = TypeVar("R")

TOO_MANY = Texts(
    kk="мұны қазір тым көп адам күтіп тұр: кейінірек қайталаңыз",
    ru="сейчас этого ждут слишком многие: повторите позже",
    en="too many wait for this now: try again later",
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something costly: their address or name, and whether they have shown who they are."""

    client: str = ""
    known: bool = False


STRANGER = Asker()
"""Somebody of whom nothing is known."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """A call in the queue; of two, the lesser is served first."""

    asker: Asker
    round: int
    number: int
    place: asyncio.Future[None] = field(repr=False)

    def __lt__(self, other: _Waiter) -> bool:
        return (not self.asker.known, self.round, self.number) < (not other.asker.known, other.round, other.number)


class WorkerPool:
    """Threads for one kind of costly thing, `at_once` of them; `waiting` further calls may wait, for `seconds` each.

    The queue goes round by client: the second call of a client comes after the first of every other that is waiting.
    """

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._at_once, self._most, self._seconds = at_once, waiting, seconds
        self._threads = ThreadPoolExecutor(at_once, "costly")
        self._numbers = count()
        self._round = self._running = 0
        self._queue: list[_Waiter] = []

    @classmethod
    def of(cls, settings: Settings) -> WorkerPool:
        """A pool as large as the settings say."""
        return cls(settings.costly_at_once, settings.costly_waiting, settings.costly_seconds)

    async def run(self, costly: Callable[[], R], asker: Asker = STRANGER) -> R:
        """What `costly` returns.

        Unavailable if too many wait, or this call has waited too long. A call that has begun is not given up.
        """
        await self._place(asker)
        running = asyncio.get_running_loop().run_in_executor(self._threads, costly)
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def __len__(self) -> int:
        return len(self._queue)

    async def _place(self, asker: Asker) -> None:
        """Return once this call has a place among those that run."""
        if self._running < self._at_once:
            self._running += 1
            return
        loop = asyncio.get_running_loop()
        rounds = (one.round for one in self._queue if one.asker == asker)
        waiter = _Waiter(asker, max(rounds, default=self._round) + 1, next(self._numbers), loop.create_future())
        self._queue.append(waiter)
        if len(self._queue) > self._most:
            self._give_up(max(self._queue))
        late = loop.call_later(self._seconds, self._give_up, waiter)
        try:
            await waiter.place
        except asyncio.CancelledError:
            if waiter in self._queue:
                self._queue.remove(waiter)
            elif not waiter.place.cancelled():
                self._leave()  # it had its place already
            raise
        finally:
            late.cancel()

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter in self._queue and not waiter.place.done():
            self._queue.remove(waiter)
            waiter.place.set_exception(Unavailable(TOO_MANY))

    def _done(self, running: asyncio.Future[R]) -> None:
        if not running.cancelled():
            running.exception()  # whoever asked for it may have gone
        self._leave()

    def _leave(self) -> None:
        """Hand a place on to the next in the queue."""
        self._running -= 1
        while self._queue:
            waiter = min(self._queue)
            self._queue.remove(waiter)
            if not waiter.place.done():  # as it is if the call was cancelled a moment ago
                self._round = max(self._round, waiter.round)
                self._running += 1
                waiter.place.set_result(None)
                return
