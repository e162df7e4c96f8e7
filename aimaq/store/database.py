"""The database of a service: SQLite or PostgreSQL through SQLAlchemy, used as it is.

Handlers never see it. Transactions are begun by `aimaq.transaction` for all that changes a case, and here for the
few writes that concern none.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from aimaq.store.lock import Claim
from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.store.writer_connection import D, Pen, file_engine, pragmas, take_up
from aimaq.store.schema_check import fit

Row = dict[str, Any]
T = TypeVar("T")


_MOMENTS = 256
"""Moments whose text is remembered."""


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
            self.url = make_url(url)
        except ArgumentError:
            raise Unconfigured("the database URL cannot be read", field="database_url") from None
        self.metadata = metadata
        self.engine: AsyncEngine = _engine(self.url)
        self._claim = Claim()
        self._pen: Pen | None = None

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    async def open(self) -> None:
        """Make sure that the tables are there; Unavailable if the database is out of reach.

        Unconfigured if they are of another version's shape (`aimaq.shape`).
        """
        try:
            if self.kind == "sqlite":
                await asyncio.to_thread(self._make_file)
                return
            async with self.engine.begin() as conn:
                # Two processes of one service may start at once; only one of them makes the tables.
                await conn.execute(sa.select(sa.func.pg_advisory_xact_lock(7_263_001)))
                await conn.run_sync(self._make)
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable(f"the database {self.where} is out of reach: {line(error)}") from error

    def _make(self, conn: sa.Connection) -> None:
        self.metadata.create_all(conn)
        fit(conn, self.metadata, self.where)

    def _make_file(self) -> None:
        """The same for a file, past asyncio: to hand over hundreds of small questions takes longer than the answers."""
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        with file_engine(self.url).begin() as conn:
            self._make(conn)

    async def claim(self) -> None:
        """Be the one process that writes here, again if the database was gone; Unavailable if it cannot."""
        try:
            _ = await self._writer()
        except (SQLAlchemyError, OSError) as error:
            await self._let_go()
            raise Unavailable(f"the database {self.where} is out of reach: {line(error)}") from error

    async def close(self) -> None:
        """Give the claim and all connections back, and wait until they are closed."""
        await self._let_go(broken=False)
        self._claim.release()
        await self.engine.dispose()

    @property
    def where(self) -> str:
        """The database's address without its password, for messages to people."""
        return self.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, undone if anything is raised.

        Unavailable if the database is gone, or all connections to it stay busy for `_PATIENCE` seconds.
        """
        try:
            async with self.engine.begin() as conn:
                yield conn
        except (sa.exc.DBAPIError, OSError) as error:
            if isinstance(error, sa.exc.DBAPIError) and not gone(error):
                raise
            raise Unavailable(f"the database {self.where} is out of reach: {line(error)}") from error
        except sa.exc.TimeoutError as error:
            raise Unavailable(f"all connections to the database {self.where} are busy") from error

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work`, plain code over a plain connection, in one transaction; errors as for `begin`."""
        return await _undivided(self._transact(work))

    async def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        async with self.begin() as conn:
            return await conn.run_sync(work)

    async def write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        """Draw up a batch and write it on a connection kept for it: what the one writer does, a call at a time."""
        return await _undivided(self._write(draw_up))

    async def _write(self, draw_up: Callable[[sa.Connection], D]) -> D:
        try:
            return await (await self._writer()).write(draw_up)
        except (sa.exc.DBAPIError, OSError) as error:
            if isinstance(error, sa.exc.DBAPIError) and not gone(error):
                raise
            await self._let_go()
            raise Unavailable(f"the database {self.where} is out of reach: {line(error)}") from error

    async def _writer(self) -> Pen:
        """The connection that writes, which holds the claim."""
        if self._pen is None:
            self._pen = await take_up(self.engine, self._claim)
        return self._pen

    async def _let_go(self, *, broken: bool = True) -> None:
        """Let the connection that writes go; one that is not broken is closed with the others, which is waited for."""
        pen, self._pen = self._pen, None
        if pen is not None:
            with suppress(SQLAlchemyError, OSError):
                await pen.close(broken=broken)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read from."""
        async with self.begin() as conn:
            yield conn

    async def ailment(self) -> str | None:
        """None if the database answers, else one line that says why it does not."""
        try:
            async with self.begin() as conn:
                await conn.execute(sa.select(1))
        except Unavailable as error:
            return error.detail
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


_MOST, _PATIENCE = 10, 10.0
"""Connections of a service to its database, and the seconds for which a reader waits for one."""
_GRACE = 5.0
"""Seconds that a transaction may still take whose outcome nobody waits for any more."""


def gone(error: sa.exc.DBAPIError) -> bool:
    """Whether the error says that the database is out of reach, and not that it refuses what was asked."""
    return (
        isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
        or error.connection_invalidated
        or (getattr(error.orig, "sqlstate", None) or "").startswith(_GONE)
        or type(getattr(error.orig, "__cause__", None)).__name__ == "InternalClientError"
    )


_GONE = ("08", "53", "57P")
"""What PostgreSQL's own codes begin with when it lets nobody in, or nobody any more, or has no room left."""


_OLDEST_FILE = 3, 33
"""The first SQLite that changes rows by the rows of a query, as a ledger does."""


def _engine(url: sa.URL) -> AsyncEngine:
    room = {"pool_size": _MOST // 2, "max_overflow": _MOST // 2, "pool_timeout": _PATIENCE}
    try:
        if url.get_backend_name() == "sqlite":
            if sqlite3.sqlite_version_info < _OLDEST_FILE:
                needed = ".".join(map(str, _OLDEST_FILE))
                raise Unconfigured(f"this Python's SQLite is {sqlite3.sqlite_version}, and {needed} is needed")
            engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), hide_parameters=True, **room)
            sa.event.listen(engine.sync_engine, "connect", pragmas)
            return engine
        if url.get_backend_name() == "postgresql":
            return create_async_engine(
                url.set(drivername="postgresql+asyncpg"), pool_pre_ping=False, hide_parameters=True, **room
            )
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise Unconfigured(f"the database URL cannot be used: {line(error)}", field="database_url") from None
    raise Unconfigured(f"no such kind of database: {url.get_backend_name()}", field="database_url")


def among(column: sa.Column[Any], kind: str) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of the values given as the parameter `keys`, in the kind's own way."""
    if kind == "postgresql":
        return column == sa.any_(sa.bindparam("keys", type_=sa.ARRAY(column.type)))
    return column.in_(sa.bindparam("keys", expanding=True))


def line(error: BaseException) -> str:
    """The first line of an error's text, for a message of one line."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
