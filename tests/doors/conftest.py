"""What the tests of the HTTP doors share: a portal with everything behind it, and people with keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doors.people import People, Resident, residents
from tests.parties import Parties
from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "people", "postgres", "residents_of_the_stand", "stand_home"]


@pytest.fixture(scope="session")
def residents_of_the_stand(stand_home: Path) -> list[Resident]:
    """People with certificates of the stand's authority: drawn once, they are the same for all tests."""
    return residents(stand_home, 3)


@pytest.fixture
async def people(parties: Parties, residents_of_the_stand: list[Resident]) -> AsyncIterator[People]:
    """The people of a flow before the doors of the services, which all run."""
    yield await People.gather(parties, residents_of_the_stand)
