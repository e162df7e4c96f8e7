"""The tables that every service has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from aimaq.casework.case import CHANGING, Case, cases_table, issued_table, papers_table
from aimaq.pipeline.inbox import inbox_table
from aimaq.pipeline.outbox import outbox_table
from aimaq.store.database import Row


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
    stored: sa.Table | None = None
    columns: CaseColumns = CaseColumns()


def common(metadata: sa.MetaData, stored: sa.Table | None = None, columns: CaseColumns | None = None) -> Tables:
    """Cases, papers, issued results, inbox and outbox, made in the service's own metadata."""
    own = columns or CaseColumns()
    return Tables(
        cases_table(metadata, *own.more, by_person=own.by_person),
        papers_table(metadata),
        issued_table(metadata),
        inbox_table(metadata),
        outbox_table(metadata),
        stored,
        own,
    )
