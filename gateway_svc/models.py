"""The gateway's tables: what every service has, and the journal of every message that came or went."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.db import Id, Instant
from aimaq.tables import common

metadata = sa.MetaData()

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("message_id", Id, primary_key=True),
    sa.Column("case_id", Id),
    sa.Column("type", sa.Text),
    sa.Column("sender", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("sequence", sa.Integer),
    sa.Column("occurred_at", Instant),
    sa.Column("journalled_at", Instant, nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("publisher", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)
"""Accepted messages stand here under their own id, rejected ones under an id of the gateway's, all as they came."""

sa.Index("journal_by_case", journal.c.case_id, journal.c.journalled_at)

tables = common(metadata, kept=journal)
