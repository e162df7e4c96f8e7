"""The relay: sends what was committed, until the bus has confirmed it.

It is handed the messages in memory after the commit that put them into the outbox (`aimaq.pipeline.outbox`). A message
that is sent twice is absorbed by its recipient.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from aimaq.bus import Bus, OutgoingMessage
from aimaq.language.errors import AimaqError, BodyTooLarge, Unavailable
from aimaq.language.messages import TYPES
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.pipeline.telemetry.tracing import Tracing, ended

log = logging.getLogger(__name__)

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_GROUP = 64
LATE = 5.0
"""Seconds that the bus may take for a group of messages before the service says that it cannot work."""

_NEWS = frozenset(type_.routing_key for type_ in TYPES.values() if type_.kind == "NOTIFICATION")
"""The routing keys of what tells, and asks or answers nothing: no one waits for it at once."""


class _Line:
    """What is to be sent to one party, and how many groups of it may be under way side by side.

    News waits up to `linger` seconds for more, and leaves with whatever else does, in the order of the commits.
    """

    __slots__ = ("_linger", "_timer", "began", "due", "outgoing_messages", "slots", "trouble")

    def __init__(self, abreast: int, linger: float) -> None:
        self.outgoing_messages: deque[OutgoingMessage] = deque()
        self.due = asyncio.Event()
        """Set when something is to leave, and with it all that is there."""
        self.began: dict[int, float] = {}
        """When, by the loop's clock, each group left that is under way."""
        self.trouble: dict[int, str] = {}
        """Why a group that is under way was not taken at the last try."""
        self.slots = asyncio.Semaphore(abreast)
        self._linger = linger
        self._timer: asyncio.TimerHandle | None = None

    def add(self, outgoing: OutgoingMessage) -> None:
        """Put one more behind those that wait."""
        self.outgoing_messages.append(outgoing)
        if self.due.is_set():
            return
        if not self._linger or outgoing.routing_key not in _NEWS:
            self._leave()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger, self._leave)

    def take(self, most: int) -> list[OutgoingMessage]:
        """The next group."""
        taken = [self.outgoing_messages.popleft() for _ in range(min(most, len(self.outgoing_messages)))]
        if not self.outgoing_messages:
            self.due.clear()
        return taken

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.due.set()


class Relay:
    """Sends what was committed, in groups with their confirms under way side by side, and keeps at it for ever.

    A party that takes nothing holds up only what is for it. `confirmed` is called with the ids of messages that the
    bus has; they leave the table with the next transaction. `linger` is how many seconds a notification may wait for
    others to travel with.
    """

    def __init__(
        self,
        bus: Bus,
        confirmed: Callable[[list[str]], None],
        window: int,
        counts: Counts,
        tracing: Tracing | None = None,
        group: int = _GROUP,
        linger: float = 0,
    ) -> None:
        self._bus, self._counts, self._tracing = bus, counts, tracing
        self._confirmed = confirmed
        self._lines: dict[str, _Line] = {}
        self._opened = asyncio.Event()
        self._group = min(group, window)
        self._abreast = max(1, window // self._group)
        self._linger = linger
        self._waiting = self._groups = 0
        self._reported: str | None = None
        self.refused: Callable[[str, AimaqError], Awaitable[None]] | None = None
        """Lays aside a message that the bus will never take; until somebody does, it is tried again."""

    @property
    def trouble(self) -> str | None:
        """What keeps messages from being sent, in one line; None if nothing does.

        It is what the bus said at the last try, whichever party it was for, or that it has said nothing for too long.
        """
        for to, line in self._lines.items():
            if line.trouble:
                return next(iter(line.trouble.values()))
            if line.began and asyncio.get_running_loop().time() - next(iter(line.began.values())) > LATE:
                return f"the bus has not taken what is for {to} for over {LATE:g} s"
        return None

    def push(self, outgoing_messages: Iterable[OutgoingMessage]) -> None:
        """Take over messages whose transaction has committed."""
        for outgoing in outgoing_messages:
            line = self._lines.get(outgoing.to)
            if line is None:
                line = self._lines[outgoing.to] = _Line(self._abreast, self._linger)
                self._opened.set()
            line.add(outgoing)
            self._waiting += 1

    @property
    def waiting(self) -> int:
        """How many messages are not confirmed yet."""
        return self._waiting

    async def run(self) -> None:
        """Relay until cancelled."""
        served: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self._opened.clear()
                for to in self._lines.keys() - served:
                    served.add(to)
                    group.create_task(self._serve(self._lines[to], group))
                await self._opened.wait()

    async def _serve(self, line: _Line, group: asyncio.TaskGroup) -> None:
        while True:
            await line.slots.acquire()
            await line.due.wait()
            group.create_task(self._deliver(line.take(self._group), line))

    async def _deliver(self, outgoing_messages: list[OutgoingMessage], line: _Line) -> None:
        self._groups = group = self._groups + 1
        line.began[group] = asyncio.get_running_loop().time()
        attempt = 0
        spans = self._tracing.publish(outgoing_messages) if self._tracing is not None else ()
        try:
            while outgoing_messages:
                errors = await self._send(outgoing_messages)
                sent = list(zip(outgoing_messages, errors, strict=True))
                if done := [outgoing.message_id for outgoing, error in sent if error is None]:
                    self._waiting -= len(done)
                    self._counts.confirmed += len(done)
                    self._confirmed(done)
                failed = [(outgoing, error) for outgoing, error in sent if error is not None]
                failed = [one for one in failed if not await self._refuse(*one)]
                outgoing_messages = [outgoing for outgoing, _ in failed]
                if failed:
                    self._counts.untaken += len(failed)
                    line.trouble[group] = str(failed[0][1])
                    self._complain(len(failed), line.trouble[group])
                    await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                    attempt += 1
            for span in spans:
                ended(span)
        finally:
            del line.began[group]
            line.trouble.pop(group, None)
            line.slots.release()

    async def _refuse(self, outgoing: OutgoingMessage, error: Exception) -> bool:
        """Have a message laid aside if it can never be sent; whether it was."""
        if self.refused is None or not isinstance(error, BodyTooLarge):
            return False
        try:
            await self.refused(outgoing.message_id, error)
        except Unavailable:
            return False
        about = {"message_id": outgoing.message_id}
        log.error("%s is not sent and lies among the dead letters: %s", outgoing.message_id, error.detail, extra=about)
        self._waiting -= 1
        return True

    async def _send(self, outgoing_messages: list[OutgoingMessage]) -> list[Exception | None]:
        """What came of each; one that the bus cannot even be given fails alone."""
        try:
            return list(await self._bus.send(outgoing_messages))
        except Unavailable as error:
            return [error] * len(outgoing_messages)
        except Exception as error:
            if len(outgoing_messages) > 1:
                return [(await self._send([outgoing]))[0] for outgoing in outgoing_messages]
            return [error]

    def _complain(self, count: int, why: str) -> None:
        if self._reported != why:
            log.warning("%d messages wait to be sent: %s", count, why)
        self._reported = why
