"""The read side of the registries: persons by IIN."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from registry_svc.models import persons as table


def persons(conn: sa.Connection, iins: Collection[str]) -> dict[str, dict[str, Any]]:
    """The records of these persons, by IIN; those who are not in the register are left out."""
    rows = conn.execute(sa.select(table).where(table.c.iin.in_(sorted(iins))))
    return {row.iin: dict(row._mapping) for row in rows}
