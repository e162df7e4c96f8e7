"""The books of the registers: for each the table it is kept in and the shape of its records, and how they are written.

The certification authority's book is its certificates: it is asked like the others, and written by issuing only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from aimaq.store.database import Row
from aimaq.regulation.model.registers import REGISTERS, Register
from registry_svc import models
from registry_svc.registers import schemas as shapes
from registry_svc.registers.schemas import Shape


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _facts(row: Row) -> Row:
    return {**row["facts"], "iin": row["iin"]}


def _certificate(row: Row) -> Row:
    return {
        "status": "good" if row["revoked_at"] is None else "revoked",
        "iin": row["iin"] or "",
        "usage": row["usage"],
        "not_before": row["issued_at"],
        "not_after": row["not_after"],
    }


@dataclass(frozen=True, slots=True)
class Book:
    """One register's book. `shown` makes the record of a row; `shape` is None where records are not written here."""

    register: Register
    table: sa.Table
    shape: type[Shape] | None
    shown: Callable[[Row], Row] = _plain

    @property
    def key(self) -> sa.Column[Any]:
        """The column that tells the records apart."""
        return self.table.c[self.register.key]

    def row(self, record: Shape, now: datetime) -> Row:
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


def _book(name: str, table: sa.Table, shape: type[Shape] | None, shown: Callable[[Row], Row] = _plain) -> Book:
    return Book(REGISTERS[name], table, shape, shown)


BOOKS: dict[str, Book] = {
    book.register.name: book
    for book in (
        _book("gbd_fl", models.gbd_fl, shapes.Person),
        _book("gbd_ul", models.gbd_ul, shapes.Organisation),
        _book("enis", models.enis, shapes.Power),
        _book("labour_market", models.labour_market, shapes.Card),
        _book("oralman", models.oralman, shapes.Repatriate),
        Book(REGISTERS["nca"], models.certificates, None, _certificate),
        _book("is_1", models.is_1, shapes.Facts, _facts),
        _book("is_2", models.is_2, shapes.Facts, _facts),
        _book("is_3", models.is_3, shapes.Facts, _facts),
    )
}
"""The books, by the registers' short names."""
