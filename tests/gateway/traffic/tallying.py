"""The tally by itself: a database with the gateway's tables, a machine whose time is set, entries of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from aimaq.store.database import Database, Row
from aimaq.store.write_set import WriteSet
from gateway_svc.models import journal, tables, traffic_hours, traffic_minutes
from gateway_svc.traffic.counts import Counts, Route, counts_of
from gateway_svc.traffic.tally import Tally
from tests.parties import BASE

Tables = dict[tuple[datetime, Route], Counts]


@dataclass
class Machine:
    """What time the machine has."""

    now: datetime = BASE

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Till:
    """Batches of entries, counted and written one after the other."""

    database: Database
    machine: Machine = field(default_factory=Machine)
    number: int = 0

    def __post_init__(self) -> None:
        self.clock = StandClock(self.machine)
        self.ids = Ids(self.clock)
        self.tally = Tally(self.clock)

    def entry(self, sender: str | None = "portal", recipient: str | None = "lea", **changes: Any) -> Row:
        """An entry of the journal, made and journalled now."""
        self.number += 1
        now = self.clock.now()
        lawful = {
            "message_id": self.ids(),
            "case_id": self.ids(),
            "type": "StatusChanged",
            "sender": sender,
            "recipient": recipient,
            "sequence": 1,
            "occurred_at": now,
            "journalled_at": now,
            "verdict": "accepted",
            "reason": None,
            "publisher": sender,
            "body": b"12345",
            "signature": "",
            "number": self.number,
            "hash": b"",
        }
        return {**lawful, **changes}

    def took(self, seconds: float, **changes: Any) -> Row:
        """An entry that took so long from its sender."""
        return self.entry(occurred_at=self.clock.now() - timedelta(seconds=seconds), **changes)

    def complete(self, conn: sa.Connection, *entries: Row, inbox: tuple[Row, ...] = ()) -> WriteSet:
        """Have the tally complete a batch that enters these."""
        write_set = WriteSet()
        write_set.add(journal, list(entries))
        write_set.add(tables.inbox, list(inbox))
        self.tally.complete(conn, write_set)
        return write_set

    async def batch(self, *entries: Row, inbox: tuple[Row, ...] = ()) -> None:
        """One batch, committed."""
        await self.database.transact(lambda conn: self.complete(conn, *entries, inbox=inbox).write(conn))
        self.tally.committed()

    async def minutes(self) -> Tables:
        """What is counted by minute and route."""
        return await self._read(traffic_minutes)

    async def hours(self) -> Tables:
        """What is counted by hour and route."""
        return await self._read(traffic_hours)

    async def _read(self, table: sa.Table) -> Tables:
        async with self.database.read() as conn:
            rows = (await conn.execute(sa.select(table))).all()
        return {(row.at, Route(row.sender, row.recipient)): counts_of(row) for row in rows}
