"""The search for cases: pages by cursor, and how many there are up to a bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from aimaq.casework.case import Case
from aimaq.service import Service
from gateway_svc.cases.cursor import Place, cursor, place_of
from gateway_svc.cases.query import Filters
from gateway_svc.models import tables

COUNTED = 10_000
"""Up to how many cases are counted: more are told as at least so many."""

_cases = tables.cases

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Found:
    """One page: its cases, the cursor of the next if there is one, and how many fit in all, exactly or at least."""

    cases: tuple[Case, ...]
    next: str | None
    count: int
    exact: bool


async def search(
    service: Service, filters: Filters, after: str | None, limit: int, now: datetime, *, counting: bool = True
) -> Found:
    """The page of the cases that the filters let through, after a cursor; InvalidInput for a forged one.

    Pages in the order of opening neither double nor lose a case while others are added. In the order of what is due a
    case that has moved on meanwhile is where it is due now. Unless it is `counting`, the count is that of the page.
    """
    secret = service.administration.token
    place = place_of(after, filters.mark, secret) if after else None
    conditions = _conditions(filters, now)
    async with service.database.read() as conn:
        pages = _by_due if filters.order == "due" else _newest
        rows = await pages(conn, conditions, place, limit + 1)
        more = len(rows) > limit
        whole = not counting or (place is None and not more)
        count = len(rows) if whole else await _count(conn, conditions)
    cases = tuple(Case.read(row.whole) for row in rows[:limit])
    last = rows[limit - 1] if more else None
    following = cursor(Place(last.case_id, last.due_at), filters.mark, secret) if last is not None else None
    return Found(cases, following, min(count, COUNTED), count <= COUNTED)


async def counted(service: Service, filters: Filters, now: datetime) -> tuple[int, bool]:
    """How many cases the filters let through, and whether that is exact or the least that it can be."""
    async with service.database.read() as conn:
        count = await _count(conn, _conditions(filters, now))
    return min(count, COUNTED), count <= COUNTED


async def _count(conn: AsyncConnection, conditions: list[Condition]) -> int:
    some = sa.select(sa.literal(1)).select_from(_cases).where(*conditions).limit(COUNTED + 1).subquery()
    count: int = (await conn.execute(sa.select(sa.func.count()).select_from(some))).scalar_one()
    return count


async def _newest(conn: AsyncConnection, conditions: list[Condition], place: Place | None, most: int) -> list[Any]:
    after = [_cases.c.case_id < place.case_id] if place is not None else []
    query = _query(conditions, *after).order_by(_cases.c.case_id.desc()).limit(most)
    return list(await conn.execute(query))


async def _by_due(conn: AsyncConnection, conditions: list[Condition], place: Place | None, most: int) -> list[Any]:
    """Those that have a limit by when it runs out, then the others, newest first."""
    rows: list[Any] = []
    case_id, due_at = _cases.c.case_id, _cases.c.due_at
    if place is None or place.due_at is not None:
        after = []
        if place is not None:
            after = [due_at >= place.due_at, (due_at > place.due_at) | (case_id > place.case_id)]
        query = _query(conditions, _cases.c.next_party != "", due_at.is_not(None), *after)
        rows = list(await conn.execute(query.order_by(due_at, case_id).limit(most)))
    if len(rows) < most:
        after = [case_id < place.case_id] if place is not None and place.due_at is None else []
        query = _query(conditions, due_at.is_(None), *after).order_by(case_id.desc())
        rows += await conn.execute(query.limit(most - len(rows)))
    return rows


def _query(conditions: list[Condition], *more: Condition) -> sa.Select[Any]:
    return sa.select(_cases.c.case_id, _cases.c.due_at, _cases.c.whole).where(*conditions, *more)


def _conditions(filters: Filters, now: datetime) -> list[Condition]:
    """What the rows have to be. What an index is limited to is said again, since it is used only where that is seen."""
    column, found = _cases.c, list[Condition]()
    for name in ("number", "iin", "bin"):
        if (value := getattr(filters, name)) is not None:
            found += [column[name] == value, column[name] != ""]
    for name in ("channel", "status", "next_unit"):
        if (value := getattr(filters, name)) is not None:
            found.append(column[name] == value)
    if filters.next_unit is not None:
        found.append(column.next_party != "")
    if filters.holder is not None:
        found.append(
            sa.or_(
                *(sa.and_(column[name] == filters.holder, column[name] != "") for name in ("iin", "bin")),
            )
        )
    if filters.case_ids is not None:
        found.append(column.case_id.between(*filters.case_ids))
    if filters.regulations is not None:
        found.append(column.regulation.in_(filters.regulations))
    if filters.next_party is not None:
        whose = column.next_party == filters.next_party
        if ":" not in filters.next_party:  # a party with all its bodies
            whose |= column.next_party.startswith(f"{filters.next_party}:", autoescape=True)
        found += [whose, column.next_party != ""]
    if filters.since is not None:
        found.append(column.opened_at >= filters.since)
    if filters.until is not None:
        found.append(column.opened_at < filters.until)
    if filters.open is not None:
        found.append(column.next_party != "" if filters.open else column.next_party == "")
    if filters.limited:
        found += [column.next_party != "", column.due_at.is_not(None)]
    return found + _by_limit(filters, now)


def _by_limit(filters: Filters, now: datetime) -> list[Condition]:
    due_at, near_at = _cases.c.due_at, _cases.c.near_at
    late = sa.and_(_cases.c.next_party != "", due_at.is_not(None), due_at < now)
    near = sa.and_(_cases.c.next_party != "", due_at.is_not(None), due_at >= now, near_at <= now)
    if filters.late and filters.near:
        return [_cases.c.next_party != "", due_at.is_not(None), near_at <= now]
    found = list[Condition]()
    if filters.late is not None:
        found += [late] if filters.late else [sa.or_(due_at.is_(None), due_at >= now)]
    if filters.near is not None:
        found += [near] if filters.near else [sa.or_(due_at.is_(None), due_at < now, near_at > now)]
    return found
