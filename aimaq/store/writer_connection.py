"""The writer connection of a service: the one that its writer writes with, kept open under the writer lock.

A batch is drawn up first and then written, whole or not at all. On PostgreSQL that is one statement over asyncpg. A
file is written by a thread of its own, all the statements of a batch and the commit at one go: handed over one by one,
as aiosqlite does it, the handing over costs more than the statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aimaq.store.lock import WriterLock

_PLANS = sa.select(
    sa.func.set_config("plan_cache_mode", "force_generic_plan", False),
    *(sa.func.set_config(f"enable_{way}", "off", False) for way in ("seqscan", "hashjoin", "mergejoin")),
    sa.func.set_config("jit", "off", False),
)
"""The writer's statements are few, and all go by a key: planned once each, to use the indexes, and not for each batch.

Left alone, PostgreSQL plans anew for each length of the arrays, and by what it knows of a table that was just empty.
Where nothing is left but what is off, it would reckon with such a cost as to compile the plan, which takes 50 ms.
"""


_CHECK = """DO $$ BEGIN
IF current_setting('transaction_read_only') = 'on' THEN
    RAISE EXCEPTION 'the session is read-only' USING ERRCODE = 'read_only_sql_transaction';
END IF;
LOCK TABLE {tables} IN ROW EXCLUSIVE MODE NOWAIT;
END $$"""
"""Fails as a change to these tables would, at once and without changing anything."""


class Draft(Protocol):
    """What is ready to be written."""

    def write(self, conn: sa.Connection) -> None:
        """Write all of it, and do not commit."""
        ...


D = TypeVar("D", bound=Draft)


class WriterConnection(Protocol):
    """See `SessionPen` and `FilePen`."""

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """Draw up a batch, which may read, then write it in one transaction; a call at a time."""
        ...

    async def check(self, tables: Sequence[str]) -> None:
        """See that it could write to these tables; errors of SQLAlchemy, as for `write`, if it could not."""
        ...

    async def close(self, *, broken: bool) -> None:
        """Let the connection go; one that is not broken is closed in order."""
        ...


class SessionConnection:
    """A session of PostgreSQL's; it commits each statement."""

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """See `WriterConnection.write`."""

        def whole(conn: sa.Connection) -> D:
            with conn.begin():
                drawn = draw_up(conn)
                drawn.write(conn)
                return drawn

        return await self._conn.run_sync(whole)

    async def check(self, tables: Sequence[str]) -> None:
        """See `WriterConnection.check`."""
        statement = _CHECK.format(tables=", ".join(f'"{name}"' for name in tables))

        def whole(conn: sa.Connection) -> None:
            with conn.begin():
                conn.exec_driver_sql(statement)

        await self._conn.run_sync(whole)

    async def close(self, *, broken: bool) -> None:
        """See `Pen.close`."""
        if broken:
            await self._conn.invalidate()
        await self._conn.close()


class FileConnection:
    """A connection to a SQLite file: it reads where it is asked to, and writes in a thread of its own."""

    def __init__(self, conn: sa.Connection, see_file: Callable[[], None]) -> None:
        self._conn, self._see_file = conn, see_file
        self._thread = ThreadPoolExecutor(1, "writer")

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """See `WriterConnection.write`."""
        try:
            drawn = draw_up(self._conn)
        except BaseException:
            self._conn.rollback()
            raise
        await asyncio.wrap_future(self._thread.submit(self._write, drawn))
        return drawn

    def _write(self, drawn: Draft) -> None:
        try:
            drawn.write(self._conn)
            self._see_file()
            self._conn.commit()
        except BaseException:
            self._conn.rollback()
            raise

    async def check(self, tables: Sequence[str]) -> None:
        """See `WriterConnection.check`."""
        await asyncio.wrap_future(self._thread.submit(self._check))

    def _check(self) -> None:
        try:
            self._see_file()
            self._conn.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            self._conn.rollback()

    async def close(self, *, broken: bool) -> None:
        """See `Pen.close`."""
        try:
            await asyncio.wrap_future(self._thread.submit(self._conn.close))
        finally:
            self._thread.shutdown(wait=False)


async def take_up(engine: AsyncEngine, lock: WriterLock) -> WriterConnection:
    """The writer connection of a database.

    Unavailable if another process has one, errors of SQLAlchemy if the database is out of reach.
    """
    if engine.dialect.name == "sqlite":
        database = str(engine.url.database)
        await lock.of_file(database)
        return FileConnection(file_engine(engine.url).connect(), partial(lock.see_file, database))
    # the write set writes one statement, which is a transaction of its own
    conn = await (await engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
    try:
        await conn.execute(_PLANS)
        await lock.of_session(conn)
        await conn.commit()
    except BaseException:
        await conn.close()
        raise
    return SessionConnection(conn)


def file_engine(url: sa.URL) -> sa.Engine:
    """What connects to a SQLite file past asyncio; a connection goes with whoever made it, and may change threads."""
    engine = sa.create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        poolclass=sa.NullPool,
        connect_args={"check_same_thread": False},
    )
    sa.event.listen(engine, "connect", pragmas)
    return engine


def pragmas(connection: Any, _: object) -> None:
    """What every connection to a SQLite file is told first."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON", "cache_size=-512"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
