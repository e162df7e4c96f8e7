"""The ledger of a batch: every row it wants added, changed or removed, written together at the end.

On PostgreSQL it is one statement, whatever is in it: a statement commits by itself and is done whole or not at all,
so a transaction costs one round trip and not seven. Rows go there as JSON, a parameter a table, and their bytes beside
it as arrays: an array a column costs the driver more than all the rest of a small batch. SQLite has no round trips to
save and gets a statement a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from aimaq.db import Row

_PLACE = "place_"
"""The column of the JSON that says where in the arrays the bytes of a row are, from 1."""

_encoder = msgspec.json.Encoder()


class Entry(NamedTuple):
    """One kind of writing: rows added to a table, or changed or removed by their `key`."""

    what: str
    table: sa.Table
    key: str
    columns: tuple[str, ...]

    @property
    def binary(self) -> frozenset[str]:
        """The columns of bytes."""
        return _binary(self.table) & frozenset(self.columns)


@cache
def _binary(table: sa.Table) -> frozenset[str]:
    return frozenset(column.name for column in table.c if isinstance(column.type, sa.LargeBinary))


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
            values: dict[str, Any] = {}
            for index, (entry, rows) in enumerate(self._rows.items()):
                values |= _given(index, entry, rows)
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


def _given(index: int, entry: Entry, rows: Sequence[Row]) -> dict[str, Any]:
    """The parameters that have these rows."""
    binary = entry.binary
    given: dict[str, Any] = {f"{name}_{index}": [row[name] for row in rows] for name in binary}
    if binary:
        rows = [
            {name: value for name, value in row.items() if name not in binary} | {_PLACE: place}
            for place, row in enumerate(rows, start=1)
        ]
    given[f"rows_{index}"] = _encoder.encode(rows).decode()
    return given


@cache
def _at_once(entries: tuple[Entry, ...]) -> sa.Executable:
    """All the writing in one statement; there are as many of these as kinds of batch."""
    parts = []
    for index, entry in enumerate(entries):
        what, table, key, columns = entry
        plain = [sa.column(name, table.c[name].type) for name in columns if name not in entry.binary]
        place = [sa.column(_PLACE, sa.Integer)] if entry.binary else []
        text = sa.cast(sa.bindparam(f"rows_{index}", type_=sa.Text), sa.JSON)
        rows = sa.func.json_to_recordset(text).table_valued(*plain, *place, name=f"given_{index}")
        rows = rows.render_derived(with_types=True)
        values = {
            name: _array(name, index)[rows.c[_PLACE]] if name in entry.binary else rows.c[name] for name in columns
        }
        chosen = table.c[key] == rows.c[key] if key else sa.true()
        statement: sa.Insert | sa.Update | sa.Delete
        if what == "add":
            statement = sa.insert(table).from_select(list(columns), sa.select(*values.values()))
        elif what == "change":
            statement = sa.update(table).where(chosen).values({n: values[n] for n in columns if n != key})
        else:
            statement = sa.delete(table).where(chosen)
        parts.append(statement.cte(f"written_{index}"))
    return sa.select(sa.literal(1)).add_cte(*parts)


def _array(name: str, index: int) -> sa.ColumnElement[Any]:
    """The bytes of a column, in brackets: what follows is to be a place in them, and not a part of their type."""
    return Grouping(sa.bindparam(f"{name}_{index}", type_=sa.ARRAY(sa.LargeBinary)))
