"""How a message that waits is told: one form for what could not be handled here and for what could not be sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from aimaq.bus import OutgoingMessage
from aimaq.language.envelope import digest, read
from aimaq.language.errors import AimaqError
from aimaq.language.messages import TYPES
from aimaq.pipeline.tables import Tables

_HEAD = 700
"""Bytes of an envelope in which its case stands: so many are read of what may have many megabytes."""
_CASE = re.compile(rb'"case_id":"([0-9a-f-]{36})"')
_TYPES = {type_.routing_key: name for name, type_ in TYPES.items()}


NOTHING_DONE = ("impossible", "failed")
"""The outcomes of actions by which nothing was done about a message."""


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A message that could not be handled, and why."""

    message_id: str
    digest: str
    state: str
    received_at: datetime
    case_id: str | None
    sender: str | None
    type: str | None
    number: int
    attempts: int
    due_at: datetime | None
    reason: str | None
    publisher: str | None


@dataclass(frozen=True, slots=True)
class WholeDeadLetterRow(DeadLetterRow):
    """A dead letter with its bytes, and the signature over them as they came; who gave it up, if somebody did."""

    body: bytes
    signature: str | None
    dropped_at: datetime | None = None
    dropped_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A message that is not known to be with the bus, without its bytes; `refused` is why the bus will never take it.

    `case_id` is None where its bytes do not tell at their beginning.
    """

    message_id: str
    recipient: str
    type: str
    since: datetime
    refused: str | None
    case_id: str | None


def whole_row(row: Mapping[Any, Any]) -> WholeDeadLetterRow:
    """A dead letter from its row in the inbox, or among those given up."""
    return WholeDeadLetterRow(
        **{field.name: row[field.name] for field in fields(WholeDeadLetterRow) if field.name in row}
    )


def refused_row(outgoing: OutgoingMessage, reason: str) -> WholeDeadLetterRow:
    """What the bus will not take, as the inbox has its dead letters."""
    try:
        envelope = read(outgoing.body)
    except AimaqError:
        envelope = None
    return WholeDeadLetterRow(
        message_id=outgoing.message_id,
        digest=digest(outgoing.body),
        state="dead",
        received_at=made_at(outgoing.message_id),
        case_id=envelope.case_id if envelope else None,
        sender=envelope.sender if envelope else None,
        type=envelope.type if envelope else None,
        number=outgoing.delivery_number,
        attempts=0,
        due_at=None,
        reason=reason,
        publisher=None,
        body=outgoing.body,
        signature=outgoing.signature,
    )


def not_sent(conn: sa.Connection, tables: Tables, *, refused: bool, most: int | None = None) -> list[OutgoingRow]:
    """What is not known to be with the bus, oldest first, at most so many: what it refuses, or what may be sent."""
    table, stored = tables.outbox, tables.stored
    columns = [table.c.message_id, table.c.queue, table.c.routing_key, table.c.created_at, table.c.refused]
    head = sa.func.substr(table.c.body, 1, _HEAD)
    query: sa.Select[Any] = sa.select(*columns, head.label("head"))
    if stored is not None:
        query = sa.select(*columns, head.label("head"), stored.c.case_id).outerjoin(
            stored, stored.c.message_id == table.c.message_id
        )
    which = table.c.refused.is_not(None) if refused else table.c.refused.is_(None)
    rows = conn.execute(query.where(which).order_by(table.c.message_id).limit(most))
    return [_outgoing_row(row) for row in rows]


def made_at(message_id: str) -> datetime:
    """When a message was made: its id is a UUIDv7, which begins with the milliseconds."""
    return datetime.fromtimestamp(int(message_id[:8] + message_id[9:13], 16) / 1000, UTC)


def _outgoing_row(row: sa.Row[Any]) -> OutgoingRow:
    case_id = getattr(row, "case_id", None)
    if case_id is None and (found := _CASE.search(row.head or b"")) is not None:
        case_id = found[1].decode()
    since = row.created_at or made_at(row.message_id)
    return OutgoingRow(row.message_id, row.queue, _TYPES.get(row.routing_key, ""), since, row.refused, case_id)
