"""What the portal alone shows: a citizen's cabinet."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.service import Service
from aimaq.web.views import Outline, outline


async def cabinet(service: Service, iin: str, limit: int = 200) -> list[Outline]:
    """The cases that a person opened, newest first, `limit` at most."""
    table = service.tables.cases
    query = sa.select(table.c.whole).where(table.c.person == iin).order_by(table.c.case_id.desc()).limit(limit)
    async with service.database.read() as conn:
        return [outline(Case.read(row.whole)) for row in await conn.execute(query)]
