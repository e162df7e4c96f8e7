"""What the tests of a stand in trouble share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.parties import Parties
from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home"]


@pytest.fixture
async def server(stand_home: Path, postgres: Mapping[str, str]) -> AsyncIterator[Parties]:
    """The parties of a stand on PostgreSQL, none of them started."""
    databases = Databases("postgresql", postgres)
    async with Parties(stand_home, databases) as made:
        yield made
    await databases.wipe()


@pytest.fixture
async def files(stand_home: Path, tmp_path: Path) -> AsyncIterator[Parties]:
    """The parties of a stand on SQLite files, none of them started."""
    from tests import databases as kinds

    if not (blank := stand_home / "blank").exists():
        kinds.draw(blank)
    async with Parties(stand_home, kinds.files(tmp_path, blank)) as made:
        yield made
