"""Tells the gateway what waits here and how the service is: past database and outbox, and at most once a second.

What is told is kept in no queue for long and journalled nowhere. Where the database does not answer in time, what it
answered last is told, with when that was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aimaq import __version__
from aimaq.bus import GATEWAY, Bus
from aimaq.bus.control import Summary, Waiting, sealed
from aimaq.casework.unit_of_work import Party
from aimaq.language.bounds import plain
from aimaq.language.clock import Clock
from aimaq.language.errors import Unavailable
from aimaq.pipeline.attention.waiting_list import WaitingList

log = logging.getLogger(__name__)

PERIOD = 10.0
"""Seconds, of real time, from one summary to the next where nothing has changed."""
LEAST = 1.0
"""Seconds, of real time, between two summaries at least."""
PATIENCE = 2.0
"""Seconds, of real time, that the database may take to say what waits."""
_SHARE = 20
"""How many times longer than reading what waits the pause after it is: it may cost a twentieth of the service."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a service is: what keeps it from its work, what will one day; `trouble` is as much as can be said at once."""

    ailments: Callable[[], Awaitable[Sequence[str]]]
    warnings: Callable[[], Sequence[str]]
    trouble: Callable[[], object]


@dataclass(slots=True)
class Reporter:
    """The reporter of one service. `attention` is set whenever what waits there has changed."""

    party: Party
    bus: Bus
    clock: Clock
    waiting_list: WaitingList
    attention: asyncio.Event
    condition: Condition
    tell: Callable[[Summary], Awaitable[None]] = field(init=False)
    """Who is told: the gateway over the bus, or the gateway's own list."""
    period: float = PERIOD
    least: float = LEAST
    _run: str = ""
    _sequence: int = 0
    _waiting: Waiting | None = None
    _reading: asyncio.Task[Waiting] | None = None
    _pause: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.tell = self._send

    async def run(self) -> None:
        """Tell the gateway again and again, until cancelled."""
        try:
            while True:
                await self._once()
        finally:
            if self._reading is not None:
                self._reading.cancel()
                await asyncio.wait({self._reading})

    async def _once(self) -> None:
        """Tell what there is, and wait until there is something else to tell, or it is time to tell it again."""
        loop = asyncio.get_running_loop()
        again = loop.time() + self.period
        self.attention.clear()
        trouble = self.condition.trouble()
        await self.tell(await self.summary())
        await asyncio.sleep(max(self.least, min(self._pause, self.period / 2)))
        while loop.time() < again and trouble == self.condition.trouble():
            if await self._changed(min(self.least, again - loop.time())):
                break

    async def summary(self) -> Summary:
        """How the service is and what waits there, now or as last known."""
        ailments, waiting = await asyncio.gather(self.condition.ailments(), self.read())
        self._run = self._run or self.party.ids()
        self._sequence += 1
        return Summary(
            party=self.party.name,
            run=self._run,
            sequence=self._sequence,
            at=self.clock.now(),
            version=__version__,
            ailments=tuple(plain(one) for one in ailments)[:_MOST],
            warnings=tuple(plain(one) for one in self.condition.warnings())[:_MOST],
            waiting=waiting,
        )

    async def read(self) -> Waiting | None:
        """What waits, as the database says within `PATIENCE`, or as it said last; a question is never asked twice."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._reading is None:
            self._reading = loop.create_task(self.waiting_list.read())
        reading = self._reading
        await asyncio.wait({reading}, timeout=PATIENCE)
        if reading.done():
            self._reading = None
            try:
                self._waiting = reading.result()
            except Unavailable as error:
                log.debug("what waits cannot be read: %s", error.detail)
            except Exception as error:
                log.error("what waits cannot be read", exc_info=error)
        self._pause = _SHARE * (loop.time() - began) if reading.done() else 0.0
        return self._waiting

    async def _changed(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                return await self.attention.wait()
        except TimeoutError:
            return False

    async def _send(self, summary: Summary) -> None:
        if self.bus.ailment() is not None:
            return
        message = sealed(summary, self.party.ids(), GATEWAY, self.party.signer)
        for error in await self.bus.send_control([message]):
            if error is not None:
                log.debug("the gateway is told nothing: %s", error.detail)


_MOST = 20
"""Ailments, and warnings, that are told."""
