"""The registry's tables: certificates issued, the revocation list in force, and the persons it knows (ЖТ МДҚ)."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.db import Instant
from aimaq.tables import common

metadata = sa.MetaData()
tables = common(metadata)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("serial", sa.String(40), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("iin", sa.String(12), index=True),
    sa.Column("bin", sa.String(12)),
    sa.Column("usage", sa.String(8), nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("pem", sa.Text, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("not_after", Instant, nullable=False),
    sa.Column("revoked_at", Instant, index=True),
    sa.Column("reason", sa.String(40)),
)
"""`serial` is lower-case hexadecimal without leading zeros; `reason` is a word of RFC 5280, such as keyCompromise."""

revocation_list = sa.Table(
    "revocation_list",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("this_update", Instant, nullable=False),
    sa.Column("next_update", Instant, nullable=False),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""One row, of id 1: the list in force. Who seals a new one holds the row until it is done."""

persons = sa.Table(
    "persons",
    metadata,
    sa.Column("iin", sa.String(12), primary_key=True),
    sa.Column("surname", sa.Text, nullable=False),
    sa.Column("given", sa.Text, nullable=False),
    sa.Column("patronymic", sa.Text, nullable=False),
)
"""Whoever was issued a certificate is known here, by the names given then."""
