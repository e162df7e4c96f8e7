"""The read side of the registers: what a batch of messages needs, read together, and records page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import Field

from aimaq.store.database import STATEMENTS, Database, Row, among
from aimaq.web.schemas import View
from registry_svc.registers.books import BOOKS, Book

_LONGEST = 64
"""Letters that a key may have; a longer one is nobody's."""


PartyName = Literal["portal", "con", "lea", "gateway", "registry"]


@dataclass(frozen=True, slots=True)
class Issued(View):
    """A certificate that was issued: its serial number, and itself in PEM."""

    serial: str
    certificate: str


@dataclass(frozen=True, slots=True)
class AdministrationSession(View):
    """A session of whoever administers: the token for one service, and until when it is good.

    `refresh` renews it, at the registry alone: for as long as the session lasts and its account is what it was.
    """

    token: str
    until: datetime
    refresh: str


@dataclass(frozen=True, slots=True)
class SignInChallenge(View):
    """A challenge for whoever signs in with a certificate: its ASCII bytes are to be signed, once and until then."""

    challenge: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AdministratorAccount(View):
    """An account of whoever administers; `party` is whose service alone, if it is bound to one.

    `body` is the body of which alone it sees what the gateway has, `iin` whose certificate opens it, if one does.
    """

    name: str
    roles: list[str]
    party: str | None
    body: str | None
    disabled: bool
    iin: str | None


@dataclass(frozen=True, slots=True)
class Permit(View):
    """A permit that a party's system is certified on a new key, for the call that rotates it."""

    permit: str


@dataclass(frozen=True, slots=True)
class RolePermissions(View):
    """A role, and what it permits."""

    role: str
    permissions: list[str]


@dataclass(frozen=True, slots=True)
class PublicKey(View):
    """A public key as a JWK (RFC 7517). The header of a session names its `kid`, and its certificate (`x5t#S256`)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    x5t_s256: Annotated[str, Field(serialization_alias="x5t#S256")]
    use: Literal["sig"] = "sig"
    alg: Literal["ES256"] = "ES256"


@dataclass(frozen=True, slots=True)
class KeySet(View):
    """The keys that sessions are signed with."""

    keys: list[PublicKey]


@dataclass(frozen=True, slots=True)
class Certificate(View):
    """A certificate on record, and whether it was suspended or revoked."""

    serial: str
    certificate: str
    subject: str
    usage: str
    role: str | None
    issued_at: datetime
    not_after: datetime
    status: Literal["good", "suspended", "revoked"]
    revoked_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReadCertificate(Certificate):
    """A system's certificate, and which parties are known to know how it stands, and which are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemEntry(View):
    """A certificate of a party's system, in PEM, and how it stands since when; `version` is that of the last change."""

    party: PartyName
    serial: str
    certificate: str
    status: Literal["good", "suspended", "revoked"]
    since: datetime | None
    reason: str | None
    version: int
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Listing(View):
    """The systems' certificates that changed, in the order of their changes, and the version that they make.

    `after` is the version that they go on from, 0 if these are all; `nonce` is that of the question.
    """

    version: int
    systems: list[SystemEntry]
    after: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Readers(View):
    """Which parties are known to know how the certificate stands, and which are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemIssued(Readers):
    """A new certificate of a system, and who knows of it."""

    party: PartyName
    serial: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Done(View):
    """How many records were written."""

    written: int


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


@lru_cache(STATEMENTS)
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
