"""The claim on a database: one process at a time writes to a service's database.

The writer remembers what it committed (`aimaq.memory`), which is right only while nobody else commits. PostgreSQL
gives the claim back by itself when the process that held it dies, and so does the file system for SQLite.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from aimaq.errors import Unavailable

_KEY = 7_263_002
_PAUSE = 0.1


class Claim:
    """One process's claim on one database. `seconds` is how long to wait for another process to let go."""

    def __init__(self, engine: AsyncEngine, seconds: float = 10.0) -> None:
        self._engine, self._seconds = engine, seconds
        self._conn: AsyncConnection | None = None
        self._file: IO[bytes] | None = None

    async def take(self) -> None:
        """Hold the claim from now on; Unavailable if another process holds it all the while."""
        if self._engine.dialect.name == "sqlite":
            await self._until(self._take_file)
        elif not await self._alive():
            await self._let_go_of_connection()
            conn = await self._engine.connect()
            self._conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
            await self._until(self._take_lock)

    async def release(self) -> None:
        """Let another process have it."""
        await self._let_go_of_connection()
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _until(self, attempt: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(max(1, int(self._seconds / _PAUSE))):
            if await attempt():
                return
            await asyncio.sleep(_PAUSE)
        raise Unavailable("another process of this service writes to the same database")

    async def _take_file(self) -> bool:
        path = self._engine.url.database
        if self._file is not None or not path:
            return True
        file = Path(f"{path}.lock").open("ab")  # noqa: SIM115, ASYNC230 - kept open: the lock lasts as long as the file
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    async def _take_lock(self) -> bool:
        assert self._conn is not None
        taken: bool = (await self._conn.execute(sa.select(sa.func.pg_try_advisory_lock(_KEY)))).scalar_one()
        return taken

    async def _alive(self) -> bool:
        if self._conn is None:
            return False
        try:
            await self._conn.execute(sa.select(1))
        except (sa.exc.SQLAlchemyError, OSError):
            return False
        return True

    async def _let_go_of_connection(self) -> None:
        if self._conn is None:
            return
        conn, self._conn = self._conn, None
        try:
            await conn.invalidate()
            await conn.close()
        except (sa.exc.SQLAlchemyError, OSError):
            return
