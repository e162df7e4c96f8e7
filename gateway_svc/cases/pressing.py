"""The deadlines: what has run out and what is about to, by whose move it is, with reason and forecast of each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import sqlalchemy as sa

from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES
from aimaq.pipeline.telemetry.families import Family, Measure
from aimaq.service import Service
from gateway_svc.cases.forecast import Waiting, forecast
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.query import Filters
from gateway_svc.cases.search import search
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import DeadlinePage, DueCase, PerformerLoad, found_case
from gateway_svc.models import tables

DEADLINES = Family(
    "aimaq_deadlines",
    "gauge",
    "Limits of open cases, by whose move it is: running, near, or late, which is broken.",
    ("performer", "state"),
)


STATES = ("running", "near", "late")
"""How a limit stands: with time, from when on it is near, and once it has run out."""


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


class DeadlineMeasures:
    """Counts the limits of one gateway's cases, as its clock shows the time."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def read(self) -> list[Measure]:
        """The figures of every party; Unavailable without the database."""
        counted: Counter[tuple[str, str]] = Counter()
        for load in await loads(self._service, self._service.clock.now()):
            for state, number in zip(STATES, (load.running, load.near, load.late), strict=True):
                counted[(party_of(load.party), state)] += number
        every = [(party, state) for party in PARTIES for state in STATES]
        return [Measure(DEADLINES, counted[words], words) for words in every]
