"""The claim on a database: one process at a time writes to a service's database.

The writer remembers what it committed (`aimaq.memory`), which is right only while nobody else commits. On PostgreSQL
the claim is a lock of the very session that writes: who cannot write any more has lost it, and who has lost it cannot
write. On SQLite it is a lock on a file beside the database. Both are given back when the process dies.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.language.errors import Unavailable

_KEY = 7_263_002
_PAUSE = 0.1


class Claim:
    """One process's claim on one database. `seconds` is how long to wait for another process to let go."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._file: IO[bytes] | None = None

    async def of_session(self, conn: AsyncConnection) -> None:
        """Hold the claim while this session of PostgreSQL's lasts; Unavailable if another process holds it."""

        async def locked() -> bool:
            return bool((await conn.execute(sa.select(sa.func.pg_try_advisory_lock(_KEY)))).scalar_one())

        await self._take(locked)

    async def of_file(self, database: str) -> None:
        """Hold the claim on this SQLite file until it is released; Unavailable if another process holds it."""

        async def locked() -> bool:
            return self._lock_file(database)

        await self._take(locked)

    async def _take(self, locked: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(max(1, int(self._seconds / _PAUSE))):
            if await locked():
                return
            await asyncio.sleep(_PAUSE)
        raise Unavailable("another process of this service writes to the same database")

    def release(self) -> None:
        """Let another process have the file; a connection's lock goes with the connection."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lock_file(self, database: str) -> bool:
        if self._file is None:
            file = Path(f"{database}.lock").open("ab")  # noqa: SIM115 - kept open: the lock lasts as long as the file
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True
