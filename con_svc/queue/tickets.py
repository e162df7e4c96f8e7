"""The electronic queue of the service centre: tickets, numbered anew each day, and who was called up with which.

One process writes here (`aimaq.claim`), so the last number given is known in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aimaq.regulation.calendar import ALMATY
from aimaq.language.errors import InvalidInput
from aimaq.service import Service
from aimaq.casework.unit_of_work import Work
from con_svc.models import tickets as table


@dataclass(slots=True)
class Queue:
    """The tickets of one service centre."""

    service: Service
    _last: dict[str, int] = field(default_factory=dict)
    """The last number given, by day in Almaty."""
    _used: set[str] = field(default_factory=set)
    """The tickets of today that were used, so that two cannot use one at once."""

    async def take(self) -> dict[str, Any]:
        """A new ticket: its id, its number of the day, and when it was taken."""
        now = self.service.clock.now()
        day = now.astimezone(ALMATY).date().isoformat()
        if day not in self._last:
            before = await self._highest(day)
            self._last = {day: max(before, self._last.get(day, 0))}
            self._used.clear()
        self._last[day] += 1
        ticket = {"ticket": self.service.party.ids(), "day": day, "number": self._last[day], "issued_at": now}
        await self.service.writer.run(lambda work: work.insert(table, **ticket, case_id=None))
        return ticket

    async def waiting(self) -> list[dict[str, Any]]:
        """The tickets of those not yet called up, oldest first."""
        columns = (table.c.ticket, table.c.day, table.c.number, table.c.issued_at)
        query = sa.select(*columns).where(table.c.case_id.is_(None)).order_by(table.c.ticket).limit(500)
        async with self.service.database.read() as conn:
            return [dict(row._mapping) for row in await conn.execute(query)]

    async def taken_at(self, ticket: str) -> datetime:
        """When a ticket was taken; InvalidInput if there is none like it, or it was used."""
        query = sa.select(table.c.issued_at, table.c.case_id).where(table.c.ticket == ticket)
        async with self.service.database.read() as conn:
            row = (await conn.execute(query)).first()
        if row is None:
            raise InvalidInput("there is no such ticket", field="ticket", rule="known ticket")
        if row.case_id is not None:
            raise InvalidInput("somebody was called up with this ticket already", field="ticket", rule="unused ticket")
        taken: datetime = row.issued_at
        return taken

    def use(self, work: Work, ticket: str) -> None:
        """Call somebody up for the case of `work` with this ticket."""
        if ticket in self._used:
            raise InvalidInput("somebody was called up with this ticket already", field="ticket", rule="unused ticket")
        self._used.add(ticket)
        work.update(table, "ticket", ticket=ticket, case_id=work.known_case().case_id)

    async def _highest(self, day: str) -> int:
        query = sa.select(sa.func.max(table.c.number)).where(table.c.day == day)
        async with self.service.database.read() as conn:
            return (await conn.execute(query)).scalar() or 0
