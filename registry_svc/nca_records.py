"""What the certification authority has on record: the certificates issued, and the revocation list in force.

A withdrawal and the list that tells of it are one transaction. Several processes may keep the same records: the row of
the list lets one at a time seal a new one, and who comes after sees all that was withdrawn before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.db import Database, Row
from aimaq.errors import AlreadyThere, NotFound, Unavailable
from registry_svc.models import certificates, persons, revocation_list
from registry_svc.nca import Authority, Sealed, Withdrawn
from registry_svc.owner import Owner

_ATTEMPTS = 5
_AGE = 2
"""A list is replaced when this part of its life, a half, is over."""

T = TypeVar("T")
Columns = certificates.c
List = revocation_list.c


class Records:
    """The records of one authority in one database."""

    def __init__(self, database: Database, authority: Authority) -> None:
        self._database = database
        self._authority = authority
        self._held: Sealed | None = None

    async def keep(self, certificate: x509.Certificate, owner: Owner, person: Row, *, role: str, usage: str) -> None:
        """Record a certificate just issued, and the person (the columns of `persons`) by the latest names."""
        row: Row = {
            "serial": number_of(certificate),
            "subject": str(owner),
            "iin": owner.iin,
            "bin": owner.bin,
            "usage": usage,
            "role": role,
            "pem": certificate.public_bytes(Encoding.PEM).decode(),
            "issued_at": certificate.not_valid_before_utc,
            "not_after": certificate.not_valid_after_utc,
        }

        async def write(conn: AsyncConnection) -> None:
            known = await conn.execute(sa.update(persons).where(persons.c.iin == person["iin"]).values(person))
            if not known.rowcount:
                await conn.execute(sa.insert(persons), person)
            await conn.execute(sa.insert(certificates), row)

        await self._agreed(write)

    async def find(self, serial: str) -> Row:
        """The record of the certificate with this serial number; NotFound if none was issued under it."""
        async with self._database.read() as conn:
            found = (await conn.execute(sa.select(certificates).where(Columns.serial == serial))).first()
        if found is None:
            raise NotFound("no certificate with this serial number was issued here", field="serial")
        return dict(found._mapping)

    async def revoke(self, serial: str, reason: str, at: datetime) -> Row:
        """Withdraw a certificate and seal the list that says so; the record as it then is.

        A second time changes nothing. NotFound if there is no such certificate, AlreadyThere if it was withdrawn for
        another reason.
        """

        async def write(conn: AsyncConnection) -> None:
            fresh = sa.update(certificates).where(Columns.serial == serial, Columns.revoked_at.is_(None))
            if (await conn.execute(fresh.values(revoked_at=at, reason=reason))).rowcount:
                await self._seal(conn)

        await self._agreed(write)
        record = await self.find(serial)
        if record["reason"] != reason:
            raise AlreadyThere(f"the certificate was revoked before, for {record['reason']}", field="reason")
        return record

    async def revocation_list(self, at: datetime) -> Sealed:
        """The list in force; sealed anew if it has lived half its life."""
        async with self._database.read() as conn:
            number = (await conn.execute(sa.select(List.number))).scalar()
            held = self._held
            if number is not None and (held is None or held.number != number):
                row = (await conn.execute(sa.select(List.number, List.this_update, List.next_update, List.der))).one()
                held = Sealed(**row._mapping)
        if held is None or at >= held.this_update + (held.next_update - held.this_update) / _AGE:
            held = await self._agreed(self._seal)
        self._held = held
        return held

    async def _seal(self, conn: AsyncConnection) -> Sealed:
        bumped = sa.update(revocation_list).values(number=List.number + 1).returning(List.number)
        number = (await conn.execute(bumped)).scalar()
        columns = (Columns.serial, Columns.revoked_at, Columns.reason)
        rows = await conn.execute(sa.select(*columns).where(Columns.revoked_at.is_not(None)).order_by(Columns.serial))
        withdrawn = [Withdrawn(int(serial, 16), at, x509.ReasonFlags(reason)) for serial, at, reason in rows]
        sealed = self._authority.revocation_list(number or 1, withdrawn)
        row: Row = {
            "number": sealed.number,
            "this_update": sealed.this_update,
            "next_update": sealed.next_update,
            "der": sealed.der,
        }
        if number is None:
            await conn.execute(sa.insert(revocation_list), row | {"id": 1})
        else:
            await conn.execute(sa.update(revocation_list).values(row))
        return sealed

    async def _agreed(self, write: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.begin() as conn:
                    return await write(conn)
            except IntegrityError:
                continue
        raise Unavailable("others keep changing the same records")


def number_of(certificate: x509.Certificate) -> str:
    """The serial number as the API writes it: lower-case hexadecimal without leading zeros."""
    return f"{certificate.serial_number:x}"
