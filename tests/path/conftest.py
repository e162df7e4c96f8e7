"""What the tests of the message path share."""

from __future__ import annotations

from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home"]
