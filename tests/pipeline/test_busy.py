"""A database whose connections are all in use: whoever asks for one more is told so, and gets it once one is free."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from aimaq.language.errors import Unavailable
from aimaq.store.database import Database
from aimaq.store.engine import MOST
from tests.databases import PREFIX, SERVER, Databases, connect


async def test_one_reader_too_many_is_told_that_all_connections_are_busy(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aimaq.store.database.PATIENCE", 0.05)
    database = Database(databases.url("con"), sa.MetaData())
    try:
        async with AsyncExitStack() as readers:
            for _ in range(MOST):
                _ = await readers.enter_async_context(database.read())
            with pytest.raises(Unavailable, match=r"all connections to the database .* are busy"):
                async with database.read():
                    pass
        async with database.read() as conn:
            assert (await conn.execute(sa.select(sa.literal(7)))).scalar_one() == 7
    finally:
        await database.close()


async def test_a_server_that_lets_nobody_in_any_more_is_out_of_reach() -> None:
    administrator, role = await connect(SERVER), f"{PREFIX}_crowd"
    await administrator.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'crowd' CONNECTION LIMIT 1")
    url = (
        make_url(SERVER).set(username=role, password="crowd", database="postgres").render_as_string(hide_password=False)
    )
    first, second = Database(url, sa.MetaData()), Database(url, sa.MetaData())
    try:
        async with first.read():
            with pytest.raises(Unavailable, match="out of reach: too many connections"):
                async with second.read():
                    pass
            assert "too many connections" in str(await second.ailment())
            with pytest.raises(Unavailable, match="too many connections"):
                await second.lock()
    finally:
        await first.close()
        await second.close()
        await administrator.execute(f"DROP ROLE {role}")
        await administrator.close()
