"""The push feed: what enters the journal, told to whoever listens, in its order and without a gap.

A reader is told from a number on, and resumes with the last one that it has: its place is a number in the journal and
nothing else, so nothing is stored for one who is slow. Those at the end share what is read. A reader who takes nothing
for `write_seconds` loses the connection (`aimaq.web.server.protocol`), and comes back with that number.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import TypeAdapter

from aimaq.language.envelope import party_of
from aimaq.language.errors import Unavailable
from aimaq.pipeline.items import BatchExtension
from aimaq.service import Service
from aimaq.store.write_set import WriteSet
from gateway_svc.feed.places import EventStream, Places
from gateway_svc.feed.records import entries, record_of
from gateway_svc.feed.views import Record
from gateway_svc.models import journal

PAGE = 200
"""Entries that are read, and told, at once."""
RECENT = 1000
"""Entries at the end of the journal that are remembered for all readers."""
PACE = 0.1
"""Seconds of real time from one look at the end of the journal to the next."""
LOOK = 1.0
"""Seconds after which a reader looks at the journal, though nobody has said that something came."""
BEAT = 10.0
"""Seconds after which one who was told nothing hears that the feed lives, and how far the journal has come."""
MOST_OF_ONE = 4
"""Feeds that one who administers may have at a time."""


class News(BatchExtension):
    """Says that something has entered the journal, once it is committed."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        """Set, and another put in its place, when something came."""
        self._entered = False

    def complete(self, conn: sa.Connection, write_set: WriteSet) -> None:
        """See `BatchExtension.complete`."""
        self._entered = bool(write_set.rows(journal))

    def committed(self) -> None:
        """See `BatchExtension.committed`."""
        if self._entered:
            self.tell()

    def tell(self) -> None:
        """Have all look at the journal."""
        self.event.set()
        self.event = asyncio.Event()


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as it is pushed, and what it is chosen by."""

    number: int
    parties: tuple[str | None, str | None]
    case_id: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a reader wants: from or to a system or a body of it, of a case; all, unless told otherwise."""

    party: str | None = None
    case_id: str | None = None

    def __call__(self, item: Item) -> bool:
        """Whether it is one of them."""
        if self.case_id is not None and item.case_id != self.case_id:
            return False
        names = [name for name in item.parties if name is not None]
        return self.party is None or self.party in names or self.party in map(party_of, names)


class Feed:
    """The feed of one gateway."""

    def __init__(self, service: Service, news: News) -> None:
        self._service, self._news = service, news
        self._json = TypeAdapter(Record)
        self._recent: deque[Item] = deque(maxlen=RECENT)
        self._reading = asyncio.Lock()
        self._due = 0.0
        """When, by the loop's clock, the end of the journal is looked at again."""
        self._places = Places(service.settings.connections)
        self._closed = False

    def close(self) -> None:
        """End all feeds: the service is about to close."""
        self._closed = True
        self._news.tell()

    def answer(self, name: str, content: AsyncIterator[bytes]) -> EventStream:
        """A stream of it for a reader of this name; TooManyRequests if they, or all together, have too many."""
        return EventStream(self._places, name, MOST_OF_ONE, content)

    async def end(self) -> int:
        """The number of the last entry of the journal, 0 if it has none."""
        async with self._service.database.read() as conn:
            return (await conn.execute(sa.select(sa.func.max(journal.c.number)))).scalar() or 0

    async def stream(self, number: int, wanted: Wanted, allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
        """What comes after the entry of this number, as an event stream, for as long as the reader is `allowed` to."""
        loop = asyncio.get_running_loop()
        yield b"retry: 1000\nid: %d\n\n" % number
        beat, asked = loop.time() + BEAT, loop.time()
        while not self._closed:
            if loop.time() - asked >= LOOK:
                asked = loop.time()
                if not allowed():
                    break
            event = self._news.event
            items = await self._after(number)
            if items:
                number = items[-1].number
                if data := b"".join(item.data for item in items if wanted(item)):
                    beat = loop.time() + BEAT
                    yield data
            else:
                try:
                    async with asyncio.timeout(LOOK):
                        await event.wait()
                except TimeoutError:
                    pass
            if loop.time() >= beat:
                beat = loop.time() + BEAT
                yield b": the journal has come to this number\nid: %d\n\n" % number

    async def _after(self, number: int) -> Sequence[Item]:
        """Some of the entries after one, in their order; none while the database does not answer."""
        try:
            if self._recent and number < self._recent[0].number - 1:
                return await self._read(number)
            async with self._reading:
                return self._remembered(number) or await self._at_end(number)
        except Unavailable:
            return ()

    def _remembered(self, number: int) -> list[Item]:
        if not self._recent or not self._recent[0].number - 1 <= number < self._recent[-1].number:
            return []
        return [item for item in self._recent if item.number > number][:PAGE]

    async def _at_end(self, number: int) -> list[Item]:
        """Read on, seldom enough for all who listen to have it of one reading."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._due - loop.time())
        items = await self._read(number)
        self._due = loop.time() + (PACE if len(items) < PAGE else 0.0)
        if items:
            if self._recent and number != self._recent[-1].number:
                self._recent.clear()
            self._recent.extend(items)
        return items

    async def _read(self, number: int) -> list[Item]:
        query = entries().where(journal.c.number > number).order_by(journal.c.number).limit(PAGE)
        async with self._service.database.read() as conn:
            rows = (await conn.execute(query)).all()
        catalogue, clock = self._service.catalogue, self._service.clock
        found = []
        for row in rows:
            record = record_of(row, catalogue, clock)
            data = b"id: %d\ndata: %b\n\n" % (row.number, self._json.dump_json(record, by_alias=True))
            found.append(Item(row.number, (row.sender, row.recipient), row.case_id, data))
        return found
