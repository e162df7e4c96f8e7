"""A stand for the tests of languages: every party, everybody before the doors, and SQLite alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import databases as kinds
from tests.databases import Databases
from tests.stand_fixtures import lasting_parties, stand_home
from tests.web.conftest import known, officials, people, staff

__all__ = ["known", "lasting_databases", "lasting_parties", "officials", "people", "staff", "stand_home"]


@pytest.fixture(scope="module")
def lasting_databases(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """A SQLite file for each party: what a refusal says does not depend on the database."""
    blank = stand_home / "blank"
    if not blank.exists():
        kinds.draw(blank)
    return kinds.files(tmp_path_factory.mktemp("databases"), blank)
