"""The write set of a batch: every row it wants added, changed or removed, written together at the end.

On PostgreSQL it is one statement, whatever is in it: a statement commits by itself and is done whole or not at all,
so a transaction costs one round trip and not seven. Rows go there as JSON, a parameter a table, and their bytes beside
it as arrays: an array a column costs the driver more than all the rest of a small batch. SQLite has no round trips to
save and gets a statement a table, with the rows as JSON too and their bytes one after another: a statement is one call
into its library, which other threads need not wait for, where a call a row would have to wait for them each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import Grouping

from aimaq.store.database import STATEMENTS, Row

_PLACE = "place_"
"""The column of the JSON that says where in the arrays the bytes of a row are, from 1."""

_NUL = "\\u0000"
"""How JSON writes a NUL, where SQLite would end a text that it takes from JSON."""

_FILE = sqlite.dialect()
_encoder = msgspec.json.Encoder()


class Entry(NamedTuple):
    """One kind of writing: rows added to a table, or changed or removed by their `key`.

    Statements are remembered by it, so its columns are sorted: the order in which a row names them makes no other kind.
    """

    what: str
    table: sa.Table
    key: str
    columns: tuple[str, ...]

    @property
    def binary(self) -> dict[str, int]:
        """The columns of bytes, in their order, each with its place among the columns."""
        return {name: place for place, name in enumerate(self.columns) if name in _binary(self.table)}


@lru_cache(STATEMENTS)
def _binary(table: sa.Table) -> frozenset[str]:
    return frozenset(column.name for column in table.c if isinstance(column.type, sa.LargeBinary))


def _columns(row: Row) -> tuple[str, ...]:
    return tuple(sorted(row))


def _place(entry: Entry) -> tuple[str, str, str, tuple[str, ...]]:
    """Where an entry stands in a statement for many: in the same place, whichever came first."""
    return entry.table.name, entry.what, entry.key, entry.columns


class WriteSet:
    """What is to be written, by kind. Rows of one kind have the same columns."""

    def __init__(self) -> None:
        self._rows: dict[Entry, list[Row]] = defaultdict(list)

    def add(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Add these rows."""
        if rows:
            self._rows[Entry("add", table, "", _columns(rows[0]))] += rows

    def change(self, table: sa.Table, key: str, rows: Sequence[Row]) -> None:
        """Change the rows that have these values of `key`; all other columns given are set."""
        if rows:
            self._rows[Entry("change", table, key, _columns(rows[0]))] += rows

    def remove(self, table: sa.Table, key: str, values: Sequence[str]) -> None:
        """Remove the rows that have these values of `key`."""
        if values:
            self._rows[Entry("remove", table, key, (key,))] += [{key: value} for value in values]

    def rows(self, table: sa.Table) -> list[Row]:
        """The rows that are to be added to a table."""
        return [row for entry, rows in self._rows.items() if entry[:2] == ("add", table) for row in rows]

    def changes(self, table: sa.Table) -> list[Row]:
        """The rows of a table that are to be changed, with the columns that are."""
        return [row for entry, rows in self._rows.items() if entry[:2] == ("change", table) for row in rows]

    def write(self, conn: sa.Connection) -> None:
        """Write all of it; IntegrityError if the database has a row of the same key already."""
        if not self._rows:
            return
        if conn.dialect.name == "postgresql":
            values: dict[str, Any] = {}
            entries = tuple(sorted(self._rows, key=_place))
            for index, entry in enumerate(entries):
                values |= _for_server(index, entry, self._rows[entry])
            conn.execute(_at_once(entries), values)
            return
        for entry, rows in self._rows.items():
            values = _for_file(entry, rows)
            if _NUL in values["rows"]:  # SQLite would end the text there
                conn.execute(_one_by_one(entry), [{f"the_{name}": row[name] for name in entry.columns} for row in rows])
            else:
                conn.execute(_at_one_go(entry), values)


