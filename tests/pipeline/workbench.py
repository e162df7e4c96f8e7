"""A batch and its parts by themselves: the tables of a service in memory, messages that are believed, and no bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from aimaq.bus import IncomingMessage
from aimaq.casework.case import Case, CaseDraft
from aimaq.casework.unit_of_work import Party, Received, UnitOfWork
from aimaq.language.clock import StandClock
from aimaq.language.envelope import Envelope, digest, to_bytes
from aimaq.language.errors import AimaqError, BadSignature, WithdrawnCertificate
from aimaq.language.ids import Ids
from aimaq.language.messages import TYPES
from aimaq.pipeline import tables as pipeline_tables
from aimaq.pipeline.batch import Batch, BatchContext
from aimaq.pipeline.inbox import row_of, waiting
from aimaq.pipeline.items import BatchExtension, QueuedCommand, Rules, nothing
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.pipeline.telemetry.tracing import Tracing
from aimaq.pipeline.working_set import Cache, WorkingSet
from aimaq.settings import Settings
from tests.parties import BASE

React = Callable[[UnitOfWork, Received], None]


def case(case_id: str, **changes: Any) -> Case:
    """A case of the service centre."""
    return CaseDraft(case_id, "act", "con", BASE, BASE, **changes).frozen()


def envelope_of(message_id: str, case_id: str, sequence: int = 1, **changes: Any) -> Envelope:
    """What the gateway tells the service centre."""
    lawful = Envelope(
        message_id=message_id,
        type="StatusChanged",
        kind=TYPES["StatusChanged"].kind,
        sender="gateway",
        recipient="con",
        case_id=case_id,
        caused_by=None,
        sequence=sequence,
        regulation="act",
        channel="con",
        occurred_at=BASE,
        steps=(),
        body=msgspec.Raw(b'{"status":"received","number":""}'),
    )
    return msgspec.structs.replace(lawful, **changes)


def message(message_id: str, case_id: str, number: int = 1, **changes: Any) -> Received:
    """A message that is believed; the number 0 asks for no order."""
    envelope = envelope_of(message_id, case_id, max(number, 1), **changes)
    body = to_bytes(envelope)
    incoming = IncomingMessage(body, envelope.sender, number, "gateway")
    return Received(incoming, BASE, digest(body), envelope, trusted=True)


def disbelieved(error: AimaqError | None, text: bytes = b"not a message") -> Received:
    """A message of which nothing can be believed."""
    return Received(IncomingMessage(text, "nobody", 1, "gateway"), BASE, digest(text), error=error)


def arrived(received: Received, **more: Any) -> QueuedCommand:
    """A message on its way through a batch."""
    case_id = received.envelope.case_id if received.trusted else None
    return QueuedCommand(nothing, case_id, received=received, **more)


class Signatures:
    """Takes the name in the place of a signature for whoever signed."""

    def __init__(self) -> None:
        self.withdrawn = frozenset[str]()
        """The parties whose certificates are withdrawn."""
        self.asked: list[tuple[bytes, datetime]] = []
        """Over which bytes, and as of when, a signature was verified."""

    def verify(self, data: bytes, signature: str, at: datetime) -> str:
        """See `Verifier.verify`."""
        self.asked.append((data, at))
        if signature == "nobody":
            raise BadSignature
        if signature in self.withdrawn:
            raise WithdrawnCertificate("withdrawn", party=signature)
        return signature

    def sign(self, data: bytes) -> str:
        """See `Signer.sign`."""
        return "con"

    def sign_all(self, data: Sequence[bytes], most: int) -> list[str]:
        """See `Signer.sign_all`."""
        return [self.sign(one) for one in data]


@dataclass
class Witness(BatchExtension):
    """An extension that notes on which connection, and for which messages, it is asked to prepare."""

    prepared: list[tuple[sa.Connection, list[Received]]] = field(default_factory=list)

    def load(self, conn: sa.Connection, messages: Sequence[Received]) -> None:
        """See `BatchExtension.load`."""
        self.prepared.append((conn, list(messages)))


@dataclass
class Workbench:
    """The tables of a service, what is remembered of them, and rules that note what is handled and what is refused."""

    conn: sa.Connection
    tables: Tables
    party: str = "con"
    cache: Cache = field(default_factory=Cache)
    witness: Witness = field(default_factory=Witness)
    clock: StandClock = field(default_factory=lambda: StandClock(lambda: BASE))
    handled: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """The keys of messages that were refused, and why."""
    reaction: React | None = None
    """What handling a message does beside being noted, and opening its case."""
    aside: str | None = None
    """Why a refused message is to be laid aside, if it is."""
    tracing: Tracing | None = None
    settings: Settings = field(
        default_factory=lambda: Settings(party="con", home=Path("nowhere"), retry_first=10, retry_times=3)
    )

    def __post_init__(self) -> None:
        self.counts = Counts(self.party, self.clock)
        self.ids = Ids(self.clock)
        self.signatures = Signatures()
        self.rules = Rules(self._react, self._reject, self._ordering_key, self.witness)

    def put(self, *cases: Case) -> None:
        """Store cases."""
        self.conn.execute(sa.insert(self.tables.cases), [one.row() for one in cases])

    def put_message(self, received: Received, state: str = "done", reason: str | None = None) -> None:
        """Store a message's row."""
        row = row_of(received, self._ordering_key(received)[1] if received.trusted else 0)
        stored = row if state == "done" else waiting(row, received, state, reason)
        self.conn.execute(sa.insert(self.tables.inbox), [stored])

    def loaded(self, *commands: QueuedCommand, careful: bool = False) -> WorkingSet:
        """A working set after it has read what these commands need."""
        working = WorkingSet()
        working.load(self.conn, "sqlite", self.tables, self.rules, self.cache, commands, careful=careful)
        return working

    def run(self, *commands: QueuedCommand, careful: bool = False) -> Batch:
        """Run one batch, write it and remember it."""
        party = Party(self.party, self.signatures, self.signatures, self.ids)
        own = self.clock, self.settings, self.cache, self.counts, self.tracing
        shared = (self.tables, self.rules, party, *own)
        batch = Batch(BatchContext(self.conn, "sqlite", *shared, careful=careful))
        batch.run(commands, ())
        batch.write(self.conn)
        batch.remember()
        return batch

    def arrive(self, *received: Received, careful: bool = False) -> Batch:
        """Run one batch of messages that came in."""
        return self.run(*(arrived(one) for one in received), careful=careful)

    def inbox(self) -> dict[str, dict[str, Any]]:
        """The rows of the inbox, by id."""
        found = self.conn.execute(sa.select(self.tables.inbox))
        return {row.message_id: dict(row._mapping) for row in found}

    def states(self) -> dict[str, str]:
        """What became of the messages, by id."""
        return {id_: row["state"] for id_, row in self.inbox().items()}

    def case(self, case_id: str) -> Case | None:
        """A case as it is stored."""
        whole = self.conn.scalar(sa.select(self.tables.cases.c.whole).where(self.tables.cases.c.case_id == case_id))
        return None if whole is None else Case.read(whole)

    def _react(self, uow: UnitOfWork, received: Received) -> None:
        envelope = received.envelope
        if uow.case is None:
            uow.open_case(envelope.case_id, envelope.regulation, envelope.channel)
        if self.reaction is not None:
            self.reaction(uow, received)
        self.handled.append(received.key)

    def _reject(self, uow: UnitOfWork, received: Received, error: AimaqError) -> None:
        self.refused.append((received.key, error.reason))
        uow.aside = self.aside

    def _ordering_key(self, received: Received) -> tuple[str, int]:
        number = received.incoming.delivery_number
        return (received.envelope.sender, number) if number else ("", 0)


@contextmanager
def workbench() -> Iterator[Workbench]:
    """A workbench with empty tables."""
    metadata = sa.MetaData()
    tables = pipeline_tables.common(metadata)
    engine = sa.create_engine("sqlite://")
    with engine.connect() as conn:
        metadata.create_all(conn)
        yield Workbench(conn, tables)
    engine.dispose()
