"""Figures that are read when a scraper asks, some of them from a database that may not answer.

What does not answer in time goes on being asked, once at a time, and its last known figures stand meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from aimaq.language.errors import Unavailable
from aimaq.pipeline.telemetry.families import AGE, CURRENT, Measure

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds that a scraper waits for a probe."""

Source = Callable[[], Awaitable[Iterable[Measure] | None]]
"""What a probe asks; None, or Unavailable, where it cannot be had now."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The figures of a probe, and when, by the loop's clock, they were found."""

    measures: tuple[Measure, ...]
    at: float


class Probes:
    """The probes of one service by name, each as it was last taken."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._known: dict[str, _Known] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._stale: set[str] = set(sources)

    async def take(self) -> None:
        """Take all of them anew, as far as that can be done now."""
        for name, source in self._sources.items():
            if name not in self._under_way:
                self._under_way[name] = asyncio.create_task(self._take(name, source))
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()), timeout=PATIENCE)
        self._stale.update(self._under_way)

    async def close(self) -> None:
        """Ask no more."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def is_current(self, name: str) -> bool:
        """Whether a probe could be taken the last time."""
        return name not in self._stale

    def measures(self) -> Iterator[Measure]:
        """All figures as they are known, and of each probe whether they are of now, and how old they are."""
        now = asyncio.get_running_loop().time()
        for name in self._sources:
            yield Measure(CURRENT, float(self.is_current(name)), (name,))
            if (known := self._known.get(name)) is not None:
                yield Measure(AGE, 0.0 if self.is_current(name) else round(now - known.at, 3), (name,))
                yield from known.measures

    async def _take(self, name: str, source: Source) -> None:
        found: Iterable[Measure] | None = None
        try:
            found = await source()
        except Unavailable:
            found = None
        except Exception:
            log.exception("the probe %s could not be taken", name)
        finally:
            del self._under_way[name]
        if found is None:
            self._stale.add(name)
        else:
            self._known[name] = _Known(tuple(found), asyncio.get_running_loop().time())
            self._stale.discard(name)
