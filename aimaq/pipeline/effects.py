"""What a batch wants: its rows written, its messages sent, and some of what came in tried again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from aimaq.bus import OutgoingMessage
from aimaq.bus.control import Action, Done
from aimaq.bus.control import Outcome as Came
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import OutboxEntry, Received, UnitOfWork
from aimaq.language.signing.jws import Signer
from aimaq.pipeline import outbox
from aimaq.pipeline.items import QueuedCommand
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.telemetry.outcomes import Outcome
from aimaq.store.database import Row
from aimaq.store.write_set import WriteSet

_DROPPED: dict[Action, Came] = {"return": "returned", "drop": "dropped"}
_OUTCOMES: dict[str, Came] = {"dead": "dead", "retry": "retry", "held": "held"}


@dataclass(slots=True)
class Effects:
    """Everything that a batch wants, gathered while it handles its messages and commands."""

    write_set: WriteSet = field(default_factory=WriteSet)
    inbox_rows: dict[str, Row] = field(default_factory=dict)
    """The rows of the messages handled, by id."""
    rewritten: set[str] = field(default_factory=set)
    """Those of them that stand in the inbox already and are changed there."""
    parked: dict[str, Received] = field(default_factory=dict)
    """The messages parked by this batch, which the inbox does not have yet."""
    more_parked: int = 0
    """By how much the number of parked messages has changed."""
    retries: list[tuple[str, datetime]] = field(default_factory=list)
    """The messages to be tried again, each with when."""
    outgoing: list[OutboxEntry] = field(default_factory=list)
    messages: list[OutgoingMessage] = field(default_factory=list)
    """What is to be sent, as signed."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What became of the messages, in order; one that was held and then handled is there twice."""
    commands: Counter[str] = field(default_factory=Counter)
    """How many commands were done, refused and failed."""

    @property
    def waiting_changed(self) -> bool:
        """Whether other messages wait after this than before."""
        rows = self.inbox_rows.values()
        return bool(self.rewritten) or any(row["state"] != "done" or row["reason"] for row in rows)

    def keep(self, uow: UnitOfWork) -> None:
        """Take over what a unit of work wants beside its case."""
        for table, row in uow.inserts:
            self.write_set.add(table, [row])
        for table, key, row in uow.updates:
            self.write_set.change(table, key, [row])
        self.outgoing += uow.outgoing_messages

    def record(self, tables: Tables, command: QueuedCommand, received: Received, now: datetime) -> Done | None:
        """Enter an operator's action on a message that waited, if it is one, and what came of it, which is returned.

        The bytes of a message that is given up are kept.
        """
        if (order := command.order) is None:
            return None
        stored, incoming = command.stored or received.key, received.incoming
        row = self.inbox_rows[stored]
        outcome: Came = _DROPPED.get(order.action) or _OUTCOMES.get(row["state"], "handled")
        detail = row["reason"] or "" if outcome in ("dead", "retry") else ""
        self.write_set.add(tables.actions, [order.row(stored, outcome, detail, now)])
        if order.action in _DROPPED:
            dropped = row | {"state": outcome, "reason": command.waited_for, "attempts": command.attempts}
            dropped |= {"body": incoming.body, "signature": incoming.signature}
            self.write_set.add(tables.dropped, [dropped | order.gave_up(now)])
        return Done(stored, outcome, detail, order.principal, now)

    def account(
        self,
        tables: Tables,
        added: Sequence[Case],
        changed: Sequence[Case],
        confirmed: Sequence[str],
        signer: Signer,
        most: int,
        now: datetime,
    ) -> None:
        """Enter everything in the write set: the cases, `added` or `changed`; that what the bus has `confirmed` goes.

        Messages are signed here, up to `most` of them together.
        """
        write_set, rows = self.write_set, self.inbox_rows
        write_set.add(tables.inbox, [row for id_, row in rows.items() if id_ not in self.rewritten])
        write_set.change(tables.inbox, "message_id", [row for id_, row in rows.items() if id_ in self.rewritten])
        columns = tables.columns
        write_set.add(tables.cases, [columns.row(case) for case in added])
        moved = [columns.row(case) for case in changed]
        write_set.change(tables.cases, "case_id", [{name: row[name] for name in columns.changing} for row in moved])
        write_set.remove(tables.outbox, "message_id", confirmed)
        self.messages = outbox.put(write_set, tables.outbox, tables.stored, self.outgoing, signer, most, now)

    def write(self, conn: sa.Connection) -> None:
        """See `aimaq.store.writer_connection.Draft`; IntegrityError where the database knows better."""
        self.write_set.write(conn)
