"""The authority's records, in either kind of database: what is withdrawn is on the list from that moment on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509

from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.errors import AlreadyThere, NotFound, Unavailable
from aimaq.language.ids import Ids
from aimaq.store.database import Database
from registry_svc.models import gbd_fl, metadata
from registry_svc.nca.authority import LIST_LIFE, Authority
from registry_svc.nca.owner import Owner
from registry_svc.nca.records import Records, number_of
from tests.databases import Databases
from tests.eds.pki import IIN, curve_key
from tests.parties import BASE

HOUR = timedelta(hours=1)


class Office:
    """An authority with its records, as one process has it."""

    def __init__(self, home: Path, url: str) -> None:
        self.clock = StandClock(lambda: BASE)
        self.authority = Authority.load(home / "nca", self.clock, Ids(self.clock))
        self.database = Database(url, metadata)
        self.records = Records(self.database, self.authority)

    async def issue(self, surname: str = "Ахметова", iin: str = IIN) -> str:
        person = {"iin": iin, "surname": surname, "given": "Айгүл", "patronymic": ""}
        owner = Owner.person(surname=surname, given_name="Айгүл", patronymic="", iin=iin, bin=None, organisation="")
        certificate = self.authority.issue(curve_key().public_key(), owner, role=Role.INDIVIDUAL, usage="SIGN")
        await self.records.keep(certificate, owner, person, role="individual", usage="SIGN")
        return number_of(certificate)

    async def listed(self) -> tuple[int, set[str]]:
        """The number of the list in force, and who is on it."""
        signed_list = await self.records.revocation_list(self.clock.now())
        crl = x509.load_der_x509_crl(signed_list.der)
        assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == signed_list.number
        return signed_list.number, {f"{entry.serial_number:x}" for entry in crl}


@pytest.fixture
async def offices(stand_home: Path, databases: Databases) -> AsyncIterator[list[Office]]:
    """Two processes of one registry, on the same records."""
    made = [Office(stand_home, databases.url("registry")) for _ in range(2)]
    await made[0].database.open()
    yield made
    for office in made:
        await office.database.close()
    await databases.wipe()


async def test_what_was_issued_is_on_record(offices: list[Office]) -> None:
    serial = await offices[0].issue()
    record = await offices[1].records.find(serial)
    assert record["subject"] == f"CN=АХМЕТОВА АЙГҮЛ, SURNAME=АХМЕТОВА, SERIALNUMBER=IIN{IIN}, C=KZ"
    assert (record["iin"], record["issued_at"], record["revoked_at"]) == (IIN, BASE, None)
    assert x509.load_pem_x509_certificate(record["pem"].encode()).serial_number == int(serial, 16)
    with pytest.raises(NotFound):
        await offices[0].records.find("abc")


async def test_a_person_is_known_by_the_latest_names(offices: list[Office]) -> None:
    await offices[0].issue("Ахметова")
    await offices[0].issue("Сейітова")
    async with offices[0].database.read() as conn:
        rows = (await conn.execute(sa.select(gbd_fl))).all()
    assert [(row.iin, row.surname) for row in rows] == [(IIN, "Сейітова")]


async def test_a_revocation_is_on_the_very_next_list_of_every_process(offices: list[Office]) -> None:
    serial = await offices[0].issue()
    before, listed = await offices[1].listed()
    assert listed == set()
    await offices[0].records.revoke(serial, "keyCompromise", BASE)
    after, listed = await offices[1].listed()
    assert listed == {serial}
    assert after > before


async def test_a_list_stays_the_same_while_nothing_happens(offices: list[Office]) -> None:
    first = await offices[0].records.revocation_list(BASE)
    assert (await offices[0].records.revocation_list(BASE)).der == first.der
    assert (await offices[1].records.revocation_list(BASE)).der == first.der


async def test_a_list_is_renewed_long_before_it_runs_out(offices: list[Office]) -> None:
    office = offices[0]
    first, _ = await office.listed()
    office.clock.advance(LIST_LIFE / 2 - HOUR)
    assert (await office.listed())[0] == first
    office.clock.advance(HOUR)
    signed_list = await office.records.revocation_list(office.clock.now())
    assert signed_list.number == first + 1
    assert signed_list.next_update == office.clock.now() + LIST_LIFE


async def test_to_revoke_again_changes_nothing(offices: list[Office]) -> None:
    serial = await offices[0].issue()
    first = await offices[0].records.revoke(serial, "superseded", BASE)
    number, _ = await offices[0].listed()
    assert await offices[0].records.revoke(serial, "superseded", BASE + HOUR) == first
    assert (await offices[0].listed())[0] == number
    with pytest.raises(AlreadyThere, match="superseded"):
        await offices[0].records.revoke(serial, "keyCompromise", BASE)
    with pytest.raises(NotFound):
        await offices[0].records.revoke("abc", "superseded", BASE)


async def test_many_revocations_at_once_in_two_processes_lose_none(offices: list[Office]) -> None:
    serials = [await offices[0].issue() for _ in range(20)]
    await asyncio.gather(
        *(offices[n % 2].records.revoke(serial, "superseded", BASE) for n, serial in enumerate(serials))
    )
    number, listed = await offices[0].listed()
    assert listed == set(serials)
    assert number == len(serials)


async def test_the_first_list_is_sealed_once_by_two_processes_that_start_together(offices: list[Office]) -> None:
    signed_list = await asyncio.gather(*(office.records.revocation_list(BASE) for office in offices * 3))
    numbers = [one.number for one in signed_list]
    assert max(numbers) == (await offices[0].listed())[0]


async def test_a_database_that_is_gone_is_unavailable(stand_home: Path) -> None:
    office = Office(stand_home, "postgresql+asyncpg://nobody@127.0.0.1:1/registry")
    with pytest.raises(Unavailable):
        await office.records.revocation_list(BASE)
    await office.database.close()
