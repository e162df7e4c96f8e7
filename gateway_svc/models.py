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

_REJECTED = journal.c.verdict == "rejected"
sa.Index("journal_rejected", journal.c.number, postgresql_where=_REJECTED, sqlite_where=_REJECTED)

rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("message_id", Id, primary_key=True),
    sa.Column("claimed_id", sa.Text),
    sa.Column("digest", sa.String(64), nullable=False),
)
"""By what a `MessageRejected` names a rejected message: the id that it had given itself, and the digest of its bytes.

`message_id` is the one under which it stands in the journal.
"""

sa.Index("rejections_by_claimed_id", rejections.c.claimed_id)
sa.Index("rejections_by_digest", rejections.c.digest)

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

tables = common(metadata, stored=journal)
