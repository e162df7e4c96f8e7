"""The pen of a service: the one connection that its writer writes with, kept open, and held under the claim.

A batch is drawn up first and then written, whole or not at all. On PostgreSQL that is one statement over asyncpg. A
file is written by a thread of its own, all the statements of a batch and the commit at one go: handed over one by one,
as aiosqlite does it, the handing over costs more than the statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aimaq.store.lock import Claim

_PLANS = sa.select(
    sa.func.set_config("plan_cache_mode", "force_generic_plan", False),
    *(sa.func.set_config(f"enable_{way}", "off", False) for way in ("seqscan", "hashjoin", "mergejoin")),
    sa.func.set_config("jit", "off", False),
)
"""The writer's statements are few, and all go by a key: planned once each, to use the indexes, and not for each batch.

Left alone, PostgreSQL plans anew for each length of the arrays, and by what it knows of a table that was just empty.
Where nothing is left but what is off, it would reckon with such a cost as to compile the plan, which takes 50 ms.
"""


class Draft(Protocol):
    """What is ready to be written."""

    def write(self, conn: sa.Connection) -> None:
        """Write all of it, and do not commit."""
        ...


D = TypeVar("D", bound=Draft)


class Pen(Protocol):
    """See `SessionPen` and `FilePen`."""

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """Draw up a batch, which may read, then write it in one transaction; a call at a time."""
        ...

    async def close(self, *, broken: bool) -> None:
        """Let the connection go; one that is not broken is closed in order."""
        ...


class SessionPen:
    """A session of PostgreSQL's; it commits each statement."""

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """See `Pen.write`."""

        def whole(conn: sa.Connection) -> D:
            with conn.begin():
                drawn = draw_up(conn)
                drawn.write(conn)
                return drawn

        return await self._conn.run_sync(whole)

    async def close(self, *, broken: bool) -> None:
        """See `Pen.close`."""
        if broken:
            await self._conn.invalidate()
        await self._conn.close()


class FilePen:
    """A connection to a SQLite file: it reads where it is asked to, and writes in a thread of its own."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._thread = ThreadPoolExecutor(1, "pen")

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """See `Pen.write`."""
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
            self._conn.commit()
        except BaseException:
            self._conn.rollback()
            raise

    async def close(self, *, broken: bool) -> None:
        """See `Pen.close`."""
        try:
            await asyncio.wrap_future(self._thread.submit(self._conn.close))
        finally:
            self._thread.shutdown(wait=False)


async def take_up(engine: AsyncEngine, claim: Claim) -> Pen:
    """A pen for this database; Unavailable if another process has one, errors of SQLAlchemy if it is out of reach."""
    if engine.dialect.name == "sqlite":
        await claim.of_file(str(engine.url.database))
        return FilePen(file_engine(engine.url).connect())
    # the ledger writes one statement, which is a transaction of its own
    conn = await (await engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
    try:
        await conn.execute(_PLANS)
        await claim.of_session(conn)
        await conn.commit()
    except BaseException:
        await conn.close()
        raise
    return SessionPen(conn)


def file_engine(url: sa.URL) -> sa.Engine:
    """What connects to a SQLite file past asyncio; a connection goes with whoever made it, and may change threads."""
    engine = sa.create_engine(
        url.set(drivername="sqlite"), hide_parameters=True, poolclass=sa.NullPool,
        connect_args={"check_same_thread": False},
    )  # fmt: skip
    sa.event.listen(engine, "connect", pragmas)
    return engine


def pragmas(connection: Any, _: object) -> None:
    """What every connection to a SQLite file is told first."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON", "cache_size=-512"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
