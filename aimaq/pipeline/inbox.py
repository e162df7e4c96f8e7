"""The inbox: every message that came in and what became of it. A message has one row, whatever happens to it.

    done    handled, its effects committed with this row; if it comes again nothing happens
    held    it came before an earlier message of its ordering key, and waits for it
    retry   its handling failed; it is handled again when `due_at` has come, and its ordering key waits
    dead    laid aside for an operator, with the reason

The rows of the last three keep the bytes. An ordering key stands for what has an order: at
the gateway the messages of one sender on one case, elsewhere the gateway's deliveries on one case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from aimaq.bus import GATEWAY, IncomingMessage
from aimaq.casework.unit_of_work import Received
from aimaq.language.clock import Clock
from aimaq.language.envelope import digest, party_of, read
from aimaq.language.errors import (
    AimaqError,
    InvalidInput,
    MalformedBody,
    NotFound,
    Technical,
    UnknownSender,
    WithdrawnCertificate,
    WrongRecipient,
)
from aimaq.language.signing.jws import Verifier
from aimaq.language.texts import Texts
from aimaq.settings import Settings
from aimaq.store.database import STATEMENTS, Id, Instant, Row, among
from aimaq.store.failures import line


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


def open_message(incoming: IncomingMessage, party: str, verifier: Verifier, now: datetime) -> Received:
    """Read and check one message. What is wrong with it is kept in `error`, never raised: a message is not lost.

    Nothing in one is believed that the bus could not read, or for whose publisher it does not vouch. The signature is
    checked over the bytes before anything in them is believed. The signer must be the sender that the envelope names,
    and the recipient must be `party`, unless that is the gateway, through which all pass. Of one that is right but for
    the signer's certificate, which is withdrawn, it is known whose it is and where it belongs.
    """
    incoming = incoming.admitted()
    received = Received(incoming, now, digest(incoming.body))
    withdrawn: WithdrawnCertificate | None = None
    try:
        if incoming.flaw:
            raise MalformedBody(Technical(incoming.flaw))
        if incoming.publisher is None:
            raise UnknownSender("the bus does not say whose message it is: it has no user_id", field="user_id")
        try:
            signer = verifier.verify(incoming.body, incoming.signature, now)
        except WithdrawnCertificate as error:
            signer, withdrawn = error.party, error
        received.parsed = read(incoming.body)
        sender = party_of(received.parsed.sender)
        if signer != sender or (party == GATEWAY and incoming.publisher != signer):
            why = f"the message says it is from {sender}, and came from {incoming.publisher}"
            raise UnknownSender(why, field="sender")
        received.trusted = True
        if party not in ("gateway", party_of(received.parsed.recipient)):
            raise WrongRecipient(f"the message is for {received.parsed.recipient}, not for {party}", field="recipient")
        received.content = received.parsed.content()
        received.error = withdrawn
    except AimaqError as error:
        received.error = error
    except Exception as error:
        received.trusted = False
        received.error = MalformedBody(Technical(f"the message cannot be read: {type(error).__name__}"))
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


def parked(conn: sa.Connection, inbox: sa.Table, cases: Sequence[str], kind: str) -> list[sa.Row[Any]]:
    """The held messages of these cases, in the order of their numbers."""
    return list(conn.execute(_parked(inbox, kind), {"keys": cases}))


def count_parked(conn: sa.Connection, inbox: sa.Table) -> int:
    """How many messages are held."""
    return conn.execute(_count_parked(inbox)).scalar_one()


def parked_by_sender(conn: sa.Connection, inbox: sa.Table) -> dict[str, int]:
    """How many messages of each sender are held."""
    query = sa.select(inbox.c.sender, sa.func.count()).where(inbox.c.state == "held").group_by(inbox.c.sender)
    return {row[0]: row[1] for row in conn.execute(query)}


@lru_cache(STATEMENTS)
def _count_parked(inbox: sa.Table) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == "held")


@lru_cache(STATEMENTS)
def _known(inbox: sa.Table, kind: str) -> sa.Select[Any]:
    return sa.select(inbox.c.message_id, inbox.c.digest).where(among(inbox.c.message_id, kind))


@lru_cache(STATEMENTS)
def _parked(inbox: sa.Table, kind: str) -> sa.Select[Any]:
    query = sa.select(inbox).where(inbox.c.state == "held", among(inbox.c.case_id, kind))
    return query.order_by(inbox.c.number)


NO_DEAD = Texts(
    kk="мұнда шетке қойылған «{message_id}» хабары жоқ",
    ru="отложенного сообщения «{message_id}» здесь нет",
    en="no dead letter {message_id} is here",
)


def used(number: int) -> InvalidInput:
    """What is wrong with a message whose number in the order another one had."""
    return InvalidInput(Technical(f"number {number} was used before in this case"), field="sequence", rule="ascending")


def too_many(sender: str, most: int) -> InvalidInput:
    """What is wrong with a message that comes before its turn where so many of its sender's wait already."""
    return InvalidInput(
        Technical(f"{most} messages of {sender} wait for earlier ones of their cases"), field="sequence", rule="held"
    )


