"""What the tests of what lies in this folder share."""

from __future__ import annotations

from tests.stand_fixtures import (
    databases,
    lasting_databases,
    lasting_parties,
    parties,
    postgres,
    stand_home,
)

__all__ = ["databases", "lasting_databases", "lasting_parties", "parties", "postgres", "stand_home"]
