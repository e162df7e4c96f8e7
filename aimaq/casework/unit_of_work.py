"""What a handler may do: change its case, write rows, send messages. Nothing here happens before the commit.

A handler is a plain function `handler(uow, …)`. It sees no database, broker or web framework, and the time only as
`uow.now`. If it raises, its part of the batch is undone and the rest of the batch goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from aimaq.bus import IncomingMessage, OutgoingMessage
from aimaq.casework.case import CaseDraft
from aimaq.eds.verdict import Verdict
from aimaq.language.envelope import Envelope, encode, party_of, to_bytes
from aimaq.language.errors import AimaqError, InvalidInput, NotFound, OutOfOrder, Technical
from aimaq.language.ids import Ids
from aimaq.language.messages import TYPES, Body, StepRecord
from aimaq.language.signing.jws import Signer, Verifier
from aimaq.language.texts import Texts
from aimaq.store.database import Row

B = TypeVar("B", bound=Body)

NO_SUCH_CASE = Texts(kk="мұнда мұндай іс жоқ", ru="такого дела здесь нет", en="there is no such case here")
OPEN_ALREADY = Texts(
    kk="{case_id} ісі бұрын ашылған", ru="дело {case_id} уже открыто", en="the case {case_id} is open already"
)


@dataclass(slots=True)
class Received:
    """One message as it came in: its bytes, what they say if they can be read, and what is wrong if something is."""

    incoming: IncomingMessage
    received_at: datetime
    digest: str
    parsed: Envelope | None = None
    content: Body | None = None
    error: AimaqError | None = None
    trusted: bool = False
    """Whether the signature over the bytes is the one of the sender that the envelope names."""
    verdict: Verdict | None = None
    """What was found of the person's signature in the message, once somebody has looked at it."""

    @property
    def key(self) -> str:
        """The id of the message's row: its own, or for one that cannot be believed, a part of its bytes' digest."""
        return self.envelope.message_id if self.trusted else self.digest[:36]

    @property
    def envelope(self) -> Envelope:
        """The envelope of a message that could be read."""
        if self.parsed is None:
            raise NotFound(Technical("the message has no readable envelope"))
        return self.parsed

    def expect(self, body_type: type[B]) -> B:
        """The body, which is of this type; InvalidInput if it is of another."""
        if not isinstance(self.content, body_type):
            raise InvalidInput(
                Technical(f"the body is not a {body_type.__name__}"), field="body", rule=body_type.__name__
            )
        return self.content


@dataclass(frozen=True, slots=True)
class Party:
    """Who a service is on the stand: its name and signature, whose signatures it knows, where new ids come from."""

    name: str
    signer: Signer
    verifier: Verifier
    ids: Ids
    outsiders: frozenset[str] = frozenset()
    """Parties that are somebody else's system: what they get is under a signature of its own."""


class OutboxEntry(NamedTuple):
    """A message to be sent, and whether the outbox stores its bytes; it need not where another table does."""

    message: OutgoingMessage
    with_bytes: bool


