"""Databases for tests: SQLite files in a folder, or PostgreSQL databases that only this test process uses.

The server is the one that AIMAQ_TEST_DATABASE names, by default postgres at 127.0.0.1:5432.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from aimaq.language.messages import PARTIES
from aimaq.store.database import Database
from stand.provision import databases

SERVER = os.environ.get("AIMAQ_TEST_DATABASE") or "postgresql://postgres@127.0.0.1:5432"
PREFIX = f"aimaq_test_{os.getpid()}"
"""The databases of this process, so that runs and workers side by side do not meet."""


@dataclass(frozen=True)
class Databases:
    """One kind of database, and where each party's is."""

    kind: str
    urls: Mapping[str, str]
    opened: set[str] = field(default_factory=set)

    def url(self, party: str) -> str:
        """The address of a party's database."""
        self.opened.add(party)
        return self.urls[party]

    async def wipe(self) -> None:
        """Empty what was used, for the next test; the files of SQLite go with their folder."""
        if self.kind != "postgresql":
            return
        for party in sorted(self.opened):
            connection = await connect(self.urls[party])
            try:
                tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                await connection.execute("".join(f'DELETE FROM "{row["tablename"]}";' for row in tables))
            finally:
                await connection.close()


@asynccontextmanager
async def with_tables(databases: Databases, metadata: sa.MetaData) -> AsyncIterator[Database]:
    """A database with these tables, of no service, until the block ends."""
    made = Database(databases.url("con"), metadata)
    await made.open()
    yield made
    await made.transact(lambda conn: metadata.drop_all(conn))
    await made.close()


def files(folder: Path, blank: Path | None = None) -> Databases:
    """A SQLite file a party; `blank` is where there are empty ones, which `draw` has made, to begin with."""
    if blank is not None:
        shutil.copytree(blank, folder, dirs_exist_ok=True)
    return Databases("sqlite", {party: f"sqlite+aiosqlite:///{folder / party}.db" for party in PARTIES})


def draw(folder: Path) -> None:
    """Make an empty SQLite file for each party: to copy it is quicker than to make it anew for each test."""
    folder.mkdir()
    for party in PARTIES:
        engine = sa.create_engine(f"sqlite:///{folder / party}.db")
        import_module(f"{party}_svc.models").metadata.create_all(engine)
        engine.dispose()


async def connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    """A connection of the test's own to a PostgreSQL database."""
    return await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


async def make() -> Mapping[str, str]:
    """Make this process's databases, and say where they are; Unavailable if there is no server."""
    await databases.make(SERVER, PREFIX)
    return databases.urls(SERVER, PREFIX)


async def drop() -> None:
    """Drop them again."""
    await databases.drop(SERVER, PREFIX)
