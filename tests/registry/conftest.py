"""What the tests of the registries share: the parties of a stand, over either kind of database, and a witness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.databases import files
from tests.parties import Parties
from tests.registry.witness import Witness, witnessing
from tests.stand_fixtures import databases, lasting_databases, lasting_parties, parties, postgres, stand_home

__all__ = [
    "databases",
    "lasting_databases",
    "lasting_parties",
    "lenient",
    "parties",
    "postgres",
    "registry",
    "stand_home",
    "witness",
]


@pytest.fixture
async def witness(parties: Parties, tmp_path: Path) -> AsyncIterator[Witness]:
    """The registry listening on a port, and openssl beside it."""
    folder = tmp_path / "witness"
    folder.mkdir()
    async with witnessing(parties, folder) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def registry(lasting_parties: Parties) -> Parties:
    """A registry that runs for all tests of a module, each of which leaves nothing that another would see."""
    await lasting_parties.start("registry")
    return lasting_parties


@pytest.fixture
async def lenient(stand_home: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator's client of a registry that does not check the control digits of IINs and BINs."""
    async with Parties(stand_home, files(tmp_path)) as parties:
        await parties.start("registry", strict_iin=False)
        yield await parties.http("registry", **parties.admin())
