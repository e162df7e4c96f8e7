"""The connection that the writer writes with: a batch is written whole or not at all, and the next one is not hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from aimaq.store.database import Database
from tests.databases import Databases, with_tables

metadata = sa.MetaData()
shelf = sa.Table("pen_shelf", metadata, sa.Column("id", sa.String(8), primary_key=True))


class Draft:
    """Rows with these ids, in one statement or, to go wrong in between, followed by something else."""

    def __init__(self, *ids: str, then: Callable[[], None] = lambda: None) -> None:
        self._ids, self._then = ids, then

    def write(self, conn: sa.Connection) -> None:
        """See `aimaq.store.writer_connection.Draft`."""
        conn.execute(sa.insert(shelf), [{"id": one} for one in self._ids])
        self._then()


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with with_tables(databases, metadata) as made:
        yield made


async def stored(database: Database) -> set[str]:
    async with database.read() as conn:
        return set((await conn.execute(sa.select(shelf.c.id))).scalars())


def read(conn: sa.Connection) -> set[str]:
    return set(conn.execute(sa.select(shelf.c.id)).scalars())


async def test_what_is_written_is_committed_and_seen_by_the_next_to_be_drawn_up(database: Database) -> None:
    await database.write(lambda conn: Draft("a", "b"))
    assert await stored(database) == {"a", "b"}
    threads: list[set[str]] = []

    def draw_up(conn: sa.Connection) -> Draft:
        threads.append(read(conn))
        return Draft("c")

    await database.write(draw_up)
    assert threads == [{"a", "b"}]
    assert await stored(database) == {"a", "b", "c"}


async def test_a_key_that_is_taken_leaves_nothing_of_the_statement_behind(database: Database) -> None:
    await database.write(lambda conn: Draft("a"))
    with pytest.raises(sa.exc.IntegrityError):
        await database.write(lambda conn: Draft("b", "a"))
    assert await stored(database) == {"a"}
    await database.write(lambda conn: Draft("b"))
    assert await stored(database) == {"a", "b"}


async def test_of_what_goes_wrong_half_way_a_file_keeps_nothing(tmp_path: Path) -> None:
    # a session of PostgreSQL's commits each statement, and there a batch is one
    database = Database(f"sqlite:///{tmp_path / 'pen.db'}", metadata)
    await database.open()

    def fails() -> None:
        raise ZeroDivisionError

    try:
        with pytest.raises(ZeroDivisionError):
            await database.write(lambda conn: Draft("a", then=fails))
        assert await stored(database) == set()
        await database.write(lambda conn: Draft("a"))
        assert await stored(database) == {"a"}
    finally:
        await database.close()


async def test_what_cannot_be_drawn_up_though_it_has_read_does_not_hurt_the_next(database: Database) -> None:
    def fails(conn: sa.Connection) -> Draft:
        assert read(conn) == set()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fails)
    await database.write(lambda conn: Draft("a"))
    assert await stored(database) == {"a"}


async def test_whoever_waits_no_more_does_not_leave_a_batch_half_written(database: Database) -> None:
    drawn = asyncio.Event()

    def draw_up(conn: sa.Connection) -> Draft:
        drawn.set()
        return Draft("a")

    writing = asyncio.create_task(database.write(draw_up))
    await drawn.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await stored(database) == {"a"}
    await database.write(lambda conn: Draft("b"))
    assert await stored(database) == {"a", "b"}
