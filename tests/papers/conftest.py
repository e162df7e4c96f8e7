"""What the tests of papers share: the doors of a stand, and whoever looks at a paper from outside."""

from __future__ import annotations

from tests.web.conftest import (
    counter,
    databases,
    known,
    lasting_databases,
    lasting_parties,
    officials,
    parties,
    people,
    postgres,
    staff,
    stand_home,
    visitors,
)

__all__ = [
    "counter",
    "databases",
    "known",
    "lasting_databases",
    "lasting_parties",
    "officials",
    "parties",
    "people",
    "postgres",
    "staff",
    "stand_home",
    "visitors",
]
