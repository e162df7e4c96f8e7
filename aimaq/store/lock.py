"""The writer lock of a database: one process at a time writes to a service's database.

The writer remembers what it committed (`aimaq.pipeline.working_set`), which is right only while nobody else commits. On
PostgreSQL it is a lock of the very session that writes: who cannot write any more has lost it, and who has lost
it cannot write. On SQLite it is a lock on a file beside the database. Both are given back when the process dies.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.language.errors import Unavailable
from aimaq.language.texts import Texts

LOCKED = Texts(
    kk="дерекқорға осы қызметтің басқа процесі жазып жатыр",
    ru="в ту же базу данных пишет другой процесс этой службы",
    en="another process of this service writes to the same database",
)

KEY = 7_263_002
"""The advisory lock of PostgreSQL that a writer holds in its database."""

_PAUSE = 0.1


class WriterLock:
    """One process's writer lock on one database. `seconds` is how long to wait for another process to let go."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._file: IO[bytes] | None = None
        self._database: tuple[int, int] | None = None
        """Which file the database was, by device and inode, when it was first seen under the lock."""

    async def of_session(self, conn: AsyncConnection) -> None:
        """Hold the lock while this session of PostgreSQL's lasts; Unavailable if another process holds it."""

        async def locked() -> bool:
            return bool((await conn.execute(sa.select(sa.func.pg_try_advisory_lock(KEY)))).scalar_one())

        await self._take(locked)

    async def of_file(self, database: str) -> None:
        """Hold the lock on this SQLite file until it is released.

        Unavailable if another process holds it, OSError as for `see_file`.
        """
        if self._database is not None:
            self.see_file(database)  # before SQLite makes an empty one in its place

        async def locked() -> bool:
            return self._lock_file(database)

        await self._take(locked)

    async def _take(self, locked: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(max(1, int(self._seconds / _PAUSE))):
            if await locked():
                return
            await asyncio.sleep(_PAUSE)
        raise Unavailable(LOCKED)

    def see_file(self, database: str) -> None:
        """See that the SQLite file and the one that is locked beside it lie where they lay; OSError if they do not.

        What is written to a file that was removed is lost, and another one is not what the writer remembers.
        """
        if self._file is None:
            return
        found, beside = Path(database).stat(), Path(f"{database}.lock").stat()
        if self._database is None:
            self._database = found.st_dev, found.st_ino
        if self._database != (found.st_dev, found.st_ino) or not os.path.samestat(
            beside, os.fstat(self._file.fileno())
        ):
            raise OSError(errno.ESTALE, "another file has taken its place: start the service again", database)

    def release(self) -> None:
        """Let another process have the file; a connection's lock goes with the connection."""
        if self._file is not None:
            self._file.close()
            self._file = self._database = None

    def _lock_file(self, database: str) -> bool:
        if self._file is None:
            Path(f"{database}.lock").touch(mode=0o600)
            file = Path(f"{database}.lock").open("ab")  # noqa: SIM115 - kept open: the lock lasts as long as the file
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True
