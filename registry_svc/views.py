"""The read side of the registers: what a batch of messages needs, read together, and records page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from aimaq.store.database import Database, Row, among
from registry_svc.registers.books import BOOKS, Book

_LONGEST = 64
"""Letters that a key may have; a longer one is nobody's."""


class Found:
    """The rows that a batch concerns, by register and key.

    They are read together, a statement a register; a message that was held for an earlier one comes without notice,
    and its rows are read when it asks. A row that the batch itself writes is found as it will be.
    """

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._rows: dict[tuple[str, str], Row | None] = {}
        self._written: dict[tuple[str, str], Row] = {}

    def read(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Read the rows of these keys, by register."""
        for name, keys in wanted.items():
            book, fit = BOOKS[name], sorted({key for key in keys if key.isprintable() and len(key) <= _LONGEST})
            self._rows |= dict.fromkeys(((name, key) for key in keys), None)
            if fit:
                for row in self._conn.execute(_rows(name, self._conn.dialect.name), {"keys": fit}):
                    found = book.read(row)
                    self._rows[name, found[book.register.key]] = found

    def row(self, name: str, key: str) -> Row | None:
        """The row of a register, if it has one of this key."""
        if (name, key) not in self._rows:
            self.read({name: (key,)})
        return self._rows[name, key]

    def write(self, name: str, key: str, row: Row) -> Row | None:
        """Take notice that the batch writes this row over what is there.

        None if the row is now to be written; otherwise the one that the batch writes already, which now says the same:
        a statement for the whole batch cannot change one row twice.
        """
        before = self._written.setdefault((name, key), row)
        self._rows[name, key] = row
        if before is row:
            return None
        before.update(row)
        return before


@cache
def _rows(name: str, kind: str) -> sa.Select[Any]:
    book = BOOKS[name]
    return sa.select(book.table).where(among(book.key, kind))


async def one(database: Database, book: Book, key: str) -> Row | None:
    """The record of this key, if there is one."""
    async with database.read() as conn:
        row = (await conn.execute(sa.select(book.table).where(book.key == key))).first()
    return book.shown(book.read(row)) if row is not None else None


async def page(database: Database, book: Book, after: str, limit: int) -> list[Row]:
    """Records in the order of their keys, after a given one."""
    query = sa.select(book.table).where(book.key > after).order_by(book.key).limit(limit)
    async with database.read() as conn:
        return [book.shown(book.read(row)) for row in await conn.execute(query)]
