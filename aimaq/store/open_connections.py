"""The connections that a pool has open, whoever holds them: what is still out when a database is closed is closed too.

A pool closes what lies in it. A connection that somebody reads from at that moment is given back to a pool that is no
more, and nobody closes it: its session stays at the server, with the locks that it has.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from aimaq.store.failures import line

log = logging.getLogger(__name__)

_GRACE = 5.0
"""Seconds that a driver has to close a connection: aiosqlite's never returns if the pool closes the same one."""


class OpenConnections:
    """The driver's connections of one engine that are not closed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._open: set[Any] = set()
        sa.event.listen(engine.sync_engine, "connect", self._opened)

    async def close(self) -> None:
        """Close all of them, each within `_GRACE` seconds; those that are closed already stay so."""
        connections, self._open = self._open, set()
        for connection in connections:
            if _is_open(connection):
                try:
                    async with asyncio.timeout(_GRACE):
                        await connection.close()
                except Exception as error:
                    log.warning("a connection to the database was not closed in order: %s", line(error))

    def _opened(self, connection: Any, _record: object) -> None:
        self._open = {one for one in self._open if _is_open(one)}
        self._open.add(connection.driver_connection)


def _is_open(connection: Any) -> bool:
    """Whether a connection of asyncpg's or aiosqlite's is open; aiosqlite has no public word for it."""
    if hasattr(connection, "is_closed"):
        return not connection.is_closed()
    return connection._connection is not None
