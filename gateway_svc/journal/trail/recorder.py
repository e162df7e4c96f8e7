"""The gateway's trail: acts become entries before they are answered, tries that came to nothing soon after.

The first of equal tries is entered at once; what comes in the minute after it is counted and entered in one. So
nobody fills the disk by trying, and the entries still say how often.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aimaq.access.administration import Principal
from aimaq.access.trail import Deed
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import Unavailable
from aimaq.service import Service
from gateway_svc.journal.texts import NOT_ENTERED
from gateway_svc.journal.trail.action import record

log = logging.getLogger(__name__)

WINDOW: Final = 60.0
"""Seconds in which equal tries are counted."""

MOST: Final = 1024
"""Different tries that are counted at a time; whatever is tried besides is counted as `others`."""

OTHERS: Final = "others"

Key = tuple[str, str, str, str, str]


@dataclass(slots=True)
class _Tries:
    """Equal tries: the first of them, how many of them are in no entry yet, the last one, when they are entered."""

    first: Deed
    times: int
    until: datetime
    due: float


class Recorder:
    """The trail of one gateway (`aimaq.access.trail.Trail`)."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tries: dict[Key, _Tries] = {}
        self._wake = asyncio.Event()
        self._hurry = False

    def ready(self) -> None:
        """See `Trail.ready`."""
        if self._service.writer.trouble is not None:
            raise Unavailable(NOT_ENTERED)

    async def enter(self, deed: Deed) -> None:
        """See `Trail.enter`."""

        def act(uow: UnitOfWork) -> None:
            record(uow, deed)

        await self._service.writer.run(act)

    def later(self, deed: Deed) -> None:
        """See `Trail.later`."""
        key: Key = (deed.principal.name, deed.action, deed.call, deed.outcome, deed.address)
        if key not in self._tries and len(self._tries) >= MOST:
            key, deed = (OTHERS,) * 5, _of_others(deed)
        known = self._tries.get(key)
        if known is None:
            self._tries[key] = _Tries(deed, 1, deed.began_at, 0.0)
            self._wake.set()
            return
        if not known.times:
            known.first = deed
        known.times += 1
        known.until = max(known.until, deed.began_at)

    def flush(self) -> None:
        """Have what was counted entered now: the service is about to stop."""
        self._hurry = True
        self._wake.set()

    async def run(self) -> None:
        """Enter tries until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._wake.clear()
                await self._enter_due(loop.time())
                due = min((one.due for one in self._tries.values()), default=None)
                try:
                    async with asyncio.timeout(max(0.0, due - loop.time()) if due is not None else None):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            if left := sum(one.times for one in self._tries.values()):
                log.warning("%d refused or failed calls are in no entry of the journal", left)

    async def _enter_due(self, now: float) -> None:
        due = {key: one for key, one in self._tries.items() if self._hurry or one.due <= now}
        self._hurry = False
        counted = {key: (one.first, one.times, one.until) for key, one in due.items() if one.times}
        for key, one in due.items():
            if not one.times:  # nothing more came in its minute
                del self._tries[key]
        if not counted:
            return

        def act(uow: UnitOfWork) -> None:
            for first, times, until in counted.values():
                record(uow, first, times=times, until=until if times > 1 else None)

        try:
            await self._service.writer.run(act)
        except Unavailable:
            for key in counted:
                self._tries[key].due = now + 1.0
            return
        for key, (_, times, _) in counted.items():
            self._tries[key].times -= times
            self._tries[key].due = now + WINDOW


def _of_others(deed: Deed) -> Deed:
    """A try of nobody in particular: it is counted with those of others, and none of them all is named for it."""
    nobody = Principal(OTHERS, frozenset())
    return Deed(nobody, "", OTHERS, "", deed.began_at, outcome=deed.outcome, status=deed.status)
