"""What waits for an operator at a service, read from its database: how much of each kind, why, and the oldest of each.

Held, tried again or dead is in the inbox; refused by the broker, in the outbox. What is to be sent waits for an
operator only while the bus does not take it: otherwise it is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from msgspec.structs import replace

from aimaq.bus.control import SHOWN, Kind, Waiting, WaitingMessage
from aimaq.language.bounds import NAME, plain
from aimaq.language.clock import Clock
from aimaq.pipeline.attention.causes import EARLIER, cause_of
from aimaq.pipeline.attention.groups import Groups
from aimaq.pipeline.attention.rows import NOTHING_DONE, OutgoingRow, not_sent
from aimaq.pipeline.background.relay import Relay
from aimaq.pipeline.tables import Tables
from aimaq.store.database import Database

MOST_READ = 20_000
"""How many waiting messages are looked at for their causes; of more, the oldest."""

Position = tuple[datetime, str]
"""Where a message stands in a list: since when it waits, and its id."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which waiting messages are asked for: all, or those of a kind, of a cause, on a case, after a position."""

    kind: Kind | None = None
    cause: str | None = None
    case_id: str | None = None
    after: Position | None = None
    limit: int = SHOWN

    def finds(self, message: WaitingMessage) -> bool:
        """Whether a message is one of them."""
        return (
            self.kind in (None, message.kind)
            and self.cause in (None, message.cause)
            and self.case_id in (None, message.case_id)
            and (self.after is None or position(message) > self.after)
        )


def position(message: WaitingMessage) -> Position:
    """Where a message stands in a list."""
    return message.since, message.message_id


