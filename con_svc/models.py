"""The service centre's tables: what every service has, the operators, and the electronic queue."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.access.challenges import challenges_table
from aimaq.access.sessions import ended_table
from aimaq.access.users import users_table
from aimaq.pipeline.tables import common
from aimaq.store.database import Id, Instant

metadata = sa.MetaData()
tables = common(metadata)
users = users_table(metadata)
challenges = challenges_table(metadata)
ended = ended_table(metadata)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("ticket", Id, primary_key=True),
    sa.Column("day", sa.String(10), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("case_id", Id),
)
"""Tickets of the electronic queue; `case_id` is the case that somebody was called up for."""
