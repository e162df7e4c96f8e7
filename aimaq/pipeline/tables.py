"""The tables that every service has."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from aimaq.casework.case import cases_table, issued_table, papers_table
from aimaq.pipeline.inbox import inbox_table
from aimaq.pipeline.outbox import outbox_table


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that every service has; `kept` is one of its own that keeps the bytes of what it forwards."""

    cases: sa.Table
    papers: sa.Table
    issued: sa.Table
    inbox: sa.Table
    outbox: sa.Table
    stored: sa.Table | None = None


def common(metadata: sa.MetaData, stored: sa.Table | None = None) -> Tables:
    """Cases, papers, issued results, inbox and outbox, made in the service's own metadata."""
    return Tables(
        cases_table(metadata),
        papers_table(metadata),
        issued_table(metadata),
        inbox_table(metadata),
        outbox_table(metadata),
        stored,
    )
