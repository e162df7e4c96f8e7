"""The cases of waiting messages as the gateway knows them: which step is due, by which paragraph, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.regulation import workflow
from aimaq.service import Service
from gateway_svc.attention import views

MOST = 2000
"""How many cases are looked up for one answer."""
PATIENCE = 2.0
"""Seconds, of real time, that the gateway's database may take for that: without it no case is shown."""


async def cases_of(service: Service, case_ids: Collection[str]) -> dict[str, views.Case]:
    """What the gateway knows of these cases, by id; of more than `MOST` the first. Nothing if its database is gone."""
    ids = sorted(set(case_ids))[:MOST]
    if not ids:
        return {}
    now = service.clock.now()
    try:
        async with asyncio.timeout(PATIENCE):
            return {case.case_id: _case(service, case, now) for case in await _stored(service, ids)}
    except (Unavailable, TimeoutError):
        return {}  # what waits is shown all the same


async def _stored(service: Service, ids: Sequence[str]) -> list[Case]:
    table, found = service.tables.cases, list[Case]()
    async with service.database.read() as conn:
        for start in range(0, len(ids), 500):
            query = sa.select(table.c.whole).where(table.c.case_id.in_(ids[start : start + 500]))
            found += [Case.read(row.whole) for row in await conn.execute(query)]
    return found


def due_of(case: Case) -> datetime | None:
    """When the step that is due has to be done; None where no limit is known."""
    standing = getattr(case, "standing", None)
    due: datetime | None = getattr(standing, "due_at", None)
    return due


def _case(service: Service, case: Case, now: datetime) -> views.Case:
    step = paragraph = None
    title: dict[str, str] | None = None
    try:
        flow = service.catalogue.flow(case.regulation, case.channel)
        if case.at and not workflow.ended(case.at):
            due, _ = workflow.current(flow, case.at)
            step, paragraph, title = due.ref, due.paragraph, due.title.as_dict()
    except AimaqError:
        pass  # of a regulation that the stand has no more: the rest is shown
    due_at = due_of(case)
    return views.Case(
        case_id=case.case_id,
        regulation=case.regulation,
        channel=case.channel,
        number=case.number or None,
        step=step,
        paragraph=paragraph,
        title=title,
        due_at=due_at,
        late=due_at < now if due_at is not None else None,
    )
