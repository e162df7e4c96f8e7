"""The certificates of the parties' systems: issued, on record as others are, and published with whose they are.

Every change has a version. Whoever reads the roster says up to which version he has it, and so who knows of a change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.access.systems.registry_client import Readers
from aimaq.access.systems.roster import Roster, Status, System
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.eds.x509.profile import PublicKey, Role
from aimaq.language.errors import InvalidInput, NotFound, Unavailable
from aimaq.language.signing.jws import MOST
from aimaq.store.database import Database, Row
from registry_svc import texts
from registry_svc.models import certificates, next_version, systems
from registry_svc.nca.authority import SYSTEM_LIFE, Authority
from registry_svc.nca.owner import system_of
from registry_svc.nca.records import HOLD, Records, entry_of, number_of
from registry_svc.systems.roster_feed import RosterFeed

PATIENCE = 2.0
"""Seconds that whoever reads the roster has to know of a withdrawal before it is answered without him."""
_ATTEMPTS = 5

T = TypeVar("T")
Columns = systems.c


class Systems:
    """The systems' certificates of one authority in one database.

    `known` are certificates with their parties that were issued before there was a registry.
    """

    def __init__(
        self, database: Database, authority: Authority, records: Records, known: Sequence[tuple[str, x509.Certificate]]
    ) -> None:
        self._database, self._authority, self._records = database, authority, records
        self._known = list(known)
        self._enrolling = asyncio.Lock()
        self.roster_feed = RosterFeed()

    async def issue(
        self, party: str, key: PublicKey, bin_: str | None = None, organisation: str | None = None
    ) -> tuple[x509.Certificate, Readers]:
        """A certificate for the system of a party on this key, and who knows of it; the ones before stay good.

        InvalidInput if the key is not a P-256 key, with which alone messages are signed, or if there are too many.
        """
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise InvalidInput(texts.P256_ONLY, field="csr", rule="P-256")
        await self._enrol()
        owner = system_of(party, bin_, organisation)
        certificate = self._authority.issue(key, owner, role=Role.INFORMATION_SYSTEM, usage="SIGN", life=SYSTEM_LIFE)
        row = entry_of(certificate)

        def write(conn: sa.Connection) -> None:
            if conn.execute(sa.select(sa.func.count()).select_from(systems)).scalar_one() >= MOST:
                raise InvalidInput(texts.TOO_MANY_SYSTEMS.format(most=MOST), field="party", rule=f"at most {MOST}")
            conn.execute(sa.insert(certificates), row)
            conn.execute(sa.insert(systems).values(serial=row["serial"], party=party, version=next_version))

        await self._agreed(write)
        return certificate, await self.readers(number_of(certificate), PATIENCE)

    async def roster(self, after: int, wait: float, nonce: str = "", reader: str | None = None) -> SignedRoster:
        """The certificates that changed after a version, as soon as one has, or none after `wait` seconds.

        All of them if there is no such version yet. The authority signs the answer, which repeats what was asked.
        `reader` is the party who asks, if it is one of the stand's.
        """
        roster = msgspec.structs.replace(await self._changed(after, wait, reader), nonce=nonce)
        data = msgspec.json.encode(roster)
        return SignedRoster(data.decode(), self._authority.sign_roster(data))

    async def _changed(self, after: int, wait: float, reader: str | None) -> Roster:
        await self._enrol()
        with self.roster_feed.reading(reader, after):
            await self.roster_feed.newer(after, 0 if reader is None and self.roster_feed.full else wait)
        if self.roster_feed.version == after:
            return Roster(after, (), after)
        columns = (*certificates.c, Columns.party, Columns.version)
        query = sa.select(*columns).join(certificates, certificates.c.serial == Columns.serial)
        if after > self.roster_feed.version:
            after = 0
        query = query.where(Columns.version > after)
        async with self._database.read() as conn:
            rows = (await conn.execute(query.order_by(Columns.version))).all()
        self.roster_feed.post(rows[-1].version)
        return Roster(rows[-1].version, tuple(_system(dict(row._mapping)) for row in rows), after)

    async def readers(self, serial: str, wait: float) -> Readers:
        """Who knows how a certificate stands, once all who are reading do, or after `wait` seconds.

        NotFound if it is no system's.
        """
        found = await self.awaited_readers(serial, wait)
        if found is None:
            raise NotFound(texts.NO_SYSTEM, field="serial")
        return found

    async def awaited_readers(self, serial: str, wait: float = PATIENCE) -> Readers | None:
        """The same, or None at once if the certificate is no system's. A reader learns of it now."""
        await self._enrol()
        async with self._database.read() as conn:
            newest = (await conn.execute(sa.select(sa.func.max(Columns.version)))).scalar()
            version = (await conn.execute(sa.select(Columns.version).where(Columns.serial == serial))).scalar()
        if version is None:
            return None
        self.roster_feed.post(newest)
        return await self.roster_feed.known(version, wait)

    async def _enrol(self) -> None:
        """See that the certificates which were issued before there was a registry are on record with their parties."""
        async with self._enrolling:
            if self.roster_feed.version:
                return
            await self._records.enrol()
            rows = {number_of(one): (party, entry_of(one)) for party, one in self._known}

            def write(conn: sa.Connection) -> int:
                among = certificates.c.serial.in_(rows)
                there = set(conn.execute(sa.select(certificates.c.serial).where(among)).scalars())
                ours = set(conn.execute(sa.select(Columns.serial)).scalars())
                for serial, (party, row) in rows.items():
                    if serial not in there:
                        conn.execute(sa.insert(certificates), row)
                    if serial not in ours:
                        conn.execute(sa.insert(systems).values(serial=serial, party=party, version=next_version))
                newest: int = conn.execute(sa.select(sa.func.max(Columns.version))).scalar_one()
                return newest

            self.roster_feed.post(await self._agreed(write))
            self._known.clear()

    async def _agreed(self, write: Callable[[sa.Connection], T]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                return await self._database.transact(write)
            except sa.exc.IntegrityError:
                continue
        raise Unavailable(texts.BUSY)


def _system(row: Row) -> System:
    status: Status = "revoked"
    if row["reason"] in (None, HOLD):
        status = "good" if row["reason"] is None else "suspended"
    return System(
        row["party"],
        row["serial"],
        row["pem"],
        status,
        row["revoked_at"],
        row["reason"],
        row["version"],
        row["issued_at"],
        row["not_after"],
    )
