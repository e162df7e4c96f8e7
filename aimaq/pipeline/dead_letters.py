"""Dead letters: what could not be handled here, and what could not be sent from here, each with its reason.

What the bus will never take is laid aside by the relay, which goes on with the others. An operator has a dead letter
handled or sent again, or gives it up. Nobody handled what was not sent, so its recipient waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from aimaq.bus import OutgoingMessage
from aimaq.language.envelope import digest, read
from aimaq.language.errors import AimaqError, NotFound
from aimaq.pipeline import inbox, outbox
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.writer import Writer
from aimaq.store.database import Database


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A message that could not be handled, and why."""

    message_id: str
    digest: str
    state: str
    received_at: datetime
    case_id: str | None
    sender: str | None
    type: str | None
    number: int
    attempts: int
    due_at: datetime | None
    reason: str | None
    publisher: str | None


@dataclass(frozen=True, slots=True)
class WholeDeadLetterRow(DeadLetterRow):
    """A dead letter with its bytes, and the signature over them as they came."""

    body: bytes
    signature: str | None


class DeadLetters:
    """The dead letters of one service, and what waits behind them."""

    def __init__(self, database: Database, tables: Tables, writer: Writer) -> None:
        self._database, self._tables, self._writer = database, tables, writer
        writer.relay.refused = self._lay_aside

    async def listed(self) -> list[DeadLetterRow]:
        """All of them without their bytes, oldest first."""
        tables = self._tables

        def found(conn: sa.Connection) -> list[DeadLetterRow]:
            both = [*in_inbox(conn, tables.inbox, "dead"), *map(_bare, _not_sent(conn, tables))]
            return sorted(both, key=lambda one: one.received_at)

        return await self._database.transact(found)

    async def parked(self, most: int) -> list[DeadLetterRow]:
        """The oldest messages that wait for an earlier one of their case, at most so many."""
        return await self._database.transact(lambda conn: in_inbox(conn, self._tables.inbox, "held", most))

    async def whole(self, message_id: str) -> WholeDeadLetterRow:
        """One dead letter with its bytes; NotFound if there is none of that id."""
        tables = self._tables

        def found(conn: sa.Connection) -> WholeDeadLetterRow:
            if not_sent := _not_sent(conn, tables, message_id):
                return not_sent[0]
            return _stored(inbox.dead_letter(conn, tables.inbox, message_id)._mapping)

        one = await self._database.transact(found)
        if one.state != "dead":
            raise NotFound(inbox.NO_DEAD.format(message_id=message_id), field="message_id")
        return one

    async def requeue(self, message_id: str) -> None:
        """Handle a dead letter again, or send it again; NotFound if there is none of that id."""
        tables = self._tables
        await self.whole(message_id)
        if again := await self._database.transact(lambda conn: _take_up(conn, tables, message_id)):
            self._writer.relay.push(again)
        else:
            await self._writer.again(message_id)
        self._writer.counts.was_put_back(message_id)

    async def drop(self, message_id: str) -> None:
        """Give a dead letter up; the messages that waited behind it go on. NotFound if there is none of that id."""
        await self.whole(message_id)
        if not await self._database.transact(lambda conn: _drop(conn, self._tables.outbox, message_id)):
            await self._writer.again(message_id, drop=True)
        self._writer.counts.was_dropped(message_id)

    def count(self, conn: sa.Connection) -> dict[str, tuple[int, datetime | None]]:
        """`held`, `retry`, `dead` and `unsent`: how many messages wait here, and since when the first of them does."""
        found = inbox.count(conn, self._tables.inbox)
        table = self._tables.outbox
        query = sa.select(sa.func.count(), sa.func.min(table.c.created_at)).where(table.c.refused.is_not(None))
        number, since = conn.execute(query).one()
        dead, earlier = found["dead"]
        first = min((one for one in (since, earlier) if one is not None), default=None)
        return found | {"dead": (dead + number, first), "unsent": outbox.count(conn, table)}

    async def _lay_aside(self, message_id: str, error: AimaqError) -> None:
        table, reason = self._tables.outbox, error.reason
        query = sa.update(table).where(table.c.message_id == message_id).values(refused=reason)
        await self._database.transact(lambda conn: conn.execute(query))
        self._writer.counts.was_laid_aside(message_id, error)


def in_inbox(conn: sa.Connection, table: sa.Table, state: str, most: int | None = None) -> list[DeadLetterRow]:
    """The messages of an inbox that are in this state, `dead` or `held`, the oldest first and at most so many."""
    query = sa.select(*(table.c[field.name] for field in fields(DeadLetterRow))).where(table.c.state == state)
    return [DeadLetterRow(*row) for row in conn.execute(query.order_by(table.c.received_at).limit(most))]


def _stored(row: Mapping[Any, Any]) -> WholeDeadLetterRow:
    return WholeDeadLetterRow(**{field.name: row[field.name] for field in fields(WholeDeadLetterRow)})


def _bare(one: WholeDeadLetterRow) -> DeadLetterRow:
    return DeadLetterRow(*(getattr(one, field.name) for field in fields(DeadLetterRow)))


def _not_sent(conn: sa.Connection, tables: Tables, message_id: str | None = None) -> list[WholeDeadLetterRow]:
    """What the bus will not take, or the one with this id, as the inbox has its dead letters, with their bytes."""
    table = tables.outbox
    reasons = dict(
        conn.execute(sa.select(table.c.message_id, table.c.refused).where(table.c.refused.is_not(None))).all()
    )
    wanted = {message_id} & reasons.keys() if message_id is not None else reasons.keys()
    if not wanted:
        return []
    return [
        _dead_letter(outgoing, reasons[outgoing.message_id])
        for outgoing in outbox.rows(conn, table, tables.stored, wanted)
    ]


def _take_up(conn: sa.Connection, tables: Tables, message_id: str) -> list[OutgoingMessage]:
    table = tables.outbox
    query = sa.update(table).where(table.c.message_id == message_id, table.c.refused.is_not(None)).values(refused=None)
    return outbox.rows(conn, table, tables.stored, {message_id}) if conn.execute(query).rowcount else []


def _drop(conn: sa.Connection, table: sa.Table, message_id: str) -> bool:
    query = sa.delete(table).where(table.c.message_id == message_id, table.c.refused.is_not(None))
    return bool(conn.execute(query).rowcount)


def _dead_letter(outgoing: OutgoingMessage, reason: str) -> WholeDeadLetterRow:
    try:
        envelope = read(outgoing.body)
    except AimaqError:
        envelope = None
    return WholeDeadLetterRow(
        message_id=outgoing.message_id,
        digest=digest(outgoing.body),
        state="dead",
        received_at=_made_at(outgoing.message_id),
        case_id=envelope.case_id if envelope else None,
        sender=envelope.sender if envelope else None,
        type=envelope.type if envelope else None,
        number=outgoing.delivery_number,
        attempts=0,
        due_at=None,
        reason=reason,
        publisher=None,
        body=outgoing.body,
        signature=outgoing.signature,
    )


def _made_at(message_id: str) -> datetime:
    """When a message was made: its id is a UUIDv7, which begins with the milliseconds."""
    return datetime.fromtimestamp(int(message_id[:8] + message_id[9:13], 16) / 1000, UTC)
