"""The fixtures of everything that runs services: keys made once, a database of either kind, the parties of a stand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from aimaq.language.clock import StandClock
from aimaq.language.errors import Unavailable
from stand.provision import keys
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


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]
"""Both kinds of database, one after the other: the same suite holds for both."""


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """A database for each party, empty."""
    return _databases(request, tmp_path)


@pytest.fixture
async def parties(stand_home: Path, databases: Databases, tmp_path: Path) -> AsyncIterator[Parties]:
    """The parties of a stand, none of them started."""
    async with Parties(_copied(stand_home, tmp_path), databases) as made:
        yield made
    await databases.wipe()


@pytest.fixture(scope="module", params=KINDS)
def lasting_databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """A database for each party, for all tests of a module, each of which keeps to cases of its own."""
    return _databases(request, tmp_path_factory.mktemp("databases"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_parties(
    stand_home: Path, lasting_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Parties]:
    """The parties of a stand for all tests of a module; a module has these or `parties`, and not both."""
    async with Parties(_copied(stand_home, tmp_path_factory.mktemp("home")), lasting_databases) as made:
        yield made
    await lasting_databases.wipe()


def _copied(home: Path, folder: Path) -> Path:
    """A home with the same keys in this folder: they are made once, and a test that changes some changes its own."""
    own = folder / "home-of-its-own"
    shutil.copytree(home, own, ignore=shutil.ignore_patterns("blank"))
    return own


def _databases(request: pytest.FixtureRequest, folder: Path) -> Databases:
    if request.param == "sqlite":
        blank: Path = request.getfixturevalue("stand_home") / "blank"
        if not blank.exists():
            kinds.draw(blank)
        return kinds.files(folder, blank)
    return Databases("postgresql", request.getfixturevalue("postgres"))
