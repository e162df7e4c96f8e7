"""What the certification authority has on record: the certificates issued, and the revocation lists in force.

A withdrawal and the lists that tell of it are one transaction: the complete list, and the list of what has changed
since an earlier one, under one number. Several processes may keep the same records: the row of the complete list lets
one at a time seal new ones, and who comes after sees all that was withdrawn before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.access.systems.keystore import read_certificates
from aimaq.eds.revocation.ocsp_source import withdrawn
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.errors import AlreadyThere, NotFound, Unavailable
from aimaq.store.database import Database, Row
from registry_svc import texts
from registry_svc.models import (
    certificate_changes,
    certificates,
    delta_list,
    gbd_fl,
    next_version,
    revocation_list,
    systems,
)
from registry_svc.nca.authority import Authority, SignedList, Withdrawn
from registry_svc.nca.owner import Owner

_ATTEMPTS = 5
_AGE = 2
"""A list is replaced when this part of its life, a half, is over."""

HOLD, RESUMED = "certificateHold", "removeFromCRL"
"""The reasons of a suspension and of its end, in the words of RFC 5280."""

T = TypeVar("T")
Columns = certificates.c
List = revocation_list.c
Delta = delta_list.c
Change = certificate_changes.c


class Records:
    """The records of one authority in one database."""

    def __init__(self, database: Database, authority: Authority, issued: Sequence[x509.Certificate] = ()) -> None:
        self._database = database
        self._authority = authority
        self._issued = issued
        self._cached: SignedList | None = None

    async def keep(self, certificate: x509.Certificate, owner: Owner, person: Row, *, role: str, usage: str) -> None:
        """Record a certificate just issued, and the person (columns of `gbd_fl`) by the latest names."""
        row = _entry(certificate, str(owner), owner.iin, owner.bin, usage, role)

        async def write(conn: AsyncConnection) -> None:
            known = await conn.execute(sa.update(gbd_fl).where(gbd_fl.c.iin == person["iin"]).values(person))
            if not known.rowcount:
                await conn.execute(sa.insert(gbd_fl), person)
            await conn.execute(sa.insert(certificates), row)

        await self._agreed(write)

    async def enrol(self) -> None:
        """See that the certificates which were issued without the records, so far, are on record as well."""
        issued = self._issued
        if not issued:
            return
        rows = [entry_of(certificate) for certificate in issued]

        async def write(conn: AsyncConnection) -> None:
            among = Columns.serial.in_([row["serial"] for row in rows])
            known = set(await conn.scalars(sa.select(Columns.serial).where(among)))
            if new := [row for row in rows if row["serial"] not in known]:
                await conn.execute(sa.insert(certificates), new)

        await self._agreed(write)
        self._issued = [one for one in self._issued if one not in issued]

    def note(self, certificate: x509.Certificate) -> None:
        """Put a certificate that the authority gave to a service of its own on record, the next time it is read."""
        self._issued = [*self._issued, certificate]

    async def find(self, serial: str) -> Row:
        """The record of the certificate with this serial number; NotFound if none was issued under it."""
        await self.enrol()
        async with self._database.read() as conn:
            found = (await conn.execute(sa.select(certificates).where(Columns.serial == serial))).first()
        if found is None:
            raise NotFound(texts.NOT_ISSUED, field="serial")
        return dict(found._mapping)

    async def revoke(self, serial: str, reason: str, at: datetime) -> Row:
        """Withdraw a certificate and seal the lists that say so; the record as it then is.

        A second time changes nothing. One that was suspended is revoked as of then, as X.509 has it. NotFound if there
        is no such certificate, AlreadyThere if it was withdrawn for another reason.
        """

        async def write(conn: AsyncConnection) -> None:
            one = sa.update(certificates).where(Columns.serial == serial)
            since = (
                await conn.execute(
                    one.where(sa.or_(Columns.revoked_at.is_(None), Columns.reason == HOLD))
                    .values(revoked_at=sa.func.coalesce(Columns.revoked_at, sa.bindparam("at", at)), reason=reason)
                    .returning(Columns.revoked_at)
                )
            ).scalar()
            if since is not None:
                await self._tell(conn, serial, since, reason)

        return await self._changed(serial, write, reason)

    async def suspend(self, serial: str, at: datetime) -> Row:
        """Withdraw a certificate until it is resumed or revoked; errors as for `revoke`."""

        async def write(conn: AsyncConnection) -> None:
            fresh = sa.update(certificates).where(Columns.serial == serial, Columns.revoked_at.is_(None))
            if (await conn.execute(fresh.values(revoked_at=at, reason=HOLD))).rowcount:
                await self._tell(conn, serial, at, HOLD)

        return await self._changed(serial, write, HOLD)

    async def resume(self, serial: str, at: datetime) -> Row:
        """End a suspension. NotFound if there is no such certificate, AlreadyThere if it is revoked for good."""

        async def write(conn: AsyncConnection) -> None:
            current = sa.update(certificates).where(Columns.serial == serial, Columns.reason == HOLD)
            if (await conn.execute(current.values(revoked_at=None, reason=None))).rowcount:
                await self._tell(conn, serial, at, RESUMED)

        return await self._changed(serial, write, None)

    async def _changed(
        self, serial: str, write: Callable[[AsyncConnection], Awaitable[None]], reason: str | None
    ) -> Row:
        await self.enrol()
        await self._agreed(write)
        withdrawn()
        record = await self.find(serial)
        if record["reason"] != reason:
            before = texts.REVOKED_BEFORE.format(reason=record["reason"])
            raise AlreadyThere(texts.SUSPENDED if record["reason"] == HOLD else before, field="reason")
        return record

    async def revocation_list(self, at: datetime) -> SignedList:
        """The complete list in force; sealed anew if it has lived half its life."""
        async with self._database.read() as conn:
            number = (await conn.execute(sa.select(List.number))).scalar()
            current = self._cached
            if number is not None and (current is None or current.number != number):
                row = (await conn.execute(sa.select(List.number, List.this_update, List.next_update, List.der))).one()
                current = SignedList(**row._mapping)
        if current is None or _due(current, at):
            current = await self._agreed(self._renew)
        self._cached = current
        return current

    async def delta_list(self, at: datetime) -> SignedList:
        """The list of changes in force; sealed anew if it has lived half its life."""
        columns = (Delta.number, Delta.this_update, Delta.next_update, Delta.der)
        async with self._database.read() as conn:
            row = (await conn.execute(sa.select(*columns))).first()
        current = SignedList(**row._mapping) if row is not None else None
        return current if current is not None and not _due(current, at) else await self._agreed(self._renew_delta)

    async def _tell(self, conn: AsyncConnection, serial: str, at: datetime, reason: str) -> None:
        """Seal both lists with a change; the list of changes goes on from where it began."""
        number, last, base = await self._next(conn)
        change = {"serial": serial, "at": at, "reason": reason, "number": number}
        await conn.execute(sa.insert(certificate_changes), change)
        await conn.execute(sa.update(systems).where(systems.c.serial == serial).values(version=next_version))
        await self._sign(conn, number, first=last is None)
        await self._sign_delta(conn, number, number if base is None else base, first=base is None)

    async def _renew(self, conn: AsyncConnection) -> SignedList:
        """Seal the complete list; from here on the list of changes goes on from this one."""
        number, last, base = await self._next(conn)
        signed_list = await self._sign(conn, number, first=last is None)
        await self._sign_delta(conn, number, number, first=base is None)
        return signed_list

    async def _renew_delta(self, conn: AsyncConnection) -> SignedList:
        number, last, base = await self._next(conn)
        if last is None:
            await self._sign(conn, number, first=True)
        return await self._sign_delta(conn, number, base or last or number, first=base is None)

    async def _next(self, conn: AsyncConnection) -> tuple[int, int | None, int | None]:
        """The next number, the complete list's, and the one that the list of changes goes on from; the row is held."""
        current = sa.update(revocation_list).values(number=List.number).returning(List.number)
        last = (await conn.execute(current)).scalar()
        delta = (await conn.execute(sa.select(Delta.number, Delta.base))).first()
        return max(last or 0, delta.number if delta is not None else 0) + 1, last, delta and delta.base

    async def _sign(self, conn: AsyncConnection, number: int, *, first: bool) -> SignedList:
        columns = (Columns.serial, Columns.revoked_at, Columns.reason)
        rows = await conn.execute(sa.select(*columns).where(Columns.revoked_at.is_not(None)).order_by(Columns.serial))
        signed_list = self._authority.revocation_list(number, [_withdrawn(*row) for row in rows])
        await conn.execute(_written(revocation_list, first=first), _row(signed_list))
        return signed_list

    async def _sign_delta(self, conn: AsyncConnection, number: int, base: int, *, first: bool) -> SignedList:
        columns = (Change.serial, Change.at, Change.reason)
        rows = await conn.execute(sa.select(*columns).where(Change.number > base).order_by(Change.id))
        latest = {row.serial: _withdrawn(*row) for row in rows}
        signed_list = self._authority.delta_list(number, base, [latest[serial] for serial in sorted(latest)])
        await conn.execute(_written(delta_list, first=first), _row(signed_list) | {"base": base})
        return signed_list

    async def _agreed(self, write: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.begin() as conn:
                    return await write(conn)
            except IntegrityError:
                continue
        raise Unavailable(texts.BUSY)


def number_of(certificate: x509.Certificate) -> str:
    """The serial number as the API writes it: lower-case hexadecimal without leading zeros."""
    return f"{certificate.serial_number:x}"


def entry_of(certificate: x509.Certificate) -> Row:
    """The record of a certificate, by what stands in it."""
    known = read(certificate.public_bytes(Encoding.DER))
    person = known.person
    owner = Owner(
        common_name=person.common_name,
        surname=person.surname,
        patronymic=person.patronymic,
        iin=person.iin,
        bin=person.bin,
        organisation=person.organisation,
    )
    role = min(known.roles, default=Role.INDIVIDUAL)
    return _entry(certificate, str(owner), person.iin, person.bin, known.usage.value, role.value)


def _entry(
    certificate: x509.Certificate, subject: str, iin: str | None, bin_: str | None, usage: str, role: str
) -> Row:
    return {
        "serial": number_of(certificate),
        "subject": subject,
        "iin": iin,
        "bin": bin_,
        "usage": usage,
        "role": role,
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
        "issued_at": certificate.not_valid_before_utc,
        "not_after": certificate.not_valid_after_utc,
    }


def _due(current: SignedList, at: datetime) -> bool:
    return at >= current.this_update + (current.next_update - current.this_update) / _AGE


def _withdrawn(serial: str, at: datetime, reason: str) -> Withdrawn:
    return Withdrawn(int(serial, 16), at, x509.ReasonFlags(reason))


def _written(table: sa.Table, *, first: bool) -> sa.Insert | sa.Update:
    return sa.insert(table).values(id=1) if first else sa.update(table)


def _row(signed_list: SignedList) -> Row:
    return {
        "number": signed_list.number,
        "this_update": signed_list.this_update,
        "next_update": signed_list.next_update,
        "der": signed_list.der,
    }


def issued_in(folder: Path) -> list[x509.Certificate]:
    """The certificates in this folder, a PEM file each; none if there is no such folder."""
    return [one for path in sorted(folder.glob("*.pem")) for one in read_certificates(path)]
