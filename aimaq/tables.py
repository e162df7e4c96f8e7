"""The tables that every service has."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.batch import Tables
from aimaq.case import cases_table, papers_table
from aimaq.inbox import inbox_table
from aimaq.outbox import outbox_table


def common(metadata: sa.MetaData, kept: sa.Table | None = None) -> Tables:
    """Cases, papers, inbox and outbox, made in the service's own metadata."""
    return Tables(cases_table(metadata), papers_table(metadata), inbox_table(metadata), outbox_table(metadata), kept)
