"""What the tests of the registries share: the parties of a stand, over either kind of database."""

from __future__ import annotations

from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home"]
