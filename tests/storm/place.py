"""Where the storm takes place: a deployed stand on a broker and on a disk of its own, which can both be taken away."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from stand.provision import databases
from tests.databases import SERVER, connect
from tests.deployment import Deployed, deployed
from tests.fixtures_broker import BROKER, MANAGEMENT
from tests.rabbit_nodes import OwnRabbit
from tests.waiting import eventually

LARGE = 4 * 1024 * 1024 * 1024
"""Bytes that the disk may have when it is not full: it takes only as much memory as there is on it."""

ON_DISK = ("lea", "gateway")
"""The parties whose databases are on it."""

SETTINGS = {"autopilot": "1", "autopilot_papers": "0", "crl_age": "60", "log_level": "warning"}


async def _run(*command: str) -> None:
    """Run a command of the system's; OSError if it fails."""
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    if process.returncode:
        raise OSError(f"{' '.join(command)}: {complaint.decode().strip()}")


@dataclass(frozen=True)
class Disk:
    """A file system in memory, with a tablespace of the server's on it: full whenever it is to be."""

    folder: Path
    tablespace: str

    async def fill(self) -> None:
        """Leave no room on it: no file on it can grow. They grow meanwhile, and then it is tried again."""

        async def filled() -> bool:
            found = os.statvfs(self.folder)
            try:
                await self._resize((found.f_blocks - found.f_bfree) * found.f_frsize)
            except OSError:
                return False
            return True

        assert await eventually(filled, what="a full disk")

    async def free(self) -> None:
        """Give it all its room again."""
        await self._resize(LARGE)

    async def _resize(self, size: int) -> None:
        await _run("mount", "-o", f"remount,size={size}", str(self.folder))


@asynccontextmanager
async def disk(name: str) -> AsyncIterator[Disk | None]:
    """A disk, with databases of a stand of this name on it; None where mounting or the server does not allow it."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    server = await connect(f"{SERVER}/postgres")
    try:
        try:
            await _run("mount", "-t", "tmpfs", "-o", f"size={LARGE},mode=0700,uid=postgres", "aimaq-storm", str(folder))
        except OSError:
            yield None
            return
        try:
            await server.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{folder}'")
            for party in ON_DISK:
                await server.execute(f'CREATE DATABASE "{name}_{party}" TABLESPACE "{name}"')
            yield Disk(folder, name)
        finally:
            await databases.drop(SERVER, name)
            await server.execute(f'DROP TABLESPACE IF EXISTS "{name}"')
            await _run("umount", str(folder))
    finally:
        await server.close()
        with suppress(OSError):
            folder.rmdir()


@dataclass(frozen=True)
class Place:
    """The stand, what can be taken away from it, and the chance by which a disaster draws."""

    stand: Deployed
    broker: OwnRabbit | None = None
    disk: Disk | None = None
    chance: Random = field(default_factory=lambda: Random("storm"))

    @property
    def files(self) -> bool:
        """Whether its databases are files."""
        return self.stand.databases.kind == "sqlite"


@asynccontextmanager
async def small(home: Path) -> AsyncIterator[Place]:
    """A stand on the broker and the disk that others use too."""
    async with deployed(f"aimaqstorm{os.getpid()}", home, BROKER, MANAGEMENT, SETTINGS) as stand:
        yield Place(stand)


@asynccontextmanager
async def whole(home: Path, broker: OwnRabbit) -> AsyncIterator[Place]:
    """A stand on a broker of its own, which runs, and on a disk of its own where one can be had."""
    name = f"aimaqstorm{os.getpid()}"
    async with disk(name) as own, deployed(name, home, broker.url, broker.management, SETTINGS) as stand:
        yield Place(stand, broker, own)


@asynccontextmanager
async def on_files(home: Path, broker: OwnRabbit) -> AsyncIterator[Place]:
    """A stand on a broker of its own, which runs, with a SQLite file for each service."""
    name = f"aimaqfiles{os.getpid()}"
    async with deployed(name, home, broker.url, broker.management, SETTINGS, files=True) as stand:
        yield Place(stand, broker)
