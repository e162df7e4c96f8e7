"""Messages that the gateway did not let through, as messages that wait for an operator: until one puts them aside."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from aimaq.bus import GATEWAY
from aimaq.bus.control import WaitingMessage
from aimaq.language.bounds import NAME, plain
from aimaq.pipeline.attention.causes import cause_of
from gateway_svc.models import journal, tables

MOST = 5_000
"""How many rejected messages are looked at, the newest."""


def waiting(conn: sa.Connection) -> list[WaitingMessage]:
    """The newest that nobody has put aside."""
    done = sa.select(tables.actions.c.message_id).where(tables.actions.c.message_id == journal.c.message_id)
    columns = [journal.c[name] for name in _COLUMNS]
    query = sa.select(*columns).where(journal.c.verdict == "rejected", ~done.where(_dropped).exists())
    rows = conn.execute(query.order_by(journal.c.number.desc()).limit(MOST)).all()
    return [
        WaitingMessage(
            message_id=message_id,
            kind="rejected",
            since=journalled_at,
            case_id=case_id,
            sender=plain(sender or publisher or "", NAME) or None,
            recipient=plain(recipient or GATEWAY, NAME),
            type=plain(type_, NAME) if type_ else None,
            reason=plain(reason or ""),
            cause=cause_of(reason),
        )
        for message_id, journalled_at, case_id, sender, publisher, recipient, type_, reason in reversed(rows)
    ]


def known(conn: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are rejected messages' in the journal."""
    query = sa.select(journal.c.message_id).where(journal.c.verdict == "rejected", journal.c.message_id.in_(ids))
    return set(conn.execute(query).scalars())


_COLUMNS = ("message_id", "journalled_at", "case_id", "sender", "publisher", "recipient", "type", "reason")
_dropped = tables.actions.c.outcome == "dropped"
