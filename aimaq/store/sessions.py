"""Whether a database gives each connection a session of its own, as the writer lock and prepared statements need.

A pooler in transaction mode (pgbouncer's `pool_mode=transaction`) lets every transaction have whichever session of the
server's is free. It answers as PostgreSQL does, and the lock of a session is nobody's then.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from aimaq.language.errors import Unconfigured
from aimaq.store.failures import sqlstate

_ANOTHERS = ("26000", "42P05")
"""The SQLSTATEs of a prepared statement that is not there, or is there already: it was made in another session."""

_TURNS = (0, 0, 1, 1, 0)
"""Which of two connections asks for its session, one question after the other."""

_SESSION = sa.text("SELECT pg_backend_pid()")


async def own_sessions(engine: AsyncEngine) -> None:
    """Unconfigured if two connections at a time share a session of PostgreSQL's, or one of them changes it.

    SQLAlchemy's errors if the database is out of reach.
    """
    found: list[set[int]] = [set(), set()]
    try:
        async with engine.connect() as one, engine.connect() as other:
            connections = [await each.execution_options(isolation_level="AUTOCOMMIT") for each in (one, other)]
            for which in _TURNS:  # whichever way the pooler chooses among free sessions, it shows in one of these
                found[which].add(int(await connections[which].scalar(_SESSION) or 0))
    except sa.exc.DBAPIError as error:
        if sqlstate(error) not in _ANOTHERS:
            raise
        found = []
    if len(found) != 2 or len(found[0]) != 1 or len(found[1]) != 1 or found[0] == found[1]:
        raise Unconfigured(
            "the database URL leads to a pooler that changes sessions between transactions (pgbouncer with"
            " pool_mode=transaction?): name PostgreSQL itself, or a pooler with pool_mode=session",
            field="database_url",
            rule="a session for each connection",
        )
