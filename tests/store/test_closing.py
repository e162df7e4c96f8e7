"""A database that is closed leaves no connection open, whoever reads at that moment or afterwards."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest
import sqlalchemy as sa

from aimaq.store.database import Database
from tests.databases import Databases


@pytest.fixture
def database(databases: Databases) -> Database:
    return Database(databases.url("con"), sa.MetaData())


async def test_whoever_reads_as_it_is_closed_is_waited_for(database: Database) -> None:
    await database.open()
    reading, going_on = asyncio.Event(), asyncio.Event()

    async def read() -> int:
        async with database.read() as conn:
            reading.set()
            await going_on.wait()
            return int((await conn.execute(sa.select(1))).scalar_one())

    reader = asyncio.create_task(read())
    await reading.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing.done()
    going_on.set()
    await closing
    assert await reader == 1
    none_is_left()


async def test_several_that_close_it_and_the_last_reader_close_each_connection_once(database: Database) -> None:
    for _ in range(20):
        await database.open()

        async def read() -> None:
            async with database.read() as conn:
                await conn.execute(sa.select(1))

        async with asyncio.timeout(30):
            await asyncio.gather(read(), read(), database.close(), read(), database.close())
    none_is_left()


async def test_what_is_read_afterwards_closes_its_connection(database: Database) -> None:
    await database.open()
    await database.close()
    async with database.read() as conn:
        assert (await conn.execute(sa.select(1))).scalar_one() == 1
    none_is_left()


def none_is_left() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()