def forgotten(received: Received, party: str, settings: Settings, clock: Clock) -> bool:
    """Whether a message with a used number is so old that it may be one whose row was purged, handled and all.

    At the gateway no such message is taken, so it is refused there like any other; elsewhere nothing is made of it.
    """
    age = clock.lasted(received.envelope.occurred_at, received.received_at)
    return party != GATEWAY and age > settings.remembered


def incoming_of(row: sa.Row[Any], delivery_number: int) -> IncomingMessage:
    """The incoming message that a waiting row keeps."""
    stored = row._mapping
    return IncomingMessage(stored["body"], stored["signature"], delivery_number, stored["publisher"])


def row_of(received: Received, number: int) -> Row:
    """The row of a message that was handled: without its bytes."""
    envelope = received.parsed if received.trusted else None
    return {
        "message_id": received.key,
        "digest": received.digest,
        "state": "done",
        "received_at": received.received_at,
        "case_id": envelope.case_id if envelope else None,
        "sender": envelope.sender if envelope else None,
        "type": envelope.type if envelope else None,
        "number": number,
        "attempts": 0,
        "due_at": None,
        "reason": None,
        "publisher": received.incoming.publisher,
        "body": None,
        "signature": None,
    }


def waiting(row: Row, received: Received, state: str, reason: str | None = None) -> Row:
    """The row of a message that is kept, bytes and all, in a state other than done."""
    return row | {
        "state": state,
        "reason": reason,
        "body": received.incoming.body,
        "signature": received.incoming.signature,
    }


def unwritable(
    received: Received, ordering_key: Callable[[Received], tuple[str, int]], stored: str | None, error: Exception
) -> Iterator[Row]:
    """The rows of a message whose change the database will not take, one to be tried after the other.

    The first has all that the message says of itself, the second its bytes alone; `stored` is the id of its row, if it
    has one.
    """
    name = type(error).__name__
    if received.trusted:
        row = waiting(row_of(received, ordering_key(received)[1]), received, "dead", f"{name}: {line(error)}"[:1000])
        yield row | {"message_id": stored or received.key}
    publisher, signature = received.incoming.publisher, received.incoming.signature
    yield {
        "message_id": stored or received.digest[:36],
        "digest": received.digest,
        "state": "dead",
        "received_at": received.received_at,
        "case_id": None,
        "sender": None,
        "type": None,
        "number": 0,
        "attempts": 0,
        "due_at": None,
        "reason": f"{name}: what the message says of itself cannot be kept",
        "publisher": publisher and _writable(publisher),
        "body": received.incoming.body,
        "signature": _writable(signature),
    }


def _writable(text: str) -> str:
    """A text without what no database takes, a NUL or half a character."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def pause(attempt: int, settings: Settings) -> timedelta:
    """How long a message waits after its attempt number `attempt` (from 1) has failed."""
    return timedelta(seconds=min(settings.retry_first * 2 ** min(attempt - 1, 64), settings.retry_most))


def count(conn: sa.Connection, inbox: sa.Table) -> dict[str, tuple[int, datetime | None]]:
    """By state, `held`, `retry` and `dead`: how many messages wait here, and since when the first of them does."""
    query = sa.select(inbox.c.state, sa.func.count(), sa.func.min(inbox.c.received_at))
    rows = conn.execute(query.where(inbox.c.state != "done").group_by(inbox.c.state))
    return dict.fromkeys(("held", "retry", "dead"), (0, None)) | {row[0]: (row[1], row[2]) for row in rows}


def dead_letter(conn: sa.Connection, inbox: sa.Table, message_id: str) -> sa.Row[Any]:
    """One waiting message by its id; NotFound if there is none."""
    query = sa.select(inbox).where(inbox.c.message_id == message_id, inbox.c.state != "done")
    row = conn.execute(query).first()
    if row is None:
        raise NotFound(NO_DEAD.format(message_id=message_id), field="message_id")
    return row
