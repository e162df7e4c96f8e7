"""What a batch wants written is what the database has afterwards, whatever the values are, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aimaq.language.errors import Unconfigured
from aimaq.store.database import Database, Instant, Row
from aimaq.store.write_set import WriteSet
from tests.databases import Databases, with_tables

metadata = sa.MetaData()
things = sa.Table(
    "ledger_things",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("number", sa.BigInteger),
    sa.Column("moment", Instant),
    sa.Column("yes", sa.Boolean),
    sa.Column("facts", sa.JSON(none_as_null=True)),
    sa.Column("first", sa.LargeBinary),
    sa.Column("second", sa.LargeBinary, nullable=False),
)

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
ROWS: list[Row] = [
    {
        "id": "plain",
        "text": "өтініш",
        "number": 1,
        "moment": NOON,
        "yes": True,
        "facts": {"a": [1, None, "б"]},
        "first": b"one",
        "second": bytes(range(256)),
    },
    {
        "id": "empty",
        "text": "",
        "number": 0,
        "moment": NOON + timedelta(days=1),
        "yes": False,
        "facts": [],
        "first": b"",
        "second": b"",
    },
    {
        "id": "nothing",
        "text": None,
        "number": None,
        "moment": None,
        "yes": None,
        "facts": None,
        "first": None,
        "second": b"\0",
    },
    {
        "id": "odd",
        "text": "'\"\\\n\t{}[]:,null 🙂 \\u0041 %s :rows",
        "number": 2**62 + 1,
        "moment": NOON.astimezone(timezone(timedelta(hours=5))),
        "yes": True,
        "facts": {"'": '"'},
        "first": b"\x00\xff'" * 3000,
        "second": b"'",
    },
    {
        "id": "like a number",
        "text": "0012.50",
        "number": -5,
        "moment": NOON.replace(microsecond=0),
        "yes": False,
        "facts": {"n": 0.5},
        "first": b"12",
        "second": b"3",
    },
]


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with with_tables(databases, metadata) as made:
        yield made


async def write(database: Database, write_set: WriteSet) -> None:
    await database.write(lambda conn: write_set)


async def stored(database: Database) -> dict[str, dict[str, Any]]:
    async with database.read() as conn:
        return {row.id: dict(row._mapping) for row in await conn.execute(sa.select(things))}


def added(*rows: Row) -> WriteSet:
    write_set = WriteSet()
    write_set.add(things, list(rows))
    return write_set


async def test_rows_are_kept_as_they_are(database: Database) -> None:
    await write(database, added(*ROWS))
    assert await stored(database) == {row["id"]: row for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
async def test_a_row_alone_is_kept_as_it_is(database: Database, row: Row) -> None:
    await write(database, added(row))
    assert await stored(database) == {row["id"]: row}


async def test_a_text_is_not_cut_off_at_a_character_that_ends_texts_elsewhere(database: Database) -> None:
    if database.kind == "postgresql":  # which takes no such text at all, and says so
        with pytest.raises(sa.exc.DBAPIError):
            await write(database, added(ROWS[0] | {"text": "a\0b"}))
        return
    await write(database, added(ROWS[0] | {"text": "a\0b"}, ROWS[2]))
    assert (await stored(database))["plain"]["text"] == "a\0b"
    assert (await stored(database))["nothing"] == ROWS[2]
    write_set = WriteSet()
    write_set.change(things, "id", [{"id": "plain", "text": "\0", "first": b"\0"}])
    write_set.remove(things, "id", ["nothing", "\0"])
    await write(database, write_set)
    assert await stored(database) == {"plain": ROWS[0] | {"text": "\0", "first": b"\0"}}


async def test_rows_are_changed_by_their_key_and_others_are_let_be(database: Database) -> None:
    await write(database, added(*ROWS))
    write_set = WriteSet()
    changes: list[Row] = [
        {"id": "plain", "text": None, "moment": NOON + timedelta(hours=1), "second": b""},
        {"id": "odd", "text": "even", "moment": None, "second": b"many" * 5000},
        {"id": "not there", "text": "nobody", "moment": NOON, "second": b""},
    ]
    write_set.change(things, "id", changes)
    await write(database, write_set)
    expected = {row["id"]: row for row in ROWS}
    for change in changes[:2]:
        expected[change["id"]] = expected[change["id"]] | change
    assert await stored(database) == expected


async def test_rows_are_added_changed_and_removed_together(database: Database) -> None:
    await write(database, added(*ROWS[:2]))
    write_set = added(*ROWS[3:])
    write_set.change(things, "id", [{"id": "empty", "first": None}])
    write_set.remove(things, "id", ["plain", "not there"])
    await write(database, write_set)
    assert await stored(database) == {"empty": ROWS[1] | {"first": None}} | {row["id"]: row for row in ROWS[3:]}


async def test_a_key_that_is_there_already_keeps_all_of_it_from_being_written(database: Database) -> None:
    await write(database, added(ROWS[0]))
    write_set = added(ROWS[1], ROWS[0])
    write_set.change(things, "id", [{"id": "plain", "text": "other"}])
    with pytest.raises(sa.exc.IntegrityError):
        await write(database, write_set)
    assert await stored(database) == {"plain": ROWS[0]}


async def test_a_file_finds_what_is_changed_and_removed_by_its_key(tmp_path: Path) -> None:
    """And does not go through the table for each row of a batch."""
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}", metadata)
    await database.open()
    statements: list[str] = []

    def explained(conn: sa.Connection) -> WriteSet:
        def explain(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: Any) -> None:
            if statement.startswith(("UPDATE", "DELETE")):
                plan = cursor.connection.cursor()
                plan.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                statements.extend(row[-1] for row in plan.fetchall())

        sa.event.listen(conn, "before_cursor_execute", explain)
        write_set = WriteSet()
        write_set.change(things, "id", [{"id": "plain", "text": "x"}])
        write_set.remove(things, "id", ["plain"])
        return write_set

    try:
        await database.write(explained)
    finally:
        await database.close()
    assert sum("SEARCH ledger_things USING" in line for line in statements) == 2
    assert not any(line.startswith("SCAN ledger_things") for line in statements)


def test_a_sqlite_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 32, 3))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.32.3")
    with pytest.raises(Unconfigured, match=r"SQLite is 3\.32\.3, and 3\.33 is needed"):
        Database(f"sqlite:///{tmp_path / 'ledger.db'}", metadata)
