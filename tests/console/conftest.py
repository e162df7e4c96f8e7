"""What the tests of the console share: a gateway, and a browser's cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.console.browser import chromium
from tests.console.live import Live, live_stand
from tests.console.visitor import Visitor
from tests.databases import draw, files
from tests.parties import Parties
from tests.stand_fixtures import databases, lasting_databases, lasting_parties, parties, postgres, stand_home

__all__ = ["databases", "lasting_databases", "lasting_parties", "parties", "postgres", "stand_home"]


@pytest.fixture
async def gateway(stand_home: Path, tmp_path: Path) -> AsyncIterator[Parties]:
    """A gateway that runs alone, over SQLite."""
    if not (blank := stand_home / "blank").exists():
        draw(blank)
    async with Parties(stand_home, files(tmp_path, blank)) as made:
        await made.start("gateway")
        yield made


@pytest.fixture
async def visitor(gateway: Parties) -> Visitor:
    """Somebody with a browser before the console, who is not signed in."""
    return await Visitor.at(gateway)


@pytest.fixture
async def operator(visitor: Visitor) -> Visitor:
    """Somebody who is signed in by the gateway's token."""
    await visitor.sign_in()
    return visitor


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A stand that is up for all tests of a module, with traffic on it."""
    async with live_stand(tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, for all tests of a module."""
    async with chromium() as made:
        yield made
