"""What the tests of a service's figures share: the parties of a stand, none of them started."""

from __future__ import annotations

from tests.stand_fixtures import databases, parties, postgres, stand_home

__all__ = ["databases", "parties", "postgres", "stand_home"]
