"""The books of the registers: for each the table it is kept in and the schema of its records, and how they are written.

The certification authority's book is its certificates: it is asked like the others, and written by issuing only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from aimaq.regulation.model import registers
from aimaq.regulation.model.registers import REGISTERS, Register
from aimaq.regulation.validation.completeness import Lack, Table, compare
from aimaq.store.database import Row
from registry_svc import models
from registry_svc.registers import schemas
from registry_svc.registers.schemas import SCHEMAS, Record


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _facts(row: Row) -> Row:
    return {**row["facts"], "iin": row["iin"]}


def _certificate(row: Row) -> Row:
    return {
        "status": "good" if row["revoked_at"] is None else "revoked",
        "iin": row["iin"] or "",
        "bin": row["bin"] or "",
        "usage": row["usage"],
        "not_before": row["issued_at"],
        "not_after": row["not_after"],
    }


@dataclass(frozen=True, slots=True)
class Book:
    """One register's book. `shown` makes the record of a row; `schema` is None where records are not written here."""

    register: Register
    table: sa.Table
    schema: type[Record] | None
    shown: Callable[[Row], Row] = _plain

    @property
    def key(self) -> sa.Column[Any]:
        """The column that tells the records apart."""
        return self.table.c[self.register.key]

    def row(self, record: Record, now: datetime) -> Row:
        """A record as a row of the table. Who is entered without a moment is entered now."""
        row = record.model_dump(by_alias=True)
        if "facts" in self.table.c:
            return {"iin": row.pop("iin"), "facts": row}
        for name in ("address", "document"):
            if row.get(name) is not None:
                row[name] = record.model_dump(mode="json", by_alias=True, include={name}, exclude_none=True)[name]
        if "entered_at" in row:
            row["entered_at"] = (row["entered_at"] or now).astimezone(UTC)
        return row

    def read(self, row: sa.Row[Any]) -> Row:
        """A row as it was selected, by the plain names of its columns."""
        return dict(zip(self._names, row, strict=True))

    @property
    def _names(self) -> list[str]:
        return [str(name) for name, _ in self.table.c.items()]

    def put(self, conn: sa.Connection, rows: Sequence[Row]) -> None:
        """Write these rows over those of the same keys, if there are any."""
        insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
        statement = insert(self.table)
        others = {name: statement.excluded[name] for name in self._names if name != self.register.key}
        conn.execute(statement.on_conflict_do_update(index_elements=[self.key], set_=others), list(rows))

    def remove(self, conn: sa.Connection, key: str) -> bool:
        """Strike a record out; whether there was one."""
        return bool(conn.execute(sa.delete(self.table).where(self.key == key)).rowcount)


_TABLES = {"nca": models.certificates.name}
"""The table that a register is kept in, where it bears another name than the register."""

_SHOWN = {"nca": _certificate, "is_1": _facts, "is_2": _facts, "is_3": _facts}
"""How the record of a row is made, where it is not the row itself."""


def _table(name: str) -> str:
    return _TABLES.get(name, name)


def lacks() -> Iterator[Lack]:
    """Every register without a table or a schema, and every schema without a register."""
    written = [name for name, one in REGISTERS.items() if one.written]
    declared = Table(registers.__name__, written, "its declaration")
    yield from compare("register", declared, Table(schemas.__name__, SCHEMAS, "a schema of its records"))
    declared = Table(registers.__name__, REGISTERS, "its declaration")
    yield from compare("register", declared, Table(models.__name__, BOOKS, "a table of its name"))


BOOKS: dict[str, Book] = {
    name: Book(one, models.metadata.tables[_table(name)], SCHEMAS.get(name), _SHOWN.get(name, _plain))
    for name, one in REGISTERS.items()
    if _table(name) in models.metadata.tables
}
"""The books, by the registers' short names; `lacks` tells which there should be."""
