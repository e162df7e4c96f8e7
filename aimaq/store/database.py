"""The database of a service: SQLite or PostgreSQL through SQLAlchemy, used as it is.

Handlers never see it. Transactions are begun by `aimaq.pipeline.writer` for all that changes a case, and here for the
few writes that concern none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.store.engine import MOST, PATIENCE, engine_of
from aimaq.store.failures import conditions, unavailable
from aimaq.store.lock import WriterLock
from aimaq.store.open_connections import OpenConnections
from aimaq.store.schema_check import fit
from aimaq.store.sessions import own_sessions
from aimaq.store.writer_connection import D, WriterConnection, file_engine, take_up

Row = dict[str, Any]
T = TypeVar("T")


_MOMENTS = 256
"""Moments whose text is remembered."""

STATEMENTS = 256
"""Statements of one making that are remembered: far more than a service has, and a bound whatever it does."""


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC, aware in Python; SQLite, which has no time zones, keeps it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        """On SQLite a moment is text; the rows of a batch have few different ones, so each is written out once."""
        spell = super().bind_processor(dialect)
        return lru_cache(_MOMENTS)(spell) if spell is not None and dialect.name == "sqlite" else spell

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Aware to what the database keeps."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """What the database kept to aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.String(36)

INLINE: dict[str, Any] = {"postgresql_with": {"toast_tuple_target": 8160}}
"""For a table whose rows have some kilobytes of envelopes or signatures, which do not compress: PostgreSQL keeps a row
whole in its page if it fits there, and does not try to squeeze it first."""


class Database:
    """One service's database and the tables it keeps there."""

    def __init__(self, url: str, metadata: sa.MetaData) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise Unconfigured("the database URL cannot be read", field="database_url") from None
        self.metadata = metadata
        room = {"pool_size": MOST, "max_overflow": 0, "pool_timeout": PATIENCE}
        self.engine: AsyncEngine = engine_of(parsed, **room)
        self.url = self.engine.url
        self._open = OpenConnections(self.engine)
        self._readers = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._closing = asyncio.Lock()
        self._lock = WriterLock()
        self._connection: WriterConnection | None = None

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    async def open(self) -> None:
        """Make sure that the tables are there; Unavailable if the database is out of reach.

        Unconfigured if they are of another version's schema (`aimaq.store.schema_check`), or if a pooler stands before
        the database (`aimaq.store.sessions`).
        """
        self._closed = False
        with conditions(self.where):
            if self.kind == "sqlite":
                await asyncio.to_thread(self._make_file)
                return
            await own_sessions(self.engine)
            async with self.engine.begin() as conn:
                # Two processes of one service may start at once; only one of them makes the tables.
                await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(7_263_001)))
                await conn.run_sync(self._make)

    def _make(self, conn: sa.Connection) -> None:
        self.metadata.create_all(conn)
        fit(conn, self.metadata, self.where)

    def _make_file(self) -> None:
        """The same for a file, past asyncio: to hand over hundreds of small questions takes longer than the answers."""
        if self.url.database:
            file = Path(self.url.database)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.chmod(0o600)  # people's numbers and documents: the file, and the ones that SQLite makes beside it
        with file_engine(self.url).begin() as conn:
            self._make(conn)

    async def lock(self) -> None:
        """Be the one process that writes here, again if the database was gone; Unavailable if it cannot."""
        try:
            with conditions(self.where):
                _ = await self._writer()
        except Unavailable:
            await self._let_go()
            raise

    async def close(self) -> None:
        """Release the writer lock and all connections, and wait until they are closed.

        Whoever reads is waited for, some seconds at most; what is read later opens a connection and closes it again.
        """
        self._closed = True
        await self._let_go(broken=False)
        self._lock.release()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._idle.wait()
        await self._close_all()

    async def _close_all(self) -> None:
        # The last reader and whoever closes come here at the same moment, and a driver's connection has one end only.
        async with self._closing:
            await self.engine.dispose()
            await self._open.close()

    @property
    def where(self) -> str:
        """The database's address without its password, for messages to people."""
        return self.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, undone if anything is raised.

        Unavailable for every condition of the database (`aimaq.store.failures`), and if all connections to it stay
        busy for `PATIENCE` seconds.
        """
        self._readers += 1
        self._idle.clear()
        try:
            with conditions(self.where):
                if self.kind == "sqlite":
                    self._lock.see_file(str(self.engine.url.database))
                async with self.engine.begin() as conn:
                    yield conn
        finally:
            self._readers -= 1
            if not self._readers:
                self._idle.set()
                if self._closed:
                    await self._close_all()

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `uow`, plain code over a plain connection, in one transaction; errors as for `begin`."""
        return await _undivided(self._transact(work))

    async def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        async with self.begin() as conn:
            return await conn.run_sync(work)

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """Draw up a batch and write it on a connection kept for it: what the one writer does, a call at a time.

        Unavailable for every condition of the database; the connection is let go then.
        """
        return await _undivided(self._with_writer(lambda connection: connection.write(draw_up)))

    async def check(self) -> None:
        """See that a change could be written; Unavailable, and the connection let go, if not."""
        tables = sorted(self.metadata.tables)
        await _undivided(self._with_writer(lambda connection: connection.check(tables)))

    async def _with_writer(self, call: Callable[[WriterConnection], Awaitable[T]]) -> T:
        try:
            with conditions(self.where):
                return await call(await self._writer())
        except Unavailable:
            await self._let_go()
            raise
        except sa.exc.InvalidRequestError as error:  # not of the data, but of the state that the connection is in
            await self._let_go()
            raise unavailable(error, self.where) from error

    async def _writer(self) -> WriterConnection:
        """The connection that writes, which holds the writer lock."""
        if self._connection is None:
            self._connection = await take_up(self.engine, self._lock)
        return self._connection

    async def _let_go(self, *, broken: bool = True) -> None:
        """Let the connection that writes go; one that is not broken is closed with the others, which is waited for."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.close(broken=broken)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read from."""
        async with self.begin() as conn:
            yield conn

    async def ailment(self) -> str | None:
        """None if the database answers, else one line that says why it does not."""
        try:
            async with asyncio.timeout(_ANSWER), self.begin() as conn:
                await conn.execute(sa.select(1))
        except Unavailable as error:
            return error.detail
        except TimeoutError:
            return f"the database {self.where} has not answered for {_ANSWER:g} s"
        return None


async def _undivided(work: Coroutine[Any, Any, T]) -> T:
    """Do the work to its end, or for some seconds more, though whoever waits for it is cancelled meanwhile.

    A connection that is left in the middle of a call can be closed by nobody.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_GRACE)
        if not task.cancel():
            task.exception()  # it is over, and nobody will ask for what it raised
        raise


_ANSWER = 2.0
"""Seconds that the database has to answer whoever asks how it is."""
_GRACE = 5.0
"""Seconds that a transaction may still take whose outcome nobody waits for any more."""


def among(column: sa.Column[Any], kind: str) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of the values given as the parameter `keys`, in the kind's own way."""
    if kind == "postgresql":
        return column == sa.any_(sa.bindparam("keys", type_=sa.ARRAY(column.type)))
    return column.in_(sa.bindparam("keys", expanding=True))
