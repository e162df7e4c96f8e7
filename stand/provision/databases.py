"""The databases of a deployed stand: one a service, made if they are not there, and one stand's at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.language.errors import Technical, Unavailable, Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.store.engine import engine_of
from aimaq.store.failures import line
from aimaq.store.lock import KEY
from aimaq.store.sessions import own_sessions

NAME = r"[a-z][a-z0-9_]{0,40}"

PATIENCE = 10.0
"""Seconds that a stand waits for databases that another one, which is stopping, still has."""

_PAUSE = 0.1

_RESERVE = sa.text("SELECT pg_try_advisory_lock(hashtext('aimaq stand'), hashtext(:prefix))")
_DATABASES = sa.text("SELECT datname FROM pg_database")
_WRITER = sa.text(
    "SELECT min(datname) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :key AND datname = ANY(:names)"
)


def server(url: str) -> URL:
    """The PostgreSQL server that a URL names; Unconfigured if it names none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Unconfigured(f"{url!r} is not a database URL", field="database") from None
    if parsed.get_backend_name() != "postgresql":
        raise Unconfigured(f"a deployed stand keeps its data in PostgreSQL, not in {parsed.get_backend_name()}")
    return parsed.set(drivername="postgresql+asyncpg")


def urls(url: str, prefix: str) -> dict[str, str]:
    """Each service's own database on that server: `<prefix>_<party>`."""
    if not re.fullmatch(NAME, prefix):
        raise Unconfigured(f"{prefix!r} cannot begin the name of a database", field="database_prefix", rule=NAME)
    base = server(url)
    return {party: base.set(database=f"{prefix}_{party}").render_as_string(hide_password=False) for party in PARTIES}


@asynccontextmanager
async def reserved(url: str, prefix: str) -> AsyncIterator[None]:
    """Keep other stands from the databases of this prefix until the block ends.

    Unavailable if the server is out of reach, or if another stand has them or writes to one and does not let go.
    """
    names = _names(url, prefix)
    async with AsyncExitStack() as stack:
        with _reachable(url):
            conn = await stack.enter_async_context(_administering(url))
            due = asyncio.get_running_loop().time() + PATIENCE
            while why := await _in_use(conn, prefix, names):
                if asyncio.get_running_loop().time() > due:
                    advice = "stop it, or give this one a --prefix and a --vhost of its own"
                    raise Unavailable(Technical(f"{why}: {advice}"))
                await asyncio.sleep(_PAUSE)
        yield


async def make(url: str, prefix: str) -> None:
    """Make the databases that are missing; Unavailable if the server is out of reach."""
    with _reachable(url):
        async with _administering(url) as conn:
            there = set((await conn.execute(_DATABASES)).scalars())
            for name in sorted(_names(url, prefix) - there):
                await conn.execute(sa.text(f'CREATE DATABASE "{name}"'))


async def drop(url: str, prefix: str) -> set[str]:
    """Drop the databases with all that is in them, and return which there were; Unavailable if the server is out of
    reach.
    """
    with _reachable(url):
        async with _administering(url) as conn:
            there = _names(url, prefix) & set((await conn.execute(_DATABASES)).scalars())
            for name in sorted(there):
                await conn.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            return there


async def _in_use(conn: AsyncConnection, prefix: str, names: Iterable[str]) -> str:
    """Why the databases cannot be had now; empty if they are reserved for this connection."""
    if not await conn.scalar(_RESERVE, {"prefix": prefix}):
        return f"another stand has the databases {prefix}_*"
    writes_to = await conn.scalar(_WRITER, {"key": KEY, "names": list(names)})
    return f"another stand writes to the database {writes_to}" if writes_to else ""


def _names(url: str, prefix: str) -> set[str]:
    return {str(make_url(one).database) for one in urls(url, prefix).values()}


@asynccontextmanager
async def _administering(url: str) -> AsyncIterator[AsyncConnection]:
    engine = engine_of(server(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        await own_sessions(engine)
        async with engine.connect() as conn:
            yield conn
    finally:
        await engine.dispose()


@contextmanager
def _reachable(url: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        where = server(url).set(query={}).render_as_string(hide_password=True)
        raise Unavailable(Technical(f"the database server {where} is out of reach: {line(error)}")) from error
