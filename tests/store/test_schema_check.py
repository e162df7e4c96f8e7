"""A database of another version's schema: it grows by what may be empty, and else it is told which table and column."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from aimaq.language.errors import Unconfigured
from aimaq.store.database import Database
from tests.databases import Databases
from tests.faults import rows
from tests.parties import Parties


def tables(*columns: sa.Column[Any], index: bool = False, key: str = "id") -> sa.MetaData:
    """One table with a key and these columns."""
    metadata = sa.MetaData()
    table = sa.Table("shelf", metadata, sa.Column(key, sa.String(8), primary_key=True), *columns)
    if index:
        sa.Index("shelf_by_note", table.c.note)
    return metadata


async def opened(databases: Databases, metadata: sa.MetaData) -> None:
    """Open a database whose tables are these, and close it."""
    database = Database(databases.url("con"), metadata)
    try:
        await database.open()
    finally:
        await database.close()


@pytest.fixture
async def shelf(databases: Databases) -> Databases:
    """A database that an older version has made, with a row in it."""
    older = tables(sa.Column("title", sa.Text, nullable=False))
    database = Database(databases.url("con"), older)
    await database.open()
    await database.transact(lambda conn: conn.execute(sa.insert(older.tables["shelf"]).values(id="a", title="b")))
    await database.close()
    return databases


@pytest.fixture(autouse=True)
async def emptied(databases: Databases) -> AsyncIterator[None]:
    yield
    database = Database(databases.url("con"), sa.MetaData())
    await database.transact(lambda conn: conn.execute(sa.text("DROP TABLE IF EXISTS shelf")))
    await database.close()


async def test_an_older_database_grows_by_columns_that_may_be_empty_and_by_indexes(shelf: Databases) -> None:
    title, note = sa.Column("title", sa.Text, nullable=False), sa.Column("note", sa.Text)
    newer = tables(title, note, sa.Column("from", sa.LargeBinary), index=True)
    await opened(shelf, newer)
    await opened(shelf, newer)
    database = Database(shelf.url("con"), newer)
    try:
        table = newer.tables["shelf"]
        await database.transact(lambda conn: conn.execute(sa.insert(table).values(id="c", title="d", note="e")))
        async with database.read() as conn:
            found = [tuple(row) for row in await conn.execute(sa.select(table).order_by(table.c.id))]
            indexes = await conn.run_sync(lambda plain: sa.inspect(plain).get_indexes("shelf"))
    finally:
        await database.close()
    assert found == [("a", "b", None, None), ("c", "d", "e", None)]
    assert [index["name"] for index in indexes] == ["shelf_by_note"]


@pytest.mark.parametrize(
    ("newer", "fault"),
    [
        (
            tables(sa.Column("title", sa.Text, nullable=False), sa.Column("kind", sa.Text, nullable=False)),
            "table shelf lacks the column kind",
        ),
        (tables(sa.Column("note", sa.Text)), "table shelf needs the column title, which this version does not know"),
        (tables(sa.Column("title", sa.Text)), "the column title of table shelf may not be empty there"),
        (
            tables(sa.Column("title", sa.Text, nullable=False), sa.Column("id", sa.String(8)), key="number"),
            "the key of table shelf is id, not number",
        ),
    ],
    ids=["lacks", "needs", "empty", "key"],
)
async def test_what_does_not_fit_is_told_in_one_line(shelf: Databases, newer: sa.MetaData, fault: str) -> None:
    with pytest.raises(Unconfigured) as refused:
        await opened(shelf, newer)
    detail = refused.value.detail
    assert fault in detail
    assert "Begin with an empty one" in detail
    assert "\n" not in detail
    assert refused.value.field == "database_url"


async def test_of_many_differences_a_few_are_told(shelf: Databases) -> None:
    more = [sa.Column(f"column_{n}", sa.Text, nullable=False) for n in range(5)]
    with pytest.raises(Unconfigured, match="and 2 more"):
        await opened(shelf, tables(sa.Column("title", sa.Text, nullable=False), *more))


async def test_a_service_whose_database_does_not_fit_does_not_start(parties: Parties) -> None:
    await parties.start("portal")
    portal = parties.services["portal"]
    await portal.database.transact(lambda conn: conn.execute(sa.text("ALTER TABLE outbox DROP COLUMN queue")))
    await parties.stop("portal")
    with pytest.raises(Unconfigured, match="table outbox lacks the column queue"):
        await parties.start("portal")
    await parties.stop("portal")
    whole = Database(parties.databases.url("portal"), sa.MetaData())
    await whole.transact(lambda conn: conn.execute(sa.text("DROP TABLE outbox")))
    await whole.close()
    await parties.start("portal")
    assert await rows(parties.services["portal"], "outbox") == []
