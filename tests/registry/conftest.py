"""What the tests of the registries share: the parties of a stand, over either kind of database, and a witness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.parties import Parties
from tests.registry.witness import Witness, witnessing
from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home", "witness"]


@pytest.fixture
async def witness(parties: Parties, tmp_path: Path) -> AsyncIterator[Witness]:
    """The registry listening on a port, and openssl beside it."""
    folder = tmp_path / "witness"
    folder.mkdir()
    async with witnessing(parties, folder) as made:
        yield made
