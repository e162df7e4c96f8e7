"""What the tests of the HTTP doors share: a portal with everything behind it, and people with keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.parties import Parties
from tests.stand_fixtures import databases, lasting_databases, lasting_parties, parties, postgres, stand_home
from tests.web.people import People, Resident, residents
from tests.web.staff import ROLES, Counter, Staff

__all__ = [
    "counter",
    "databases",
    "known",
    "lasting_databases",
    "lasting_parties",
    "officials",
    "parties",
    "people",
    "postgres",
    "staff",
    "stand_home",
    "visitors",
]


@pytest.fixture(scope="session")
def known(stand_home: Path) -> list[Resident]:
    """People with certificates of the stand's authority: drawn once, they are the same for all tests."""
    return residents(stand_home, 3, employed=1)


@pytest.fixture(scope="session")
def officials(stand_home: Path) -> list[Resident]:
    """Others like them, who work at the body: one a role."""
    return residents(stand_home, len(ROLES), skip=3, employed=len(ROLES))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(lasting_parties: Parties, known: list[Resident]) -> AsyncIterator[People]:
    """The people of a flow before the doors of the services, which run for all tests of a module."""
    yield await People.gather(lasting_parties, known)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staff(people: People, officials: list[Resident]) -> Staff:
    """The staff of the body, registered with their roles."""
    return await Staff.hired(people, officials)


@pytest.fixture
def counter(staff: Staff) -> Counter:
    """The service centre's counter."""
    return Counter(staff)


@pytest.fixture
async def visitors(parties: Parties, known: list[Resident]) -> AsyncIterator[People]:
    """The same for one test alone, which may do what others would notice."""
    yield await People.gather(parties, known)
