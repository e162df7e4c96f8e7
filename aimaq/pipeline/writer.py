"""The writer: the only place where a service's cases change, and the only one that commits such a change.

Commands from HTTP and messages from the bus queue up here. Whatever has queued up while one transaction was under
way makes the next: one commit for all of it, so that under load the cost of a commit is shared, and without load
nobody waits. After the commit the answers are given, the messages handed to the relay, the bus told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

import sqlalchemy as sa

from aimaq.bus import Bus, Delivery
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import Party, Received, UnitOfWork
from aimaq.language.clock import Clock
from aimaq.language.errors import NotFound, Unavailable
from aimaq.language.texts import NO_CASE
from aimaq.pipeline import inbox
from aimaq.pipeline.background.notify import Notifier
from aimaq.pipeline.background.recovery import left_behind, write_again
from aimaq.pipeline.background.relay import Relay
from aimaq.pipeline.background.resumed import resumed
from aimaq.pipeline.background.retries import Retries
from aimaq.pipeline.background.trouble import Trouble
from aimaq.pipeline.background.unwritable import lay_aside
from aimaq.pipeline.batch import Batch, BatchContext
from aimaq.pipeline.items import Order, QueuedCommand, Rules, nothing, stopped
from aimaq.pipeline.queue import CommandQueue, turn_away
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.pipeline.telemetry.tracing import Tracing
from aimaq.pipeline.working_set import Cache, Forgotten
from aimaq.settings import Settings
from aimaq.store.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")

_IDLE = 1.0
"""How long, in seconds, a service is idle before it sees whether it could write if it had to."""

_LINGER = 0.25
"""How long, in seconds, a service is idle before it removes the outbox rows that the bus has confirmed."""

_MANY = 512
"""So many of them ride in a transaction that has other work to do."""


class Writer:
    """The single batch loop of one service process."""

    def __init__(
        self,
        database: Database,
        tables: Tables,
        rules: Rules,
        party: Party,
        bus: Bus,
        clock: Clock,
        settings: Settings,
        tracing: Tracing | None = None,
    ) -> None:
        self._database, self._tables, self._rules, self._party = database, tables, rules, party
        self._bus, self._clock, self._settings, self._tracing = bus, clock, settings, tracing
        self.counts = Counts(settings.party, clock)
        self._queue = CommandQueue(settings.batch, self.counts)
        self._confirmed: list[str] = []
        self._next = 0.0
        self.notifier = Notifier()
        self.attention = asyncio.Event()  # set whenever what waits for an operator has changed
        self._retries = Retries(clock, self.again)
        self.relay = Relay(bus, self._on_confirmed, settings.window, self.counts, tracing, linger=settings.linger)
        self.cache = Cache()
        self._trouble = Trouble(database, self._queue, self.counts)
        self._stopped = False

    @property
    def trouble(self) -> str | None:
        """What keeps the writer from writing, in one line; None if nothing does."""
        return self._trouble.text

    @property
    def queued(self) -> int:
        """How many commands and messages have come in and are not committed yet."""
        return self._queue.open

    @property
    def oldest(self) -> float | None:
        """For how many seconds the first of them has waited; None if there is none."""
        since = self._queue.oldest
        return asyncio.get_running_loop().time() - since if since is not None else None

    async def run(self, act: Callable[[UnitOfWork], T], case_id: str | None = None, *, fresh: bool = False) -> T:
        """Do one command and return what it returned, once it is committed; raises what it raised."""
        result: T = (await self._do(QueuedCommand(act, case_id, fresh=fresh)))[1]
        return result

    async def change(self, act: Callable[[UnitOfWork], T], case_id: str, *, fresh: bool = False) -> tuple[Case, T]:
        """Do one command: its case as it left it, and what it returned; raises as `run`, NotFound without a case."""
        case, result = await self._do(QueuedCommand(act, case_id, fresh=fresh))
        if case is None:
            raise NotFound(NO_CASE.format(case_id=case_id), field="case_id")
        return case, result

    async def case(self, case_id: str) -> Case:
        """The case, once all that came before this call is committed; NotFound if there is none of that id."""
        return (await self.change(nothing, case_id))[0]

    async def _do(self, command: QueuedCommand) -> tuple[Case | None, Any]:
        (done,) = self._enqueue((command,))
        result = await done
        return command.case, result

    def _enqueue(self, commands: Sequence[QueuedCommand]) -> list[asyncio.Future[Any]]:
        if self._stopped:
            raise stopped()
        self._trouble.refuse()
        futures: list[asyncio.Future[Any]] = []
        for command in commands:
            command.done = asyncio.get_running_loop().create_future()
            futures.append(command.done)
            if self._tracing is not None and command.received is None:
                command.span = self._tracing.command(command.case_id)
        self._queue.put(commands)
        return futures

    async def work(self) -> None:
        """Sweep what an earlier run left behind, then receive, write and relay until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._trouble.watch())
                await self._trouble.insist(lambda conn: left_behind(conn, self._tables, self._retries, self.relay))
                group.create_task(self.relay.run())
                group.create_task(self._receive())
                group.create_task(self._write())
        finally:
            self._stopped = True
            self._queue.turn_away(stopped())

    async def again(self, message_id: str) -> None:
        """Try a message again whose time has come; NotFound if none of that id waits."""
        row = await self._database.transact(lambda conn: inbox.dead_letter(conn, self._tables.inbox, message_id))
        if row.state == "retry" and row.due_at <= self._clock.now():
            await asyncio.gather(*await self.resume([row]))

    async def resume(self, rows: Sequence[sa.Row[Any]], order: Order | None = None) -> list[asyncio.Future[Any]]:
        """Have these messages, which wait in the inbox, handled now, or what the order says: the future of each."""
        return self._enqueue(await resumed(rows, order, self._party, self._rules))

    def _on_confirmed(self, ids: list[str]) -> None:
        self._confirmed.extend(ids)
        self._queue.wake.set()

    async def _receive(self) -> None:
        while True:
            await self._queue.room.wait()
            deliveries = await self._bus.receive(self._settings.batch)
            opened = [self._open(delivery, self._clock.now()) for delivery in deliveries]
            await self._rules.examination.examine([*chain.from_iterable(opened)])
            for delivery, messages in zip(deliveries, opened, strict=True):
                for received in messages:
                    case_id = received.envelope.case_id if received.trusted else None
                    span = self._tracing.process(received) if self._tracing is not None else None
                    self._queue.put((QueuedCommand(act=nothing, case_id=case_id, received=received, span=span),))
                self._queue.put((QueuedCommand(act=nothing, delivery=delivery),))
            self._queue.limit()

    def _open(self, delivery: Delivery, at: datetime) -> list[Received]:
        party = self._party
        return [inbox.open_message(one, party.name, party.verifier, at) for one in delivery.incoming_messages]

    async def _write(self) -> None:
        while True:
            while not self._queue:
                self._queue.wake.clear()
                try:
                    async with asyncio.timeout(_LINGER if self._confirmed else _IDLE):
                        await self._queue.wake.wait()
                        while not self._queue and self._confirmed:
                            self._queue.wake.clear()
                            await self._queue.wake.wait()
                except TimeoutError:
                    break
            await self._keep_pace()
            commands = self._queue.take()
            deliveries = [command.delivery for command in commands if command.delivery is not None]
            asked = [command for command in commands if command.delivery is None]
            try:
                if asked or not deliveries:
                    await self._commit(asked)
            except BaseException:
                turn_away(commands, stopped())
                raise
            self._queue.done()
            if deliveries:
                await self._bus.settle(deliveries)

    async def _keep_pace(self) -> None:
        """Leave a little time between one transaction and the next, for more to come and share the next one's cost."""
        loop = asyncio.get_running_loop()
        early = self._next - loop.time()
        if early > 0 and 0 < len(self._queue) < self._settings.batch:
            await asyncio.sleep(early)
        self._next = loop.time() + self._settings.pace

    async def _commit(self, commands: list[QueuedCommand]) -> None:
        """Do these in one transaction, however long that takes. With none, see whether it could be done."""
        confirmed: list[str] = []
        if not commands or len(self._confirmed) >= _MANY:
            confirmed, self._confirmed = self._confirmed, []
        attempt, lost = 0, False
        while True:
            try:
                with self._trouble.timed():
                    if lost:
                        await write_again(self._database, self._tables, self.relay)
                        lost = False
                    if commands or confirmed:
                        await self._transact(commands, confirmed)
                    else:
                        await self._database.check()
                self._trouble.over()
                return
            except Unavailable as error:
                self._forget()
                commands = turn_away(commands, error)
                attempt = await self._trouble.pause(error, attempt)
                lost = True
            except Exception as error:
                self._forget()
                self._confirmed.extend(confirmed)
                if len(commands) <= 1:
                    await self._give_up(commands, error)
                    return
                half = len(commands) // 2
                await self._commit(commands[:half])
                await self._commit(commands[half:])
                return

    async def _transact(self, commands: Sequence[QueuedCommand], confirmed: list[str]) -> None:
        try:
            batch = await self._database.write(lambda conn: self._batch(conn, commands, confirmed, careful=False))
        except (sa.exc.IntegrityError, Forgotten):
            batch = await self._database.write(lambda conn: self._batch(conn, commands, confirmed, careful=True))
        batch.remember()
        if batch.effects.waiting_changed:
            self.attention.set()
        self.relay.push(batch.effects.messages)
        for message_id, due in batch.effects.retries:
            self._retries.plan(message_id, due)
        for command in commands:
            command.answer()
        self.notifier.tell(batch.working.changed)

    def _batch(
        self, conn: sa.Connection, commands: Sequence[QueuedCommand], confirmed: Sequence[str], *, careful: bool
    ) -> Batch:
        for command in commands:
            command.error = command.case = None
        if careful:
            self._forget()
        own = self._clock, self._settings, self.cache, self.counts, self._tracing
        shared = self._tables, self._rules, self._party, *own
        context = BatchContext(conn, self._database.kind, *shared, careful=careful)
        if not len(self.cache.cases):  # it is new, or was cleared, and does not know how many messages are held
            self.cache.parked = inbox.count_parked(conn, self._tables.inbox)
        batch = Batch(context)
        batch.run(commands, confirmed)
        return batch

    def _forget(self) -> None:
        """Know nothing of the database any more: it is not certain what is committed."""
        self.cache.clear()
        self._rules.extension.forget()

    async def _give_up(self, commands: list[QueuedCommand], error: Exception) -> None:
        """One command or message that the database will not take: the command fails, the message is laid aside."""
        log.error("a change could not be written", exc_info=error)
        own = self._tables.inbox, self._rules, self._trouble, self.counts
        for command in commands:
            await lay_aside(command, error, *own)
            if command.received is not None:
                self.attention.set()
            command.fail(error)

    async def stop(self) -> None:
        """Cancel what waits to be tried again; the rows remain."""
        self._retries.cancel()
