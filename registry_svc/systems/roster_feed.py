"""The roster feed: the version of the roster, who waits for the next one, and up to which version each reader has it.

It is all in memory: one process keeps a service's database, so whoever reads the roster reads it here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aimaq.access.systems.registry_client import Readers
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from registry_svc import texts

MOST = 128
"""Questions that are held at once; beyond that only those of the parties are, and everyone else's are answered at once.
"""
ABSENT = 3.0
"""Seconds after which a party that does not ask any more counts as gone, and nobody waits for it."""


@dataclass(slots=True)
class _Reader:
    """One party: up to which version it has the roster, its questions that are held, when the last was answered."""

    version: int = 0
    asking: int = 0
    left: float = 0.0


class RosterFeed:
    """The versions of one roster and its readers."""

    def __init__(self) -> None:
        self.version = 0
        self._moved = asyncio.Event()
        self._readers: dict[str, _Reader] = {}
        self._waiting = 0
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether so many questions are held that only those of parties are to be."""
        return self._waiting >= MOST

    def post(self, version: int) -> None:
        """Tell everyone who waits that there is this version, if it is a new one."""
        if version > self.version:
            self.version = version
            self._move()

    def close(self) -> None:
        """Turn away everyone who waits, now and from now on."""
        self._closed = True
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    @contextmanager
    def reading(self, party: str | None, after: int) -> Iterator[None]:
        """A party asks, and so says that it has all up to the version `after`. Cancelled, it is gone at once."""
        if party is None:
            yield
            return
        reader = self._readers.setdefault(party, _Reader())
        reader.version = after if after <= self.version else 0
        reader.asking += 1
        reader.left = float("-inf")
        self._move()
        try:
            yield
            reader.left = asyncio.get_running_loop().time()
        finally:
            reader.asking -= 1
            self._move()

    async def newer(self, after: int, wait: float) -> None:
        """Return when there is another version than `after`, or after `wait` seconds; Unavailable if it is closed."""
        self._waiting += 1
        try:
            async with asyncio.timeout(wait):
                while self.version == after and not self._closed:
                    await self._moved.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1
        if self._closed:
            raise Unavailable(texts.CLOSING)

    async def known(self, version: int, wait: float) -> Readers:
        """Who has the roster up to this version, once all who are here have it, or after `wait` seconds."""
        try:
            async with asyncio.timeout(wait):
                while not self._closed and any(self._here(one) and one.version < version for one in self._all()):
                    await self._moved.wait()
        except TimeoutError:
            pass  # whoever is late is named
        has = {party for party, one in self._readers.items() if self._here(one) and one.version >= version}
        return Readers(
            tuple(party for party in PARTIES if party in has), tuple(party for party in PARTIES if party not in has)
        )

    def _all(self) -> list[_Reader]:
        return list(self._readers.values())

    def _here(self, reader: _Reader) -> bool:
        return reader.asking > 0 or asyncio.get_running_loop().time() < reader.left + ABSENT
