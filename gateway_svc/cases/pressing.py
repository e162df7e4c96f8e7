"""The deadlines: what has run out and what is about to, by whose move it is, with reason and forecast of each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from aimaq.service import Service
from gateway_svc.cases.forecast import Waiting, forecast
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.query import Filters
from gateway_svc.cases.search import search
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import DeadlinePage, DueCase, PerformerLoad, found_case
from gateway_svc.models import tables


async def pressing(
    service: Service,
    filters: Filters,
    after: str | None,
    limit: int,
    medians: Medians,
    limits: Limits,
    waiting: Waiting,
) -> DeadlinePage:
    """The limits that the filters let through, after a cursor; InvalidInput for a forged one."""
    now = service.clock.now()
    found = await search(service, filters, after, limit, now)
    performers = await loads(service, now)
    items = []
    for case in found.cases:
        standing, shown = case.standing, found_case(case, limits, now)
        expected = None
        if standing is not None and shown.limit is not None:
            deadlines = limits.of(case.regulation, case.channel)
            expected = forecast(case, standing, deadlines, medians, waiting, now)
        items.append(DueCase(shown, expected))
    sums = {name: sum(getattr(one, name) for one in performers) for name in ("late", "near", "running")}
    return DeadlinePage(
        now=now,
        **sums,
        performers=performers,
        items=items,
        next=found.next,
        count=found.count,
        exact=found.exact,
    )


async def loads(service: Service, now: datetime) -> list[PerformerLoad]:
    """How many limits run for each performer, those first who have broken most."""
    column = tables.cases.c
    late = sa.func.sum(sa.case((column.due_at < now, 1), else_=0))
    near = sa.func.sum(sa.case((sa.and_(column.due_at >= now, column.near_at <= now), 1), else_=0))
    query = sa.select(column.next_party, column.next_unit, late, near, sa.func.count())
    query = query.where(column.next_party != "", column.due_at.is_not(None))
    async with service.database.read() as conn:
        rows = (await conn.execute(query.group_by(column.next_party, column.next_unit))).all()
    every = [
        PerformerLoad(party, unit, int(broken), int(soon), int(whole - broken - soon))
        for party, unit, broken, soon, whole in rows
    ]
    return sorted(every, key=lambda one: (-one.late, -one.near, one.party, one.unit))
