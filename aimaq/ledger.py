"""The ledger of a batch: every row it wants added, changed or removed, written together at the end.

On PostgreSQL it is one statement, whatever is in it: a statement commits by itself and is done whole or not at all,
so a transaction costs one round trip and not seven. SQLite has no round trips to save and gets a statement a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from aimaq.db import Row


class Entry(NamedTuple):
    """One kind of writing: rows added to a table, or changed or removed by their `key`."""

    what: str
    table: sa.Table
    key: str
    columns: tuple[str, ...]


class Ledger:
    """What is to be written, by kind. Rows of one kind have the same columns."""

    def __init__(self) -> None:
        self._rows: dict[Entry, list[Row]] = defaultdict(list)

    def add(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Add these rows."""
        if rows:
            self._rows[Entry("add", table, "", tuple(rows[0]))] += rows

    def change(self, table: sa.Table, key: str, rows: Sequence[Row]) -> None:
        """Change the rows that have these values of `key`; all other columns given are set."""
        if rows:
            self._rows[Entry("change", table, key, tuple(rows[0]))] += rows

    def remove(self, table: sa.Table, key: str, values: Sequence[str]) -> None:
        """Remove the rows that have these values of `key`."""
        if values:
            self._rows[Entry("remove", table, key, (key,))] += [{key: value} for value in values]

    def rows(self, table: sa.Table) -> list[Row]:
        """The rows that are to be added to a table."""
        return [row for entry, rows in self._rows.items() if entry[:2] == ("add", table) for row in rows]

    def write(self, conn: sa.Connection) -> None:
        """Write all of it; IntegrityError if the database has a row of the same key already."""
        if not self._rows:
            return
        if conn.dialect.name == "postgresql":
            values: dict[str, Any] = {
                f"{column}_{index}": [row[column] for row in rows]
                for index, (entry, rows) in enumerate(self._rows.items())
                for column in entry.columns
            }
            conn.execute(_at_once(tuple(self._rows)), values)
            return
        for entry, rows in self._rows.items():
            if entry.what == "add":
                conn.execute(_one_by_one(entry), rows)
            else:
                conn.execute(_one_by_one(entry), [row | {"the_key": row[entry.key]} for row in rows])


@cache
def _one_by_one(entry: Entry) -> sa.Executable:
    what, table, key, columns = entry
    if what == "add":
        return sa.insert(table)
    chosen = table.c[key] == sa.bindparam("the_key") if key else sa.true()
    if what == "remove":
        return sa.delete(table).where(chosen)
    return sa.update(table).where(chosen).values({name: sa.bindparam(name) for name in columns if name != key})


@cache
def _at_once(entries: tuple[Entry, ...]) -> sa.Executable:
    """All the writing in one statement, the rows as arrays; there are as many of these as kinds of batch."""
    parts = []
    for index, (what, table, key, columns) in enumerate(entries):
        arrays = [sa.bindparam(f"{name}_{index}", type_=sa.ARRAY(table.c[name].type)) for name in columns]
        given = sa.func.unnest(*arrays).table_valued(
            *(sa.column(name, table.c[name].type) for name in columns), name=f"given_{index}"
        )
        rows = given.render_derived()
        chosen = table.c[key] == rows.c[key] if key else sa.true()
        statement: sa.Insert | sa.Update | sa.Delete
        if what == "add":
            statement = sa.insert(table).from_select(list(columns), sa.select(*(rows.c[name] for name in columns)))
        elif what == "change":
            statement = sa.update(table).where(chosen).values({n: rows.c[n] for n in columns if n != key})
        else:
            statement = sa.delete(table).where(chosen)
        parts.append(statement.cte(f"written_{index}"))
    return sa.select(sa.literal(1)).add_cte(*parts)
