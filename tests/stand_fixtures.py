"""The fixtures of everything that runs services: keys made once, a database of either kind, the parties of a stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from aimaq.clock import StandClock
from aimaq.errors import Unavailable
from stand import keys
from tests import databases as kinds
from tests.databases import Databases
from tests.parties import BASE, Parties


@pytest.fixture(scope="session")
def stand_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the keys of a stand, good on the day of `BASE`."""
    home = tmp_path_factory.mktemp("stand")
    keys.provision(home, StandClock(lambda: BASE))
    return home


@pytest.fixture(scope="session")
def postgres() -> Iterator[Mapping[str, str]]:
    """A PostgreSQL database for each party, of this test process alone. Without a server the test fails."""
    with asyncio.Runner() as runner:
        try:
            urls = runner.run(kinds.make())
        except Unavailable as error:
            pytest.fail(f"these tests need PostgreSQL (scripts/services; AIMAQ_TEST_DATABASE): {error.detail}")
        yield urls
        runner.run(kinds.drop())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Both kinds of database, one after the other: the same suite holds for both."""
    if request.param == "sqlite":
        return kinds.files(tmp_path)
    return Databases("postgresql", request.getfixturevalue("postgres"))


@pytest.fixture
async def parties(stand_home: Path, databases: Databases) -> AsyncIterator[Parties]:
    """The parties of a stand, none of them started."""
    async with Parties(stand_home, databases) as made:
        yield made
    await databases.wipe()
