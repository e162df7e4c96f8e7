"""The electronic queue of the service centre: tickets, numbered anew each day, and who was called up with which.

One process writes here (`aimaq.store.lock`), so the last number given is known in memory. Which tickets are used up
only the database knows: it is asked in the transaction that uses one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.errors import InvalidInput
from aimaq.language.texts import Texts
from aimaq.pipeline.items import BatchExtension
from aimaq.regulation.calendar import ALMATY
from aimaq.service import Service
from aimaq.store.database import Row
from con_svc.models import tickets as table
from con_svc.views import Ticket

NO_TICKET = Texts(
    kk="мұндай талон жоқ: электрондық кезектен жаңасын алыңыз",
    ru="такого талона нет: возьмите новый в электронной очереди",
    en="there is no such ticket",
)
USED = Texts(
    kk="осы талонмен біреу шақырылып қойған: жаңасын алыңыз",
    ru="по этому талону уже вызвали: возьмите новый",
    en="somebody was called up with this ticket already",
)


class Calls(BatchExtension):
    """The tickets that the batch under way uses up. A batch that is not committed uses none."""

    def __init__(self) -> None:
        self._conn: sa.Connection | None = None
        self._used: set[str] = set()

    def load(self, conn: sa.Connection, messages: Sequence[Received]) -> None:
        """See `BatchExtension.load`: a batch begins, or begins anew."""
        self._conn, self._used = conn, set()

    def use(self, uow: UnitOfWork, ticket: str) -> None:
        """Call somebody up for the case of `uow` with this ticket; InvalidInput if it is used up."""
        assert self._conn is not None
        query = sa.select(table.c.case_id).where(table.c.ticket == ticket)
        if ticket in self._used or self._conn.execute(query).scalar() is not None:
            raise InvalidInput(USED, field="ticket", rule="unused ticket")
        self._used.add(ticket)
        uow.update(table, "ticket", {"ticket": ticket, "case_id": uow.known_case().case_id})


@dataclass(slots=True)
class Queue:
    """The tickets of one service centre."""

    service: Service
    calls: Calls
    _last: dict[str, int] = field(default_factory=dict)
    """The last number given, by day in Almaty."""

    async def take(self) -> Ticket:
        """A new ticket: its id, its number of the day, and when it was taken."""
        now = self.service.clock.now()
        today = now.astimezone(ALMATY).date()
        day = today.isoformat()
        if day not in self._last:
            before = await self._highest(day)
            self._last = {day: max(before, self._last.get(day, 0))}
        self._last[day] += 1
        ticket = Ticket(self.service.party.ids(), today, self._last[day], now)
        row: Row = {"ticket": ticket.ticket, "day": day, "number": ticket.number, "issued_at": now, "case_id": None}
        await self.service.writer.run(lambda uow: uow.insert(table, row))
        return ticket

    async def waiting(self) -> list[Ticket]:
        """The tickets of those not yet called up, oldest first."""
        columns = (table.c.ticket, table.c.day, table.c.number, table.c.issued_at)
        query = sa.select(*columns).where(table.c.case_id.is_(None)).order_by(table.c.ticket).limit(500)
        async with self.service.database.read() as conn:
            rows = await conn.execute(query)
        return [Ticket(row.ticket, date.fromisoformat(row.day), row.number, row.issued_at) for row in rows]

    async def taken_at(self, ticket: str) -> datetime:
        """When a ticket was taken; InvalidInput if there is none like it, or it was used."""
        query = sa.select(table.c.issued_at, table.c.case_id).where(table.c.ticket == ticket)
        async with self.service.database.read() as conn:
            row = (await conn.execute(query)).first()
        if row is None:
            raise InvalidInput(NO_TICKET, field="ticket", rule="known ticket")
        if row.case_id is not None:
            raise InvalidInput(USED, field="ticket", rule="unused ticket")
        taken: datetime = row.issued_at
        return taken

    def use(self, uow: UnitOfWork, ticket: str) -> None:
        """See `Calls.use`: the last thing that a command does, since nothing of it may fail after that."""
        self.calls.use(uow, ticket)

    async def _highest(self, day: str) -> int:
        query = sa.select(sa.func.max(table.c.number)).where(table.c.day == day)
        async with self.service.database.read() as conn:
            return (await conn.execute(query)).scalar() or 0
