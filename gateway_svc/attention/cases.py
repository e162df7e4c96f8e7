"""The cases of waiting messages as the gateway knows them: which step is due, by which paragraph, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language.errors import Unavailable
from aimaq.service import Service
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import FoundCase, found_case

MOST = 2000
"""How many cases are looked up for one answer."""
PATIENCE = 2.0
"""Seconds, of real time, that the gateway's database may take for that: without it no case is shown."""


async def cases_of(service: Service, limits: Limits, case_ids: Collection[str]) -> dict[str, FoundCase]:
    """What the gateway knows of these cases, by id; of more than `MOST` the first. Nothing if its database is gone."""
    ids = sorted(set(case_ids))[:MOST]
    if not ids:
        return {}
    now = service.clock.now()
    try:
        async with asyncio.timeout(PATIENCE):
            return {case.case_id: found_case(case, limits, now) for case in await _stored(service, ids)}
    except (Unavailable, TimeoutError):
        return {}  # what waits is shown all the same


async def _stored(service: Service, ids: Sequence[str]) -> list[Case]:
    table, found = service.tables.cases, list[Case]()
    async with service.database.read() as conn:
        for start in range(0, len(ids), 500):
            query = sa.select(table.c.whole).where(table.c.case_id.in_(ids[start : start + 500]))
            found += [Case.read(row.whole) for row in await conn.execute(query)]
    return found
