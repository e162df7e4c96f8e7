"""Dead letters: what could not be handled here, and what could not be sent from here, each with its reason.

What the bus will never take is laid aside by the relay, which goes on with the others. An operator has a dead letter
handled or sent again, or gives it up; its bytes stay readable. Nobody handled what was not sent, so its recipient waits
for it.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from heapq import merge
from operator import attrgetter

import sqlalchemy as sa

from aimaq.bus.control import Action, Done, Picked
from aimaq.language.errors import AimaqError, AlreadyThere, NotFound, OutOfOrder, Technical
from aimaq.language.ids import Ids
from aimaq.pipeline import inbox, outbox
from aimaq.pipeline.attention.actions import Actions
from aimaq.pipeline.attention.rows import DeadLetterRow, WholeDeadLetterRow, not_sent, refused_row, whole_row
from aimaq.pipeline.attention.texts import ALREADY, IMPOSSIBLE
from aimaq.pipeline.items import Order
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.writer import Writer
from aimaq.store.database import Database


class DeadLetters:
    """The dead letters of one service, and what waits behind them."""

    def __init__(self, database: Database, tables: Tables, writer: Writer, actions: Actions, ids: Ids) -> None:
        self._database, self._tables, self._actions, self._ids = database, tables, actions, ids
        self._attention, self._counts = writer.attention, writer.counts
        writer.relay.refused = self._lay_aside

    async def listed(self, after: str = "", most: int | None = None) -> list[DeadLetterRow]:
        """Those with an id after this one, at most so many, without their bytes, in the order of their ids."""
        tables = self._tables

        def found(conn: sa.Connection) -> list[DeadLetterRow]:
            table = tables.inbox
            query = sa.select(*(table.c[field.name] for field in fields(DeadLetterRow)))
            query = query.where(table.c.state == "dead", table.c.state != "done", table.c.message_id > after)
            here = [DeadLetterRow(*row) for row in conn.execute(query.order_by(table.c.message_id).limit(most))]
            refused = [_refused(conn, tables, one.message_id) for one in not_sent(conn, tables, refused=True)]
            bare = [_bare(one) for one in refused if one is not None and one.message_id > after]
            return list(merge(here, bare, key=attrgetter("message_id")))[:most]

        return await self._database.transact(found)

    async def parked(self, most: int) -> list[DeadLetterRow]:
        """The oldest messages that wait for an earlier one of their case, at most so many."""
        return await self._database.transact(lambda conn: in_inbox(conn, self._tables.inbox, "held", most))

    async def whole(self, message_id: str) -> WholeDeadLetterRow:
        """One dead letter with its bytes, also one that was given up; NotFound if there is none of that id."""
        tables = self._tables

        def found(conn: sa.Connection) -> WholeDeadLetterRow | None:
            if (refused := _refused(conn, tables, message_id)) is not None:
                return refused
            here = sa.select(tables.inbox).where(tables.inbox.c.message_id == message_id)
            dropped = sa.select(tables.dropped).where(tables.dropped.c.message_id == message_id)
            row = conn.execute(here.where(tables.inbox.c.state == "dead")).first() or conn.execute(dropped).first()
            return whole_row(row._mapping) if row is not None else None

        one = await self._database.transact(found)
        if one is None:
            raise NotFound(inbox.NO_DEAD.format(message_id=message_id), field="message_id")
        return one

    async def act(self, action: Action, message_id: str, principal: str, reason: str = "") -> Done:
        """Do something about one dead letter; what came of it.

        NotFound if there is none of that id, AlreadyThere if somebody has done something about it already, OutOfOrder
        if this cannot be done about it.
        """
        job = self._ids()
        order = Order(action, principal, job, job, reason)
        (done,) = await self._actions.perform(order, [Picked(message_id)])
        if done.outcome == "already" and done.at is not None:
            raise AlreadyThere(ALREADY[done.detail].format(by=done.by, at=f"{done.at:%F %T} UTC"), field="message_id")
        if done.outcome == "failed":
            raise OutOfOrder(Technical(done.detail), field="message_id")
        if done.detail in IMPOSSIBLE:
            raise OutOfOrder(IMPOSSIBLE[done.detail], field="message_id", rule=done.detail)
        if done.outcome == "impossible":
            raise NotFound(inbox.NO_DEAD.format(message_id=message_id), field="message_id")
        return done

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
        self._counts.was_laid_aside(message_id, error)
        self._attention.set()


def in_inbox(conn: sa.Connection, table: sa.Table, state: str, most: int | None = None) -> list[DeadLetterRow]:
    """The messages of an inbox that are in this state, `dead` or `held`, the oldest first and at most so many."""
    query = sa.select(*(table.c[field.name] for field in fields(DeadLetterRow)))
    query = query.where(table.c.state == state, table.c.state != "done")
    return [DeadLetterRow(*row) for row in conn.execute(query.order_by(table.c.received_at).limit(most))]


def _refused(conn: sa.Connection, tables: Tables, message_id: str) -> WholeDeadLetterRow | None:
    """What the bus will not take and has this id, with its bytes."""
    table = tables.outbox
    reason = conn.execute(sa.select(table.c.refused).where(table.c.message_id == message_id)).scalar()
    if reason is None:
        return None
    (outgoing,) = outbox.rows(conn, table, tables.stored, [message_id])
    return refused_row(outgoing, reason)


def _bare(one: WholeDeadLetterRow) -> DeadLetterRow:
    return DeadLetterRow(*(getattr(one, field.name) for field in fields(DeadLetterRow)))