@lru_cache(STATEMENTS)
def _one_by_one(entry: Entry) -> sa.Executable:
    """The statement for one row of many."""
    return _statement(entry, {n: sa.bindparam(f"the_{n}", type_=entry.table.c[n].type) for n in entry.columns})


@lru_cache(STATEMENTS)
def _at_one_go(entry: Entry) -> sa.Executable:
    """The statement for all rows."""
    row = sa.func.json_each(sa.bindparam("rows", type_=sa.Text)).table_valued("value", name="given").c.value

    def value_at(place: int) -> sa.ColumnElement[Any]:
        return sa.func.json_extract(row, sa.literal_column(f"'$[{place}]'"))

    values = {name: value_at(place) for place, name in enumerate(entry.columns)}
    for size, name in enumerate(entry.binary, start=len(entry.columns)):
        values[name] = sa.func.substr(sa.bindparam(name, type_=sa.LargeBinary), values[name], value_at(size))
    return _statement(entry, values, from_rows=True)


def _statement(
    entry: Entry, values: dict[str, sa.ColumnElement[Any]], *, from_rows: bool = False
) -> sa.Insert | sa.Update | sa.Delete:
    """The writing of an entry with these values; they are columns of other rows if `from_rows`."""
    what, table, key, columns = entry
    if what == "add":
        added = sa.insert(table)
        return added.from_select(list(columns), sa.select(*values.values())) if from_rows else added.values(values)
    if what == "remove":
        return sa.delete(table).where(
            table.c[key].in_(sa.select(values[key])) if from_rows else table.c[key] == values[key]
        )
    changed = {name: values[name] for name in columns if name != key}
    return sa.update(table).where(table.c[key] == values[key]).values(changed)


def _for_file(entry: Entry, rows: Sequence[Row]) -> dict[str, Any]:
    """The parameters that have these rows for SQLite; where a row's bytes begin and how many they are is in the row."""
    binary, spelling = entry.binary, _spelling(entry)
    joined = {name: bytearray(b"-") for name in binary}  # SQLite takes no bytes at all for NULL
    written = []
    for row in rows:
        values = [row[name] for name in entry.columns]
        for place, spell in spelling:
            if values[place] is not None:
                values[place] = spell(values[place])
        for name, place in binary.items():
            data = values[place]
            if data is None:
                values.append(None)
                continue
            values[place] = len(joined[name]) + 1
            values.append(len(data))
            joined[name] += data
        written.append(values)
    return {"rows": _encoder.encode(written).decode()} | {name: bytes(data) for name, data in joined.items()}


@lru_cache(STATEMENTS)
def _spelling(entry: Entry) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """By place, how the values of those columns are written down that SQLite has no type for."""
    found = []
    for place, name in enumerate(entry.columns):
        spell = entry.table.c[name].type.dialect_impl(_FILE).bind_processor(_FILE)
        if spell is not None and name not in entry.binary:
            found.append((place, spell))
    return tuple(found)


def _for_server(index: int, entry: Entry, rows: Sequence[Row]) -> dict[str, Any]:
    """The parameters that have these rows."""
    binary = entry.binary
    parameters: dict[str, Any] = {f"{name}_{index}": [row[name] for row in rows] for name in binary}
    if binary:
        rows = [
            {name: value for name, value in row.items() if name not in binary} | {_PLACE: place}
            for place, row in enumerate(rows, start=1)
        ]
    parameters[f"rows_{index}"] = _encoder.encode(rows).decode()
    return parameters


@lru_cache(STATEMENTS)
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
        statement = _statement(entry, values, from_rows=True)
        if what == "remove":  # by a join, as the changes: SQLite has none in a removal
            statement = sa.delete(table).where(table.c[key] == rows.c[key])
        parts.append(statement.cte(f"written_{index}"))
    return sa.select(sa.literal(1)).add_cte(*parts)


def _array(name: str, index: int) -> sa.ColumnElement[Any]:
    """The bytes of a column, in brackets: what follows is to be a place in them, and not a part of their type."""
    return Grouping(sa.bindparam(f"{name}_{index}", type_=sa.ARRAY(sa.LargeBinary)))
