"""The messages of the journal in pages, the newest first, chosen by who sent them to whom, verdict and case.

Each page costs as much as it has lines, whatever is chosen: a route and the refused have an index each
(`gateway_svc.models`), and what a party sends or gets is read route by route.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from aimaq.language.envelope import party_of
from aimaq.service import Service
from gateway_svc.feed.records import entries, record_of
from gateway_svc.feed.views import Record
from gateway_svc.models import journal
from gateway_svc.traffic.counts import Route

Verdict = Literal["accepted", "rejected"]

MOST_ROUTES, MOST_LEAPS = 100, 1000
"""Routes that are read one by one, and those that are looked through; where there are more, the journal is walked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages are asked for; what is None does not matter. A `party` stands for its bodies too."""

    party: str | None = None
    sender: str | None = None
    recipient: str | None = None
    verdict: Verdict | None = None
    case_id: str | None = None

    def has(self, route: Route) -> bool:
        """Whether messages of a route are among them."""
        ends = {*route, *map(party_of, route)}
        return (
            (self.party is None or self.party in ends)
            and self.sender in (None, route.sender)
            and self.recipient in (None, route.recipient)
        )

    @property
    def of_routes(self) -> bool:
        """Whether anything is said of who sent them or got them."""
        return not self.party is self.sender is self.recipient is None


async def messages(service: Service, choice: Choice, after: int | None, limit: int) -> list[Record]:
    """The newest messages of a choice, or the next older ones than the one with the number `after`."""
    async with service.database.read() as conn:
        query = entries().where(*_conditions(choice, after)).order_by(journal.c.number.desc()).limit(limit)
        if choice.of_routes and choice.case_id is None:
            known = await conn.run_sync(_routes)
            routes = [route for route in known if choice.has(route)]
            if len(known) <= MOST_LEAPS and len(routes) <= MOST_ROUTES:
                numbers = await conn.run_sync(lambda own: _numbers(own, routes, choice, after, limit))
                query = entries().where(journal.c.number.in_(numbers)).order_by(journal.c.number.desc())
        rows = (await conn.execute(query)).all()
    return [record_of(row, service.catalogue, service.clock) for row in rows]


def _conditions(choice: Choice, after: int | None) -> list[sa.ColumnElement[bool]]:
    found = [_verdict(choice.verdict)] if choice.verdict is not None else []
    if after is not None:
        found.append(journal.c.number < after)
    if choice.case_id is not None:
        found.append(journal.c.case_id == choice.case_id)
    if choice.sender is not None:
        found.append(journal.c.sender == choice.sender)
    if choice.recipient is not None:
        found.append(journal.c.recipient == choice.recipient)
    if choice.party is not None:
        ends = journal.c.sender, journal.c.recipient
        bodies = [end.startswith(f"{choice.party}:", autoescape=True) for end in ends]
        found.append(sa.or_(*(end == choice.party for end in ends), *bodies))
    return found


def _verdict(verdict: Verdict) -> sa.ColumnElement[bool]:
    """Written out: for a parameter no database takes the index over the refused."""
    return journal.c.verdict == sa.literal_column(f"'{verdict}'")


def _numbers(
    conn: sa.Connection, routes: Sequence[Route], choice: Choice, after: int | None, limit: int
) -> Sequence[int]:
    """The numbers of the newest messages of these routes."""
    if not routes:
        return ()
    older = [journal.c.number < after] if after is not None else []
    verdict = [_verdict(choice.verdict)] if choice.verdict is not None else []
    own = [
        sa.select(journal.c.number)
        .where(journal.c.sender == route.sender, journal.c.recipient == route.recipient, *older, *verdict)
        .order_by(journal.c.number.desc())
        .limit(limit)
        .subquery()
        for route in routes
    ]
    every = sa.union_all(*(sa.select(one.c.number) for one in own)).subquery()
    newest = sa.select(every.c.number).order_by(every.c.number.desc()).limit(limit)
    return conn.execute(newest).scalars().all()


def _routes(conn: sa.Connection) -> list[Route]:
    """The routes that the journal has, in leaps over its index; as many as are looked through at most."""
    found: list[Route] = []
    for sender in _distinct(conn, journal.c.sender):
        found += [
            Route(sender, recipient) for recipient in _distinct(conn, journal.c.recipient, journal.c.sender == sender)
        ]
        if len(found) > MOST_LEAPS:
            break
    return found


def _distinct(conn: sa.Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> Sequence[str]:
    """The values that a column has, the least first: each is asked for as the first after the one before it."""
    names = sa.select(sa.func.min(column).label("name")).where(*where).cte("names", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > names.c.name, *where).correlate(names)
    names = names.union_all(sa.select(following.scalar_subquery()).where(names.c.name.is_not(None)))
    found = sa.select(names.c.name).where(names.c.name.is_not(None)).limit(MOST_LEAPS)
    return conn.execute(found).scalars().all()
