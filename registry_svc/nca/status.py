"""How certificates stand: issued here or not, withdrawn or not, as the database has it when it is asked.

Whoever asks while the database is busy with the question of another shares the next one, so that many verifiers at
once cost little more than one. Nothing is remembered: a withdrawal, whichever process made it, is seen at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography import x509

from aimaq.store.database import Database
from registry_svc.models import certificates
from registry_svc.nca.authority import Authority
from registry_svc.nca.crl import Withdrawn
from registry_svc.nca.records import Records

MOST = 500
"""Certificates in one question to the database."""


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """What is on record of a serial number: whether a certificate bears it, and its withdrawal if there was one."""

    issued: bool
    withdrawn: Withdrawn | None = None


_UNKNOWN = CertificateStatus(issued=False)
_GOOD = CertificateStatus(issued=True)


class RootStatuses:
    """How what the root issued stands: its own certificate and the issuing authority's are good, and there is no other.

    A root withdraws by beginning anew, as `Authority.root_list` says too.
    """

    def __init__(self, authority: Authority) -> None:
        self._issued = frozenset(one.serial_number for one in (authority.root, authority.certificate))

    async def of(self, serial: int) -> CertificateStatus:
        """How the certificate with this serial number stands."""
        return _GOOD if serial in self._issued else _UNKNOWN


class CertificateStatuses:
    """How the certificates of the authority with these records in this database stand."""

    def __init__(self, database: Database, records: Records) -> None:
        self._database = database
        self._records = records
        self._waiting: list[tuple[str, asyncio.Future[CertificateStatus]]] = []
        self._task: asyncio.Task[None] | None = None

    async def of(self, serial: int) -> CertificateStatus:
        """How the certificate with this serial number stands now; Unavailable if the database is out of reach."""
        future: asyncio.Future[CertificateStatus] = asyncio.get_running_loop().create_future()
        self._waiting.append((f"{serial:x}", future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="read standings")
        return await future

    async def _work(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                found = await self._read({serial for serial, _ in asked})
            except Exception as error:
                for _, future in asked:
                    if not future.done():
                        future.set_exception(error)
            else:
                for serial, future in asked:
                    if not future.done():
                        future.set_result(found.get(serial, _UNKNOWN))

    async def _read(self, serials: set[str]) -> dict[str, CertificateStatus]:
        await self._records.enrol()
        columns = (certificates.c.serial, certificates.c.revoked_at, certificates.c.reason)
        async with self._database.read() as conn:
            rows = await conn.execute(sa.select(*columns).where(certificates.c.serial.in_(serials)))
            return {
                serial: _GOOD
                if at is None
                else CertificateStatus(issued=True, withdrawn=Withdrawn(int(serial, 16), at, x509.ReasonFlags(reason)))
                for serial, at, reason in rows
            }
