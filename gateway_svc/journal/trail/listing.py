"""The acts in the trail, newest first, by who did what, when, on what, and with what outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from aimaq.access.trail import Outcome
from aimaq.service import Service
from gateway_svc.journal.trail.action import read_action
from gateway_svc.journal.trail.views import Act, Page
from gateway_svc.models import actions, journal

LARGEST = 2**62
"""No entry of the journal has so large a number."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which acts are asked for; what is None asks for nothing. `before` is the number that all of them are below."""

    who: str | None = None
    what: str | None = None
    outcome: Outcome | None = None
    object: str | None = None
    case_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(service: Service, query: Query, before: int, limit: int) -> Page:
    """At most `limit` of the acts that are asked for, those with numbers below `before`."""
    found = _matching(query).where(actions.c.number < before).order_by(actions.c.number.desc()).limit(limit + 1)
    async with service.database.read() as conn:
        rows = (await conn.execute(found)).all()
    items = [act for row in rows[:limit] if (act := _act(row.number, row.body)) is not None]
    return Page(items, rows[limit - 1].number if len(rows) > limit else None)


def _matching(query: Query) -> sa.Select[tuple[int, bytes]]:
    found = sa.select(actions.c.number, journal.c.body).join(journal, journal.c.number == actions.c.number)
    for column, value in (
        (actions.c.principal, query.who),
        (actions.c.action, query.what),
        (actions.c.outcome, query.outcome),
        (actions.c.object, query.object),
        (actions.c.case_id, query.case_id),
    ):
        if value is not None:
            found = found.where(column == value)
    if query.since is not None:
        found = found.where(actions.c.at >= query.since)
    if query.until is not None:
        found = found.where(actions.c.at < query.until)
    return found


def _act(number: int, body: bytes) -> Act | None:
    """An act by its entry; None for bytes that are none, which the audit of the chain will name."""
    action = read_action(body)
    if action is None:
        return None
    return Act(
        number=number,
        id=action.id,
        at=action.at,
        principal=action.principal,
        roles=action.roles,
        party=action.party,
        body=action.body,
        address=action.address,
        action=action.action,
        call=action.call,
        object=action.object,
        case_id=action.case_id,
        reason=action.reason,
        outcome=action.outcome,
        status=action.status,
        times=action.times,
        until=action.until,
    )
