"""The inbox: every message that came in and what became of it. A message has one row, whatever happens to it.

    done    handled, its effects committed with this row; if it comes again nothing happens
    held    it came before an earlier message of its lane, and waits for it
    retry   its handling failed; it is handled again when `due_at` has come, and its lane waits
    dead    laid aside for an operator, with the reason

The rows of the last three keep the bytes. A lane is what has an order: at the gateway the messages of one sender on
one case, elsewhere the gateway's deliveries on one case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from aimaq.bus import GATEWAY, Arrival
from aimaq.language.clock import Clock
from aimaq.store.database import Id, Instant, Row, among
from aimaq.language.envelope import digest, party_of, read
from aimaq.language.errors import (
    AimaqError,
    InvalidInput,
    NotFound,
    UnknownSender,
    WithdrawnCertificate,
    WrongRecipient,
)
from aimaq.settings import Settings
from aimaq.language.signing.jws import Verifier
from aimaq.casework.unit_of_work import Received


def inbox_table(metadata: sa.MetaData) -> sa.Table:
    """The table of what came in."""
    table = sa.Table(
        "inbox",
        metadata,
        sa.Column("message_id", Id, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("case_id", Id),
        sa.Column("sender", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("reason", sa.Text),
        sa.Column("publisher", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.Column("signature", sa.Text),
    )
    waiting = table.c.state != "done"
    sa.Index("inbox_waiting", table.c.case_id, postgresql_where=waiting, sqlite_where=waiting)
    return table


def open_arrival(arrival: Arrival, party: str, verifier: Verifier, now: datetime) -> Received:
    """Read and check one arrival. What is wrong with it is kept in `error`, never raised: a message is not lost.

    The signature is checked over the bytes before anything in them is believed. The signer must be the sender that
    the envelope names, and the recipient must be `party`, unless that is the gateway, through which all pass. Of one
    that is right but for the signer's certificate, which is withdrawn, it is known whose it is and where it belongs.
    """
    received = Received(arrival, now, digest(arrival.body))
    withdrawn: WithdrawnCertificate | None = None
    try:
        try:
            signer = verifier.verify(arrival.body, arrival.signature, now)
        except WithdrawnCertificate as error:
            signer, withdrawn = error.party, error
        received.envelope = read(arrival.body)
        sender = party_of(received.envelope.sender)
        if signer != sender or (arrival.publisher is not None and party == "gateway" and arrival.publisher != signer):
            who = arrival.publisher if arrival.publisher not in (None, signer) else signer
            raise UnknownSender(f"the message says it is from {sender}, and came from {who}", field="sender")
        received.trusted = True
        if party not in ("gateway", party_of(received.envelope.recipient)):
            raise WrongRecipient(
                f"the message is for {received.envelope.recipient}, not for {party}", field="recipient"
            )
        received.content = received.envelope.content()
        received.error = withdrawn
    except AimaqError as error:
        received.error = error
    return received


def known(conn: sa.Connection, inbox: sa.Table, ids: Sequence[str], kind: str) -> dict[str, str]:
    """The digests of those of the messages that came in before, by id."""
    rows = conn.execute(_known(inbox, kind), {"keys": ids})
    return {row.message_id: row.digest for row in rows}


def still_waiting(conn: sa.Connection, inbox: sa.Table, ids: Sequence[str], kind: str) -> set[str]:
    """Those of these ids whose message is not done."""
    query = sa.select(inbox.c.message_id).where(inbox.c.state != "done", among(inbox.c.message_id, kind))
    return set(conn.execute(query, {"keys": ids}).scalars())


def replace(conn: sa.Connection, inbox: sa.Table, row: Row) -> None:
    """Write one row in place of the one that is there, if there is one."""
    conn.execute(sa.delete(inbox).where(inbox.c.message_id == row["message_id"]))
    conn.execute(sa.insert(inbox), [row])


def held(conn: sa.Connection, inbox: sa.Table, cases: Sequence[str], kind: str) -> list[sa.Row[Any]]:
    """The held messages of these cases, in the order of their numbers."""
    return list(conn.execute(_held(inbox, kind), {"keys": cases}))


def count_held(conn: sa.Connection, inbox: sa.Table) -> int:
    """How many messages are held."""
    return conn.execute(_count_held(inbox)).scalar_one()


@cache
def _count_held(inbox: sa.Table) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == "held")


@cache
def _known(inbox: sa.Table, kind: str) -> sa.Select[Any]:
    return sa.select(inbox.c.message_id, inbox.c.digest).where(among(inbox.c.message_id, kind))


@cache
def _held(inbox: sa.Table, kind: str) -> sa.Select[Any]:
    query = sa.select(inbox).where(inbox.c.state == "held", among(inbox.c.case_id, kind))
    return query.order_by(inbox.c.number)


def used(number: int) -> InvalidInput:
    """What is wrong with a message whose number in its lane another one had."""
    return InvalidInput(f"number {number} was used before in this case", field="sequence", rule="ascending")


def forgotten(received: Received, party: str, settings: Settings, clock: Clock) -> bool:
    """Whether a message with a used number is so old that it may be one whose row was purged, handled and all.

    At the gateway no such message is taken, so it is refused there like any other; elsewhere nothing is made of it.
    """
    age = clock.lasted(received.letter.occurred_at, received.received_at)
    return party != GATEWAY and age > settings.remembered


def arrival_of(row: sa.Row[Any], delivery: int) -> Arrival:
    """The arrival that a waiting row keeps."""
    kept = row._mapping
    return Arrival(kept["body"], kept["signature"], delivery, kept["publisher"])


def row_of(received: Received, number: int) -> Row:
    """The row of a message that was handled: without its bytes."""
    letter = received.envelope if received.trusted else None
    return {
        "message_id": received.key, "digest": received.digest, "state": "done", "received_at": received.received_at,
        "case_id": letter.case_id if letter else None, "sender": letter.sender if letter else None,
        "type": letter.type if letter else None, "number": number, "attempts": 0, "due_at": None, "reason": None,
        "publisher": received.arrival.publisher, "body": None, "signature": None,
    }  # fmt: skip


def waiting(row: Row, received: Received, state: str, reason: str | None = None) -> Row:
    """The row of a message that is kept, bytes and all, in a state other than done."""
    return row | {
        "state": state, "reason": reason, "body": received.arrival.body, "signature": received.arrival.signature,
    }  # fmt: skip


def pause(attempt: int, settings: Settings) -> timedelta:
    """How long a message waits after its attempt number `attempt` (from 1) has failed."""
    return timedelta(seconds=min(settings.retry_first * 2 ** (attempt - 1), settings.retry_most))


def dead(conn: sa.Connection, inbox: sa.Table) -> Iterable[Row]:
    """The dead letters, oldest first, without their bytes."""
    hidden = {"body", "signature"}
    query = sa.select(*(c for c in inbox.c if c.name not in hidden)).where(inbox.c.state == "dead")
    return [dict(row._mapping) for row in conn.execute(query.order_by(inbox.c.received_at))]


def count(conn: sa.Connection, inbox: sa.Table) -> dict[str, int]:
    """How many messages wait here, by state: `held`, `retry` and `dead`."""
    query = sa.select(inbox.c.state, sa.func.count()).where(inbox.c.state != "done").group_by(inbox.c.state)
    return {"held": 0, "retry": 0, "dead": 0} | {row[0]: row[1] for row in conn.execute(query)}


def letter(conn: sa.Connection, inbox: sa.Table, message_id: str) -> sa.Row[Any]:
    """One waiting message by its id; NotFound if there is none."""
    query = sa.select(inbox).where(inbox.c.message_id == message_id, inbox.c.state != "done")
    row = conn.execute(query).first()
    if row is None:
        raise NotFound(f"no message {message_id} waits here", field="message_id")
    return row