@dataclass(slots=True)
class UnitOfWork:
    """One command or message inside a batch. `case` is its own draft, which counts only if the handler succeeds."""

    party: Party
    now: datetime
    case: CaseDraft | None = None
    outgoing_messages: list[OutboxEntry] = field(default_factory=list)
    """What is to be sent."""
    inserts: list[tuple[sa.Table, Row]] = field(default_factory=list)
    updates: list[tuple[sa.Table, str, Row]] = field(default_factory=list)
    aside: str | None = None
    """Why the message is to be laid aside for an operator, though it was understood."""
    traceparent: str = ""
    """What it belongs to in a trace, and with it what it sends (`aimaq.bus.trace_context`)."""

    def open_case(self, case_id: str, regulation: str, channel: str) -> CaseDraft:
        """A new case; OutOfOrder if this service has one of that id already."""
        if self.case is not None:
            raise OutOfOrder(OPEN_ALREADY.format(case_id=case_id), field="case_id")
        self.case = CaseDraft(case_id, regulation, channel, opened_at=self.now, changed_at=self.now, since=self.now)
        return self.case

    def known_case(self) -> CaseDraft:
        """The case this work is about; NotFound if this service has none of that id."""
        if self.case is None:
            raise NotFound(NO_SUCH_CASE, field="case_id")
        return self.case

    def insert(self, table: sa.Table, row: Row) -> None:
        """Add a row to one of the service's own tables."""
        self.inserts.append((table, row))

    def update(self, table: sa.Table, key: str, row: Row) -> None:
        """Change the row of `table` whose column `key` has the value given in `row`."""
        self.updates.append((table, key, row))

    def send(
        self, body: Body, recipient: str, *, caused_by: str | None = None, to: str = "gateway", with_bytes: bool = True
    ) -> OutgoingMessage:
        """Queue a message on this work's case, with the steps done since the last one; returns its message.

        It is signed when the batch is done, together with others (`aimaq.language.signing.merkle_signature`), unless
        it is for an outsider. `to` is the queue it goes to: the gateway's, except when the gateway itself sends.
        Without `with_bytes` another table stores its bytes, and the outbox does not.
        """
        case = self.known_case()
        case.sent += 1
        steps, case.steps = case.steps, ()
        delivery_number = self.number_delivery(to) if to != "gateway" else 0
        return self._queue(
            body,
            recipient,
            case.case_id,
            caused_by,
            case.sent,
            case.regulation,
            case.channel,
            steps,
            to,
            delivery_number,
            with_bytes=with_bytes,
        )

    def answer(
        self, body: Body, recipient: str, *, caused_by: str | None = None, to: str = "gateway", with_bytes: bool = True
    ) -> OutgoingMessage:
        """Queue a message that belongs to no case that this service knows: a rejection. Returns it as `send` does."""
        return self._queue(
            body,
            recipient,
            self.party.ids(),
            caused_by,
            1,
            "none",
            "none",
            (),
            to,
            0,
            with_bytes=with_bytes,
        )

    def forward(self, received: Received, *, numbered: bool = True) -> OutgoingMessage:
        """Send a message on, byte for byte, to the queue of the party that it is for. The gateway's work.

        It gets the next delivery number of its case, or none where it belongs to no case and so has no order.
        """
        envelope = received.envelope
        to = party_of(envelope.recipient)
        outgoing = OutgoingMessage(
            envelope.message_id,
            envelope.spec.routing_key,
            to,
            received.incoming.body,
            received.incoming.signature,
            self.number_delivery(to) if numbered else 0,
            self.traceparent,
        )
        self.outgoing_messages.append(OutboxEntry(outgoing, with_bytes=False))
        return outgoing

    def number_delivery(self, to: str) -> int:
        """The next delivery number of this case for a recipient, counted from 1."""
        case = self.known_case()
        number = case.delivery_numbers.get(to, 0) + 1
        case.delivery_numbers = {**case.delivery_numbers, to: number}
        return number

    def _queue(
        self,
        body: Body,
        recipient: str,
        case_id: str,
        caused_by: str | None,
        sequence: int,
        regulation: str,
        channel: str,
        steps: tuple[StepRecord, ...],
        to: str,
        delivery_number: int,
        *,
        with_bytes: bool,
    ) -> OutgoingMessage:
        name = type(body).__name__
        envelope = Envelope(
            message_id=self.party.ids(),
            type=name,
            kind=TYPES[name].kind,
            sender=self.party.name,
            recipient=recipient,
            case_id=case_id,
            caused_by=caused_by,
            sequence=sequence,
            regulation=regulation,
            channel=channel,
            occurred_at=self.now,
            steps=steps,
            body=encode(body),
        )
        data = to_bytes(envelope)
        signature = self.party.signer.sign(data) if party_of(recipient) in self.party.outsiders else ""
        about = envelope.message_id, TYPES[name].routing_key, to
        outgoing = OutgoingMessage(*about, data, signature, delivery_number, self.traceparent)
        self.outgoing_messages.append(OutboxEntry(outgoing, with_bytes))
        return outgoing


Handler = Callable[[UnitOfWork, Received], None]
"""A reaction to one message."""
