"""The writer: the only place where a service's cases change, and the only one that commits such a change.

Commands from HTTP and messages from the bus queue up here. Whatever has queued up while one transaction was under
way makes the next: one commit for all of it, so that under load the cost of a commit is shared, and without load
nobody waits. After the commit the answers are given, the messages handed to the relay, the bus told.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from aimaq.pipeline import inbox, outbox
from aimaq.pipeline.batch import Batch
from aimaq.bus import Bus
from aimaq.language.clock import Clock
from aimaq.store.database import Database, line
from aimaq.language.errors import Unavailable
from aimaq.item import Item, Rules, nothing, stopped
from aimaq.pipeline.cache import Forgotten, Memory
from aimaq.pipeline.outbox import Relay
from aimaq.settings import Settings
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.background.notify import Watchers
from aimaq.casework.unit_of_work import Party, Received, Work

log = logging.getLogger(__name__)
T = TypeVar("T")

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_LINGER = 0.25
"""How long, in seconds, a service is idle before it removes the outbox rows that the bus has confirmed."""

_MANY = 512
"""So many of them ride in a transaction that has other work to do."""


class Writer:
    """The single batch loop of one service process."""

    def __init__(
        self, database: Database, tables: Tables, rules: Rules, party: Party, bus: Bus, clock: Clock, settings: Settings
    ) -> None:
        self._database, self._tables, self._rules, self._party = database, tables, rules, party
        self._bus, self._clock, self._settings = bus, clock, settings
        self._queue: deque[Item] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._confirmed: list[str] = []
        self._next = 0.0
        self.watchers = Watchers()
        self._retries: set[asyncio.Task[None]] = set()
        self.relay = Relay(bus, self._on_confirmed, settings.window, linger=settings.linger)
        self.memory = Memory()
        self.trouble: str | None = None
        self._stopped = False

    @property
    def queued(self) -> int:
        """How many commands and messages have come in and are not handled yet."""
        return sum(item.shipment is None for item in self._queue)

    async def run(self, act: Callable[[Work], T], case_id: str | None = None, *, fresh: bool = False) -> T:
        """Do one command and return what it returned, once it is committed; raises what it raised."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(Item(act, case_id, fresh, done=done))
        return await done

    async def work(self) -> None:
        """Sweep what an earlier run left behind, then receive, write and relay until cancelled."""
        try:
            await self._insist(self._left_behind)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.relay.run())
                group.create_task(self._receive())
                group.create_task(self._write())
        finally:
            self._stopped = True
            self._turn_away(self._queue, stopped())

    async def again(self, message_id: str, *, drop: bool = False) -> None:
        """Put a waiting message back to be handled now, or to be dropped; NotFound if none of that id waits."""
        row = await self._database.transact(lambda conn: inbox.letter(conn, self._tables.inbox, message_id))
        arrival = inbox.arrival_of(row, row.number)
        received = inbox.open_arrival(arrival, self._party.name, self._party.verifier, row.received_at)
        attempts = 0 if row.state == "dead" else row.attempts
        item = Item(nothing, row.case_id, received=received, kept=message_id, attempts=attempts, drop=drop)
        item.done = asyncio.get_running_loop().create_future()
        self._put(item)
        await item.done

    def _put(self, item: Item) -> None:
        if self._stopped:
            raise stopped()
        self._queue.append(item)
        self._wake.set()

    def _on_confirmed(self, ids: list[str]) -> None:
        self._confirmed.extend(ids)
        self._wake.set()

    async def _insist(self, work: Callable[[sa.Connection], None]) -> None:
        """Do one transaction, however long the database is out of reach."""
        attempt = 0
        while True:
            try:
                await self._database.transact(work)
                return
            except Unavailable as error:
                attempt = await self._suffer(error, attempt)

    def _left_behind(self, conn: sa.Connection) -> None:
        """Take up again what an earlier run has left: what waits to be tried again, and what is not known as sent."""
        box = self._tables.inbox
        query = sa.select(box.c.message_id, box.c.due_at).where(box.c.state == "retry")
        for message_id, due in conn.execute(query).all():
            self._plan(message_id, due)
        self.relay.push(outbox.unsent(conn, self._tables.outbox, self._tables.kept))

    def _plan(self, message_id: str, due: datetime) -> None:
        async def later() -> None:
            await self._clock.wait_until(due)
            try:
                await self.again(message_id)
            except Unavailable:
                await asyncio.sleep(_PAUSES[-1])
                self._plan(message_id, due)
            except Exception as error:
                log.warning("message %s cannot be tried again: %s", message_id, line(error))

        task = asyncio.get_running_loop().create_task(later())
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    async def _receive(self) -> None:
        most = self._settings.batch
        while True:
            await self._room.wait()
            shipments = await self._bus.receive(most)
            now = self._clock.now()
            for shipment in shipments:
                for arrival in shipment.arrivals:
                    received = inbox.open_arrival(arrival, self._party.name, self._party.verifier, now)
                    case_id = received.letter.case_id if received.trusted else None
                    self._queue.append(Item(act=nothing, case_id=case_id, received=received))
                self._queue.append(Item(act=nothing, shipment=shipment))
            self._wake.set()
            if len(self._queue) > 2 * most:
                self._room.clear()

    async def _write(self) -> None:
        while True:
            while not self._queue:
                self._wake.clear()
                if not self._confirmed:
                    await self._wake.wait()
                    continue
                try:
                    async with asyncio.timeout(_LINGER):
                        while not self._queue:
                            self._wake.clear()
                            await self._wake.wait()
                except TimeoutError:
                    break
            await self._keep_pace()
            items = [self._queue.popleft() for _ in range(min(len(self._queue), self._settings.batch))]
            if len(self._queue) <= self._settings.batch:
                self._room.set()
            shipments = [item.shipment for item in items if item.shipment is not None]
            try:
                await self._commit([item for item in items if item.shipment is None])
            except BaseException:
                self._turn_away(items, stopped())
                raise
            if shipments:
                await self._bus.settle(shipments)

    async def _keep_pace(self) -> None:
        """Leave a little time between one transaction and the next, for more to come and share the next one's cost."""
        loop = asyncio.get_running_loop()
        early = self._next - loop.time()
        if early > 0 and 0 < len(self._queue) < self._settings.batch:
            await asyncio.sleep(early)
        self._next = loop.time() + self._settings.pace

    async def _commit(self, items: list[Item]) -> None:
        confirmed: list[str] = []
        if not items or len(self._confirmed) >= _MANY:
            confirmed, self._confirmed = self._confirmed, []
        attempt, lost = 0, False
        while items or confirmed or lost:
            try:
                if lost:
                    await self._resume()
                    lost = False
                await self._transact(items, confirmed)
                self.trouble = None
                return
            except Unavailable as error:
                self.memory.clear()
                items = self._turn_away(items, error)
                attempt = await self._suffer(error, attempt)
                lost = True
            except Exception as error:
                self.memory.clear()
                if len(items) <= 1:
                    await self._give_up(items, error)
                    self._confirmed.extend(confirmed)
                    return
                half = len(items) // 2
                self._confirmed.extend(confirmed)
                await self._commit(items[:half])
                await self._commit(items[half:])
                return

    async def _resume(self) -> None:
        """Write again after the database was gone. What was committed as it went, and not known to be, is sent now."""
        await self._database.claim()
        left = await self._database.transact(lambda conn: outbox.unsent(conn, self._tables.outbox, self._tables.kept))
        self.relay.push(left)

    async def _transact(self, items: Sequence[Item], confirmed: list[str]) -> None:
        try:
            batch = await self._database.write(lambda conn: self._batch(conn, items, confirmed, careful=False))
        except (sa.exc.IntegrityError, Forgotten):
            batch = await self._database.write(lambda conn: self._batch(conn, items, confirmed, careful=True))
        batch.remember()
        self.relay.push(batch.parcels)
        for message_id, due in batch.again_due:
            self._plan(message_id, due)
        for item in items:
            if item.done is not None and not item.done.done():
                if item.error is None:
                    item.done.set_result(item.result)
                else:
                    item.done.set_exception(item.error)
        self.watchers.tell(batch.dirty)

    def _batch(self, conn: sa.Connection, items: Sequence[Item], confirmed: Sequence[str], *, careful: bool) -> Batch:
        for item in items:
            item.error = None
        batch = Batch(
            conn, self._database.kind, self._tables, self._rules, self._party, self._clock, self._settings,
            self.memory, careful=careful,
        )  # fmt: skip
        if careful:
            self.memory.clear()
        if not len(self.memory.cases):  # it is new, or was cleared, and does not know how many messages are held
            self.memory.held = inbox.count_held(conn, self._tables.inbox)
        batch.run(items, confirmed)
        return batch

    def _turn_away(self, items: Iterable[Item], error: Unavailable) -> list[Item]:
        """Answer whoever waits, and can ask again; what is left are the messages that nobody would send again."""
        for item in items:
            if item.done is not None and not item.done.done():
                item.done.set_exception(error)
        return [item for item in items if item.done is None]

    async def _suffer(self, error: Unavailable, attempt: int) -> int:
        if self.trouble is None:
            log.warning("%s", error.detail)
        self.trouble = error.detail
        await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        self._queue = deque(self._turn_away(self._queue, error))
        return attempt + 1

    async def _give_up(self, items: list[Item], error: Exception) -> None:
        """One command or message that the database will not take: the command fails, the message is laid aside."""
        log.error("a change could not be written", exc_info=error)
        for item in items:
            if item.received is not None:
                await self._lay_aside(item, item.received, error)
            if item.done is not None and not item.done.done():
                item.done.set_exception(error)

    async def _lay_aside(self, item: Item, received: Received, error: Exception) -> None:
        number = self._rules.lane(received)[1] if received.trusted else 0
        reason = f"{type(error).__name__}: {line(error)}"
        row = inbox.waiting(inbox.row_of(received, number), received, "dead", reason)
        row["message_id"] = item.kept or received.key
        bare = row | {"type": None, "number": 0, "reason": type(error).__name__}
        try:
            await self._insist(lambda conn: inbox.replace(conn, self._tables.inbox, row))
        except Exception:
            log.exception("a message could not be laid aside as it is; what it says of itself is left out")
            await self._insist(lambda conn: inbox.replace(conn, self._tables.inbox, bare))

    async def stop(self) -> None:
        """Cancel what waits to be tried again; the rows remain."""
        for task in list(self._retries):
            task.cancel()
