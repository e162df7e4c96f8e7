"""What operators do about messages that wait here: handle or send them again, tell the sender, or give them up.

An action on a message is entered in the transaction that does it, under the key of job and message: a job that is asked
twice acts once. Whoever comes after somebody else is told who it was, and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from aimaq.bus import OutgoingMessage
from aimaq.bus.control import Done, Outcome, Picked
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError
from aimaq.language.messages import MessageRejected
from aimaq.pipeline import outbox
from aimaq.pipeline.attention.rows import NOTHING_DONE, refused_row
from aimaq.pipeline.attention.texts import NOBODY, NOT_HERE, OWN, PARKED, REJECTED, RETRIED
from aimaq.pipeline.items import Order
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.writer import Writer
from aimaq.store.database import Database


@dataclass(slots=True)
class _Found:
    """What is here of the messages that somebody has chosen."""

    waiting: dict[str, sa.Row[Any]] = field(default_factory=dict)
    refused: dict[str, OutgoingMessage] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why the bus does not take those in `refused`."""
    last: dict[str, sa.Row[Any]] = field(default_factory=dict)
    """The last action on each."""
    times: dict[str, int] = field(default_factory=dict)
    """How often each was put back."""
    this_job: dict[str, sa.Row[Any]] = field(default_factory=dict)
    """What this job has done about some of them."""
    elsewhere: set[str] = field(default_factory=set)
    """Those that wait in neither inbox nor outbox."""


class Actions:
    """The actions of operators on the messages that wait at one service."""

    def __init__(self, database: Database, tables: Tables, writer: Writer, clock: Clock) -> None:
        self._database, self._tables, self._writer, self._clock = database, tables, writer, clock
        self.recorded_elsewhere: Callable[[sa.Connection, Sequence[str]], set[str]] = lambda conn, ids: set()
        """Which of some messages wait here though neither inbox nor outbox has them: they can only be put aside."""

    async def perform(self, order: Order, picked: Sequence[Picked]) -> list[Done]:
        """Do what the order says about each of these messages, in as few transactions as they fit in.

        What came of each is returned in their order. Unavailable while nothing can be written.
        """
        ids = list(dict.fromkeys(one.message_id for one in picked))
        found = await self._database.transact(lambda conn: self._find(conn, ids, order.job))
        known_times = {one.message_id: one.times for one in picked}
        done = {id_: answer for id_ in ids if (answer := _settled(id_, found, order, known_times[id_])) is not None}
        rows = [found.waiting[id_] for id_ in ids if id_ not in done and id_ in found.waiting]
        sent = [found.refused[id_] for id_ in ids if id_ not in done and id_ in found.refused]
        done |= await self._in_inbox(rows, order, found)
        if sent:
            done |= await self._in_outbox(sent, order, found)
        if found.elsewhere - done.keys():
            done |= await self._elsewhere([id_ for id_ in ids if id_ not in done], order)
        self._count(order, (one for one in done.values() if one.message_id not in found.this_job))
        vain = [one for one in done.values() if one.outcome in NOTHING_DONE and one.message_id not in found.this_job]
        if vain:
            await self._database.transact(lambda conn: self._enter(conn, order, vain))
        return [done[id_] for id_ in ids]

    def _count(self, order: Order, done: Iterable[Done]) -> None:
        """Count what was done, a line of the log for each."""
        counts = self._writer.counts
        for one in done:
            if one.outcome not in (*NOTHING_DONE, "already"):
                (counts.was_put_back if order.action == "requeue" else counts.was_dropped)(one.message_id)

    def _enter(self, conn: sa.Connection, order: Order, vain: Sequence[Done]) -> None:
        """Enter that nothing could be done about these, so that the job does not try again."""
        now = self._clock.now()
        rows = [order.row(one.message_id, one.outcome, one.detail, now) for one in vain]
        conn.execute(sa.insert(self._tables.actions), rows)

    async def _in_inbox(self, rows: Sequence[sa.Row[Any]], order: Order, found: _Found) -> dict[str, Done]:
        done: dict[str, Done] = {}
        if order.action == "return":
            done = {row.message_id: Done(row.message_id, "impossible", NOBODY) for row in rows if not _has_sender(row)}
        rows = [row for row in rows if row.message_id not in done]
        if not rows:
            return done
        outcomes = await asyncio.gather(*await self._writer.resume(rows, order), return_exceptions=True)
        for row, outcome in zip(rows, outcomes, strict=True):
            id_ = str(row.message_id)
            if isinstance(outcome, Done):
                done[id_] = outcome
            elif isinstance(outcome, AimaqError):
                done[id_] = await self._meanwhile(id_) or Done(id_, "failed", outcome.detail)
            elif isinstance(outcome, BaseException):
                done[id_] = Done(id_, "failed", f"{type(outcome).__name__}: the database does not take it")
        return done

    async def _elsewhere(self, ids: Sequence[str], order: Order) -> dict[str, Done]:
        """Enter that these are put aside; nothing else is done about them."""
        now = self._clock.now()
        rows = [order.row(id_, "dropped", "", now) for id_ in ids]
        await self._database.transact(lambda conn: conn.execute(sa.insert(self._tables.actions), rows))
        self._writer.attention.set()
        return {id_: Done(id_, "dropped", "", order.principal, now) for id_ in ids}

    async def _meanwhile(self, message_id: str) -> Done | None:
        """Who has done something about a message since it was looked up, if somebody has."""
        found = await self._database.transact(lambda conn: self._find(conn, [message_id], ""))
        return None if message_id in found.waiting else _already(message_id, found)

    async def _in_outbox(self, messages: Sequence[OutgoingMessage], order: Order, found: _Found) -> dict[str, Done]:
        """The same for what the bus has refused: it is sent again, or not sent at all."""
        tables, now = self._tables, self._clock.now()
        outcome: Outcome = "sent" if order.action == "requeue" else "dropped"

        def act(conn: sa.Connection) -> list[OutgoingMessage]:
            done = []
            for message in messages:
                table, id_ = tables.outbox, message.message_id
                there = (table.c.message_id == id_, table.c.refused.is_not(None))
                if order.action == "requeue":
                    count = conn.execute(sa.update(table).where(*there).values(refused=None)).rowcount
                else:
                    count = conn.execute(sa.delete(table).where(*there)).rowcount
                if not count:
                    continue
                done.append(message)
                conn.execute(sa.insert(tables.actions), [order.row(id_, outcome, "", now)])
                if order.action == "drop":
                    row = asdict(refused_row(message, found.reasons[id_])) | {"state": "dropped"}
                    conn.execute(sa.insert(tables.dropped), [row | order.gave_up(now)])
            return done

        acted = await self._database.transact(act)
        if order.action == "requeue":
            self._writer.relay.push(acted)
        self._writer.attention.set()
        ids = {message.message_id for message in acted}
        answers: dict[str, Done] = {id_: Done(id_, outcome, "", order.principal, now) for id_ in ids}
        for message in messages:
            if (id_ := message.message_id) not in ids:
                answers[id_] = await self._meanwhile(id_) or Done(id_, "impossible", NOT_HERE)
        return answers

    def _find(self, conn: sa.Connection, ids: Sequence[str], job: str) -> _Found:
        inbox, sent, actions = self._tables.inbox, self._tables.outbox, self._tables.actions
        found = _Found()
        for some in portions(ids):
            query = sa.select(inbox).where(inbox.c.message_id.in_(some), inbox.c.state != "done")
            found.waiting |= {row.message_id: row for row in conn.execute(query)}
            found.elsewhere |= self.recorded_elsewhere(conn, some)
            refused = sa.select(sent.c.message_id, sent.c.refused)
            refused = refused.where(sent.c.message_id.in_(some), sent.c.refused.is_not(None))
            found.reasons |= {row.message_id: row.refused for row in conn.execute(refused)}
            history = sa.select(actions).where(actions.c.message_id.in_(some))
            for row in conn.execute(history.order_by(actions.c.at, actions.c.command_id)):
                if row.job == job:
                    found.this_job[row.message_id] = row
                if row.outcome in NOTHING_DONE:
                    continue
                found.last[row.message_id] = row
                if row.action == "requeue":
                    found.times[row.message_id] = found.times.get(row.message_id, 0) + 1
        if found.reasons:
            messages = outbox.rows(conn, sent, self._tables.stored, found.reasons)
            found.refused = {message.message_id: message for message in messages}
        return found


