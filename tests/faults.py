"""What goes wrong in tests: a bus that refuses or hangs, a handler that raises, a database that is out of reach."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from aimaq.bus import Bus, Delivery, IncomingMessage, OutgoingMessage
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.errors import AimaqError, BodyTooLarge, Technical, Unavailable
from aimaq.service import Service
from aimaq.store.writer_connection import D


class Line:
    """A party's bus with a switch: how it sends depends on its `mode`.

    work      as it should
    refuse    every sending fails, and with it the connection is unwell
    choose    sending fails for the messages whose ids are in `refused`
    large     the bus will never take a message: it is too large
    hang      nothing is sent, and nothing is ever known of it
    deaf      all is sent, and nothing is ever known of it
    broken    it works once more, and then whoever receives meets a fault of the adapter
    """

    def __init__(self, bus: Bus) -> None:
        self.party = bus.party
        self.mode = "work"
        self.sent: list[OutgoingMessage] = []
        """What was handed to the bus, again and again if it was handed over again."""
        self.refused: set[str] = set()
        self._bus = bus

    async def open(self) -> None:
        """See `Bus.open`."""
        await self._bus.open()

    async def close(self) -> None:
        """See `Bus.close`."""
        await self._bus.close()

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        if self.mode == "hang":
            await asyncio.Event().wait()
        self.sent.extend(outgoing_messages)
        refused = [
            self.mode in ("refuse", "large") or (self.mode == "choose" and p.message_id in self.refused)
            for p in outgoing_messages
        ]
        sent = iter(await self._bus.send([p for p, no in zip(outgoing_messages, refused, strict=True) if not no]))
        if self.mode == "deaf":
            await asyncio.Event().wait()
        error: AimaqError = Unavailable(Technical("the bus is out of reach"))
        if self.mode == "large":
            error = BodyTooLarge(Technical("the broker does not take it"))
        return [error if no else next(sent) for no in refused]

    async def receive(self, limit: int) -> list[Delivery]:
        """See `Bus.receive`."""
        if self.mode == "broken":
            raise RuntimeError("a fault of the adapter")
        return await self._bus.receive(limit)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See `Bus.settle`."""
        await self._bus.settle(deliveries)

    async def send_control(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send_control`."""
        if self.mode == "refuse":
            return [Unavailable(Technical("the bus is out of reach")) for _ in outgoing_messages]
        return await self._bus.send_control(outgoing_messages)

    async def receive_control(self, limit: int) -> list[IncomingMessage]:
        """See `Bus.receive_control`."""
        return await self._bus.receive_control(limit)

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        return "the bus is out of reach" if self.mode == "refuse" else self._bus.ailment()


@dataclass
class Spell:
    """A fault in a service's reactions, which counts how often it struck."""

    strikes: int = 0
    lifted: bool = False


def bewitch(service: Service, error: Exception, only: Callable[[Received], bool] = lambda received: True) -> Spell:
    """Make the service's reaction to the messages chosen raise `error`, after it has done its work, until lifted."""
    spell, rules = Spell(), service.rules

    def react(uow: UnitOfWork, received: Received) -> None:
        rules.react(uow, received)
        if not spell.lifted and only(received):
            spell.strikes += 1
            raise error

    service.writer._rules = replace(rules, react=react)
    return spell


@asynccontextmanager
async def outage(service: Service) -> AsyncIterator[None]:
    """The service's database is out of reach inside the block: the server's port is dead, the file cannot be opened."""
    database = service.database
    engine, url = database.engine, database.url
    if database.kind == "sqlite":
        nowhere = create_async_engine("sqlite+aiosqlite:////dev/null/none.db", async_creator=_unable)
    else:
        nowhere = create_async_engine(url.set(drivername="postgresql+asyncpg", host="127.0.0.1", port=1))
    database.engine = nowhere
    await database._let_go()
    try:
        yield
    finally:
        database.engine = engine
        await nowhere.dispose()


async def _unable() -> Any:
    # What the driver would say of a folder that is gone; its own thread would outlive the test.
    raise sqlite3.OperationalError("unable to open database file")


def answer_lost(service: Service) -> None:
    """Break the connection to the service's database once, just as it has committed: nobody knows that it has."""
    write = service.database.write

    async def lossy(draw_up: Callable[[sa.Connection], D]) -> D:
        await write(draw_up)
        service.database.write = write  # type: ignore[method-assign]
        raise Unavailable(Technical("the connection broke in the commit"))

    service.database.write = lossy  # type: ignore[method-assign]


def commit_refused(service: Service) -> None:
    """Refuse one commit of the service's database, when all of the batch is drawn up: nothing of it is kept."""
    write = service.database.write

    async def refusing(draw_up: Callable[[sa.Connection], D]) -> D:
        service.database.write = write  # type: ignore[method-assign]

        def drawn(conn: sa.Connection) -> D:
            draw_up(conn)
            raise Unavailable(Technical("the database takes no commit"))

        return await write(drawn)

    service.database.write = refusing  # type: ignore[method-assign]


async def rows(service: Service, table: str, **where: Any) -> list[dict[str, Any]]:
    """What is in one of the service's tables, as it stands; `where` are columns and the values they must have."""
    found = service.metadata.tables[table]
    query = sa.select(found).where(*(found.c[name] == value for name, value in where.items()))
    async with service.database.read() as conn:
        return [dict(row._mapping) for row in await conn.execute(query)]
