"""What the tests of what lies in this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres_clusters import OwnPostgres, own_cluster
from tests.stand_fixtures import (
    databases,
    lasting_databases,
    lasting_parties,
    parties,
    postgres,
    stand_home,
)

__all__ = ["cluster", "databases", "lasting_databases", "lasting_parties", "parties", "postgres", "stand_home"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[OwnPostgres]:
    """A server that takes connections by TLS alone, but by one user."""
    with own_cluster() as running:
        yield running