class WaitingList:
    """What waits at one service, `party`."""

    def __init__(self, party: str, database: Database, tables: Tables, relay: Relay, clock: Clock) -> None:
        self._party, self._database, self._tables, self._relay, self._clock = party, database, tables, relay, clock
        self.more: Callable[[sa.Connection], list[WaitingMessage]] = lambda conn: []
        """What else waits at this service, of another kind, oldest first."""

    async def read(self) -> Waiting:
        """All of it in short; Unavailable if the database does not answer."""
        unsent = self._relay.trouble

        def found(conn: sa.Connection) -> Waiting:
            groups, shown = Groups(), list[WaitingMessage]()
            left = dict.fromkeys(_STATES, SHOWN)
            rows = conn.execute(self._in_inbox(Sought(limit=MOST_READ))).all()
            for row in rows:
                _, state, since, case_id, sender, type_, reason, _, _ = row
                if state not in left:  # of a later version
                    continue
                groups.add(state, EARLIER if state == "held" else cause_of(reason), since, case_id, sender, type_)
                if left[state]:
                    left[state] -= 1
                    shown.append(_of_inbox(row, self._party))
            others = self._others(conn, unsent)
            groups.add_all(others)
            for kind in _OTHERS:
                shown += [one for one in others if one.kind == kind][:SHOWN]
            counts = groups.counts()
            if len(rows) >= MOST_READ:
                counts |= self._counted(conn)
            now = self._clock.now()
            return Waiting(now, counts, groups.first(), groups.largest(), tuple(self._with_times(conn, shown)))

        return await self._database.transact(found)

    async def listed(self, sought: Sought) -> list[WaitingMessage]:
        """Those that are asked for, oldest first; Unavailable if the database does not answer."""
        unsent = self._relay.trouble

        def found(conn: sa.Connection) -> list[WaitingMessage]:
            rows = conn.execute(self._in_inbox(sought))
            here = [_of_inbox(row, self._party) for row in rows if row.state in _STATES]
            some = sorted(filter(sought.finds, [*here, *self._others(conn, unsent)]), key=position)
            return self._with_times(conn, some[: sought.limit])

        return await self._database.transact(found)

    async def picked(self, kind: Kind, cause: str, job: str, most: int) -> tuple[list[str], int]:
        """The ids of the oldest of a group on which a job has not acted yet, and how many more there are."""
        box, actions = self._tables.inbox, self._tables.actions

        def found(conn: sa.Connection) -> tuple[list[str], int]:
            done = set(conn.execute(sa.select(actions.c.message_id).where(actions.c.job == job)).scalars())
            query = sa.select(box.c.message_id, box.c.reason).where(box.c.state == kind, box.c.state != "done")
            rows = conn.execute(query.order_by(box.c.received_at, box.c.message_id)).all()
            waiting = [(row[0], EARLIER if kind == "held" else cause_of(row[1])) for row in rows]
            if kind == "refused":
                waiting = [
                    (one.message_id, cause_of(one.refused)) for one in not_sent(conn, self._tables, refused=True)
                ]
            if kind == "rejected":
                waiting = [(one.message_id, one.cause) for one in self.more(conn)]
            left = [message_id for message_id, why in waiting if why == cause and message_id not in done]
            return left[:most], len(left[most:])

        return await self._database.transact(found)

    def _in_inbox(self, sought: Sought) -> sa.Select[Any]:
        """The rows of the inbox among which those stand that are asked for, oldest first."""
        box = self._tables.inbox
        query = sa.select(*(box.c[name] for name in _COLUMNS)).where(box.c.state != "done")
        if sought.kind is not None:
            query = query.where(box.c.state == sought.kind)
        if sought.case_id is not None:
            query = query.where(box.c.case_id == sought.case_id)
        if sought.after is not None:
            since, message_id = sought.after
            same = sa.and_(box.c.received_at == since, box.c.message_id > message_id)
            query = query.where(sa.or_(box.c.received_at > since, same))
        limit = sought.limit if sought.cause is None else MOST_READ
        return query.order_by(box.c.received_at, box.c.message_id).limit(limit)

    def _others(self, conn: sa.Connection, unsent: str | None) -> list[WaitingMessage]:
        """What waits in the outbox, and what else there is, oldest first in each kind."""
        refused = not_sent(conn, self._tables, refused=True, most=MOST_READ)
        found = [_of_outbox(one, "refused", one.refused, self._party) for one in refused]
        if unsent is not None:
            waiting = not_sent(conn, self._tables, refused=False, most=MOST_READ)
            found += [_of_outbox(one, "unsent", unsent, self._party) for one in waiting]
        return found + self.more(conn)

    def _counted(self, conn: sa.Connection) -> dict[Kind, int]:
        box = self._tables.inbox
        query = sa.select(box.c.state, sa.func.count()).where(box.c.state != "done").group_by(box.c.state)
        return {row[0]: row[1] for row in conn.execute(query)}

    def _with_times(self, conn: sa.Connection, messages: Sequence[WaitingMessage]) -> list[WaitingMessage]:
        """The messages with how often each was put back."""
        actions = self._tables.actions
        ids = [message.message_id for message in messages]
        query = sa.select(actions.c.message_id, sa.func.count()).where(
            actions.c.action == "requeue", actions.c.message_id.in_(ids), actions.c.outcome.not_in(NOTHING_DONE)
        )
        times = {row[0]: row[1] for row in conn.execute(query.group_by(actions.c.message_id))} if ids else {}
        return [
            replace(message, times=times[message.message_id]) if message.message_id in times else message
            for message in messages
        ]


_STATES: tuple[Kind, ...] = ("held", "retry", "dead")
_OTHERS: tuple[Kind, ...] = ("refused", "unsent", "rejected")
_COLUMNS = ("message_id", "state", "received_at", "case_id", "sender", "type", "reason", "attempts", "due_at")


def _of_inbox(row: Any, party: str) -> WaitingMessage:
    message_id, state, since, case_id, sender, type_, reason, attempts, due_at = row
    return WaitingMessage(
        message_id=message_id,
        kind=cast(Kind, state),
        since=since,
        case_id=case_id,
        sender=plain(sender, NAME) if sender else None,
        recipient=party,
        type=plain(type_, NAME) if type_ else None,
        reason=plain(reason) if reason else "",
        cause=EARLIER if state == "held" else cause_of(reason),
        attempts=attempts,
        due_at=due_at,
    )


def _of_outbox(row: OutgoingRow, kind: Kind, reason: str | None, party: str) -> WaitingMessage:
    return WaitingMessage(
        message_id=row.message_id,
        kind=kind,
        since=row.since,
        case_id=row.case_id,
        sender=party,
        recipient=row.recipient,
        type=row.type or None,
        reason=plain(reason or ""),
        cause=cause_of(reason),
    )
