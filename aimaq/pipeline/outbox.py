"""The outbox: what a committed transaction wants sent, until the bus has confirmed it.

A row is written in the sender's transaction and removed by a later one, once the broker has the message. The relay
(`aimaq.pipeline.background.relay`) is handed the messages in memory after the commit; the table is swept only at the
start and after the database was gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import shake_256

import sqlalchemy as sa

from aimaq.bus import OutgoingMessage
from aimaq.casework.unit_of_work import OutboxEntry
from aimaq.language.signing.jws import Signer
from aimaq.store.database import INLINE, Id, Instant, Row
from aimaq.store.write_set import WriteSet

_PROBE, _ROOM = "probe", 64 * 1024
"""The id of the row that shows whether there is room, which no other connection ever sees, and its size in bytes."""


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """The table of what is still to be sent. `body` is empty where another table of the service keeps the bytes.

    `refused` is why the bus will never take a message (`aimaq.pipeline.attention`); it is empty where it may.
    """
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("message_id", Id, primary_key=True),
        sa.Column("routing_key", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("signature", sa.Text),
        sa.Column("refused", sa.Text),
        sa.Column("created_at", Instant),
        **INLINE,
    )


def row_of(outgoing: OutgoingMessage, now: datetime | None, *, with_bytes: bool) -> Row:
    """The row that remembers a message as of now, with its bytes or without."""
    return {
        "message_id": outgoing.message_id,
        "routing_key": outgoing.routing_key,
        "queue": outgoing.to,
        "delivery": outgoing.delivery_number,
        "body": outgoing.body if with_bytes else None,
        "signature": outgoing.signature if with_bytes else None,
        "created_at": now,
    }


def put(
    write_set: WriteSet,
    outbox: sa.Table,
    stored: sa.Table | None,
    entries: Sequence[OutboxEntry],
    signer: Signer,
    most: int,
    now: datetime,
) -> list[OutgoingMessage]:
    """Sign what is to be sent and write it to the outbox, each with its bytes or without; the messages as signed.

    Up to `most` that go to one party share a signature. The rows in `kept`, which have the bytes instead, get it too.
    """
    unsigned = sorted((entry.message for entry in entries if not entry.message.signature), key=lambda one: one.to)
    marks = signer.sign_all([message.body for message in unsigned], most)
    by_id = {message.message_id: mark for message, mark in zip(unsigned, marks, strict=True)}
    messages, rows = [], []
    for message, with_bytes in entries:
        mark = by_id.get(message.message_id)
        messages.append(message.signed(mark) if mark else message)
        rows.append(row_of(messages[-1], now, with_bytes=with_bytes))
    write_set.add(outbox, rows)
    for row in write_set.rows(stored) if stored is not None and by_id else ():
        row["signature"] = by_id.get(row["message_id"], row["signature"])
    return messages


def unsent(conn: sa.Connection, outbox: sa.Table, stored: sa.Table | None) -> list[OutgoingMessage]:
    """Every message that was committed and never confirmed, but for those that the bus will not take."""
    return rows(conn, outbox, stored)


def rows(
    conn: sa.Connection, outbox: sa.Table, stored: sa.Table | None, ids: Iterable[str] | None = None
) -> list[OutgoingMessage]:
    """The messages with these ids, or all that may be sent; `stored` is the table with the bytes of those without."""
    columns = [outbox.c.message_id, outbox.c.routing_key, outbox.c.queue, outbox.c.delivery]
    if stored is None:
        query = sa.select(*columns, outbox.c.body, outbox.c.signature)
    else:
        body = sa.func.coalesce(outbox.c.body, stored.c.body)
        signature = sa.func.coalesce(outbox.c.signature, stored.c.signature)
        query = sa.select(*columns, body, signature).outerjoin(stored, stored.c.message_id == outbox.c.message_id)
    which = outbox.c.refused.is_(None) if ids is None else outbox.c.message_id.in_(list(ids))
    found = conn.execute(query.where(which).order_by(outbox.c.message_id))
    return [OutgoingMessage(row[0], row[1], row[2], row[4], row[5], row[3]) for row in found]


def probe(conn: sa.Connection, outbox: sa.Table) -> None:
    """Write something that takes room on the disk, and take it away again: a full disk takes nothing at all."""
    row = OutgoingMessage(_PROBE, "", "", shake_256(_PROBE.encode()).digest(_ROOM), "")
    conn.execute(sa.insert(outbox), [row_of(row, None, with_bytes=True)])
    conn.execute(sa.delete(outbox).where(outbox.c.message_id == _PROBE))


def count(conn: sa.Connection, outbox: sa.Table) -> tuple[int, datetime | None]:
    """How many messages are committed and not known to be with the bus, and since when the first of them is."""
    query = sa.select(sa.func.count(), sa.func.min(outbox.c.created_at)).where(outbox.c.refused.is_(None))
    row = conn.execute(query).one()
    return row[0], row[1]
