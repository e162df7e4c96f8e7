"""The gateway's tables: what every service has, and the journal of every message that came or went."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.pipeline.tables import common
from aimaq.store.database import INLINE, Id, Instant

metadata = sa.MetaData()

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("message_id", Id, nullable=False, unique=True),
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
    sa.Column("hash", sa.LargeBinary, nullable=False),
    **INLINE,
)
"""Accepted messages stand here under their own id, rejected ones under an id of the gateway's, all as they came.

`number` counts the entries, without a gap, in the order in which they were made, by which they are read: where the
clock stands, many have the same time. `hash` chains an entry to the one before it (`gateway_svc.journal.entry`).
"""

sa.Index("journal_by_case", journal.c.case_id, journal.c.number)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("closed_at", Instant, nullable=False),
    sa.Column("header", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("stamp", sa.LargeBinary),
    sa.Column("stamp_note", sa.Text),
)
"""The blocks that the journal is closed in. `signature` is the gateway's over the bytes of `header`.

`stamp` is a time stamp token (RFC 3161) over the header; where there is none, `stamp_note` says why.
"""

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", Id, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("case_id", Id),
    sa.Index("actions_by_principal", "principal", "number"),
    sa.Index("actions_by_action", "action", "number"),
    sa.Index("actions_by_outcome", "outcome", "number"),
    sa.Index("actions_by_object", "object", "number"),
    sa.Index("actions_by_case", "case_id", "number"),
    sa.Index("actions_by_time", "at", "number"),
)
"""What those who administer did, to be found by: the entries of the journal whose verdict is `action`, by number.

All that an entry says is in its bytes in the journal; this is written with it.
"""

tables = common(metadata, stored=journal)
