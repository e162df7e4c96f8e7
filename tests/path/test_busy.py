"""A database whose connections are all in use: whoever asks for one more is told so, and gets it once one is free."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from aimaq.db import Database
from aimaq.errors import Unavailable
from tests.databases import Databases


async def test_one_reader_too_many_is_told_that_all_connections_are_busy(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aimaq.db._PATIENCE", 0.05)
    database = Database(databases.url("con"), sa.MetaData())
    try:
        async with AsyncExitStack() as readers:
            for _ in range(10):
                _ = await readers.enter_async_context(database.read())
            with pytest.raises(Unavailable, match=r"all connections to the database .* are busy"):
                async with database.read():
                    pass
        async with database.read() as conn:
            assert (await conn.execute(sa.select(sa.literal(7)))).scalar_one() == 7
    finally:
        await database.close()
