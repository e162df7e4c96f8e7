"""The gateway's tables: what every service has, and the journal of every message that came or went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from aimaq.casework.case import CHANGING, Case
from aimaq.pipeline.tables import CaseColumns, common
from aimaq.store.database import INLINE, Id, Instant, Row

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
_ROUTE = journal.c.sender, journal.c.recipient, journal.c.number
_REFUSED: dict[str, Any] = dict.fromkeys(
    ("postgresql_where", "sqlite_where"), journal.c.verdict == sa.literal_column("'rejected'")
)
sa.Index("journal_by_route", *_ROUTE)
sa.Index("journal_refused", journal.c.number, **_REFUSED)
sa.Index("journal_refused_by_route", *_ROUTE, **_REFUSED)

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


def _row(case: Case) -> Row:
    """A case with what operators search for in columns of their own. Whoever has none of a number has an empty text."""
    standing = case.standing
    return case.row() | {
        "number": case.number,
        "iin": case.iin,
        "bin": case.form.get("bin", ""),
        "next_party": standing.party if standing else "",
        "next_unit": standing.unit if standing else "",
        "due_at": standing.due_at if standing else None,
        "near_at": standing.near_at if standing else None,
        "term_due_at": standing.term_due_at if standing else None,
    }


def _index(name: str, where: str, *columns: str) -> sa.Index:
    """An index over the rows alone for which `where` holds."""
    return sa.Index(name, *columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


_SEARCHED = ("number", "iin", "bin", "next_party", "next_unit", "due_at", "near_at", "term_due_at")

tables = common(
    metadata,
    stored=journal,
    columns=CaseColumns(
        row=_row,
        changing=(*CHANGING, *_SEARCHED),
        more=(
            *(sa.Column(name, sa.Text) for name in _SEARCHED[:5]),
            *(sa.Column(name, Instant) for name in _SEARCHED[5:]),
            _index("cases_by_number", "number <> ''", "number"),
            _index("cases_by_iin", "iin <> ''", "iin", "case_id"),
            _index("cases_by_bin", "bin <> ''", "bin", "case_id"),
            _index("cases_open", "next_party <> ''", "due_at", "near_at", "next_party", "next_unit", "case_id"),
            sa.Index("cases_by_opening", "opened_at", postgresql_using="brin"),
            _index("cases_unfilled", "next_party IS NULL", "case_id"),
        ),
        by_person=False,
    ),
)
"""What the gateway knows of a case, in columns beside the whole of it, written in the transaction of the journal.

`next_party` is whose move it is, a party or a body of one, empty at an end and null in rows of a version that knew
nothing of it; `next_unit` the performer; `due_at` when the step due must be done, null without a limit; from `near_at`
on it is near. The indexes have only the rows that can be asked for, and the one that changes with each step only the
cases that are open. Cases lie on the disk much in the order in which they were opened, which is all that a BRIN needs.
"""


def _traffic(name: str) -> sa.Table:
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("retried", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("latency", sa.Text, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
    )
    sa.Index(f"{name}_by_time", table.c.at)
    return table


traffic_minutes, traffic_hours = _traffic("traffic_minutes"), _traffic("traffic_hours")
"""What moved on each route (`gateway_svc.traffic.counts`) in each minute, and in each hour that is over.

`at` is when it began, by the times of the journal. `latency` is JSON: how many by the number of their bucket
(`gateway_svc.traffic.histogram`).
"""

suspensions = sa.Table(
    "suspensions",
    metadata,
    sa.Column("party", sa.String(16), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""The parties whose messages the gateway refuses (`gateway_svc.parties.suspension`)."""
