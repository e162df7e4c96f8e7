"""What the tests of the traffic share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway_svc.models import metadata
from tests.databases import Databases, with_tables
from tests.gateway.traffic.tallying import Till
from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home", "till"]


@pytest.fixture
async def till(databases: Databases) -> AsyncIterator[Till]:
    """The tally on an empty database of either kind."""
    async with with_tables(databases, metadata) as database:
        yield Till(database)