def portions(ids: Sequence[str], most: int = 500) -> Iterable[Sequence[str]]:
    """The ids, as many at a time as a statement may name."""
    return (ids[start : start + most] for start in range(0, len(ids), most))


def recorded(row: sa.Row[Any]) -> Done:
    """What came of an action, as it was entered."""
    return Done(row.message_id, row.outcome, row.detail, row.principal, row.at)


def _settled(message_id: str, found: _Found, order: Order, times: int | None) -> Done | None:
    """What there is to say of a message on which nothing is to be done; None for one that is to be acted on."""
    if (own := found.this_job.get(message_id)) is not None:
        return recorded(own)
    if message_id in found.elsewhere and message_id not in found.last:
        return Done(message_id, "impossible", REJECTED) if order.action != "drop" else None
    here = message_id in found.waiting or message_id in found.refused
    if not here or (times is not None and found.times.get(message_id, 0) > times):
        return _already(message_id, found) or Done(message_id, "impossible", NOT_HERE)
    if message_id in found.refused:
        return Done(message_id, "impossible", OWN) if order.action == "return" else None
    state = found.waiting[message_id].state
    if state == "held" or (state == "retry" and order.action != "requeue"):
        return Done(message_id, "impossible", PARKED if state == "held" else RETRIED)
    return None


def _already(message_id: str, found: _Found) -> Done | None:
    last = found.last.get(message_id)
    return Done(message_id, "already", last.action, last.principal, last.at) if last is not None else None


def _has_sender(row: sa.Row[Any]) -> bool:
    return row.sender is not None and row.type != MessageRejected.__name__
