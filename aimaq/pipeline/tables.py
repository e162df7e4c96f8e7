"""The tables that every service has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from aimaq.casework.case import CHANGING, Case, cases_table, issued_table, papers_table
from aimaq.pipeline.inbox import inbox_table
from aimaq.pipeline.outbox import outbox_table
from aimaq.store.database import INLINE, Id, Instant, Row


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """How a service has cases in columns: the row of a case, and the columns of it that may differ after a change.

    `more` are columns and indexes beside those that every service has.
    """

    row: Callable[[Case], Row] = Case.row
    changing: tuple[str, ...] = CHANGING
    more: tuple[sa.schema.SchemaItem, ...] = ()
    by_person: bool = True


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that every service has; `stored` is one of its own that keeps the bytes of what it forwards."""

    cases: sa.Table
    papers: sa.Table
    issued: sa.Table
    inbox: sa.Table
    outbox: sa.Table
    actions: sa.Table
    dropped: sa.Table
    stored: sa.Table | None = None
    columns: CaseColumns = CaseColumns()


def common(metadata: sa.MetaData, stored: sa.Table | None = None, columns: CaseColumns | None = None) -> Tables:
    """Cases, papers, issued results, inbox, outbox and what operators did, made in the service's own metadata."""
    own = columns or CaseColumns()
    return Tables(
        cases_table(metadata, *own.more, by_person=own.by_person),
        papers_table(metadata),
        issued_table(metadata),
        inbox_table(metadata),
        outbox_table(metadata),
        actions_table(metadata),
        dropped_table(metadata),
        stored,
        own,
    )


def actions_table(metadata: sa.MetaData) -> sa.Table:
    """The table of actions. A job acts once on a message: whatever comes twice, its key is there already."""
    table = sa.Table(
        "dead_letter_actions",
        metadata,
        sa.Column("job", Id, primary_key=True),
        sa.Column("message_id", Id, primary_key=True),
        sa.Column("command_id", Id, nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    sa.Index("dead_letter_actions_by_message", table.c.message_id)
    sa.Index("dead_letter_actions_by_command", table.c.command_id)
    return table


def dropped_table(metadata: sa.MetaData) -> sa.Table:
    """The table of messages that were given up or returned: as they came, why they waited, who gave them up and why."""
    return sa.Table(
        "dropped",
        metadata,
        sa.Column("message_id", Id, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("case_id", Id),
        sa.Column("sender", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("reason", sa.Text),
        sa.Column("publisher", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.Text),
        sa.Column("dropped_at", Instant, nullable=False),
        sa.Column("dropped_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        **INLINE,
    )
