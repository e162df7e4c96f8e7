"""What a handler may do: change its case, write rows, send messages. Nothing here happens before the commit.

A handler is a plain function `handler(work, …)`. It sees no database, broker or web framework, and the time only as
`work.now`. If it raises, its part of the batch is undone and the rest of the batch goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from aimaq.bus import Arrival, Parcel
from aimaq.casework.case import Case
from aimaq.store.database import Row
from aimaq.language.envelope import Envelope, encode, party_of, seal
from aimaq.language.errors import AimaqError, InvalidInput, NotFound, OutOfOrder
from aimaq.language.ids import Ids
from aimaq.language.messages import TYPES, Body, StepRecord
from aimaq.language.signing.jws import Signer, Verifier

B = TypeVar("B", bound=Body)


@dataclass(slots=True)
class Received:
    """One message as it came in: its bytes, what they say if they can be read, and what is wrong if something is."""

    arrival: Arrival
    received_at: datetime
    digest: str
    envelope: Envelope | None = None
    content: Body | None = None
    error: AimaqError | None = None
    trusted: bool = False
    """Whether the signature over the bytes is the one of the sender that the envelope names."""

    @property
    def key(self) -> str:
        """The id of the message's row: its own, or for one that cannot be believed, a part of its bytes' digest."""
        return self.letter.message_id if self.trusted else self.digest[:36]

    @property
    def letter(self) -> Envelope:
        """The envelope of a message that could be read."""
        if self.envelope is None:
            raise NotFound("the message has no readable envelope")
        return self.envelope

    def expect(self, shape: type[B]) -> B:
        """The body, which is of this type; InvalidInput if it is of another."""
        if not isinstance(self.content, shape):
            raise InvalidInput(f"the body is not a {shape.__name__}", field="body", rule=shape.__name__)
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


@dataclass(slots=True)
class Work:
    """One command or message inside a batch. `case` is this work's own copy, kept only if the handler succeeds."""

    party: Party
    now: datetime
    case: Case | None = None
    found: Mapping[str, Any] = field(default_factory=dict)
    """What the service's `lookup` has read for this batch."""
    parcels: list[tuple[Parcel, bool]] = field(default_factory=list)
    """What is to be sent, each with whether the outbox must keep its bytes."""
    inserts: list[tuple[sa.Table, Row]] = field(default_factory=list)
    updates: list[tuple[sa.Table, str, Row]] = field(default_factory=list)
    aside: str | None = None
    """Why the message is to be laid aside for an operator, though it was understood."""

    def open_case(self, case_id: str, regulation: str, channel: str) -> Case:
        """A new case; OutOfOrder if this service has one of that id already."""
        if self.case is not None:
            raise OutOfOrder(f"the case {case_id} is open already", field="case_id")
        self.case = Case(case_id, regulation, channel, opened_at=self.now, changed_at=self.now, since=self.now)
        return self.case

    def known_case(self) -> Case:
        """The case this work is about; NotFound if this service has none of that id."""
        if self.case is None:
            said = {"kk": "мұнда мұндай іс жоқ", "ru": "такого дела здесь нет", "en": "there is no such case here"}
            raise NotFound(said, field="case_id")
        return self.case

    def insert(self, table: sa.Table, **row: Any) -> None:
        """Add a row to one of the service's own tables."""
        self.inserts.append((table, row))

    def update(self, table: sa.Table, key: str, **row: Any) -> None:
        """Change the row of `table` whose column `key` has the value given in `row`."""
        self.updates.append((table, key, row))

    def send(self, body: Body, recipient: str, *, caused_by: str | None = None, to: str = "gateway") -> Parcel:
        """Queue a message on this work's case, with the steps done since the last one; returns its parcel.

        It is signed when the batch is done, together with others (`aimaq.sheaf`), unless it is for an outsider.
        `to` is the queue it goes to: the gateway's, except when the gateway itself sends.
        """
        case = self.known_case()
        case.sent += 1
        steps, case.steps = tuple(case.steps), []
        delivery = self.number_delivery(to) if to != "gateway" else 0
        return self._queue(
            body, recipient, case.case_id, caused_by, case.sent, case.regulation, case.channel, steps, to, delivery
        )

    def answer(self, body: Body, recipient: str, *, caused_by: str | None = None, to: str = "gateway") -> Parcel:
        """Queue a message that belongs to no case that this service knows: a rejection."""
        return self._queue(body, recipient, self.party.ids(), caused_by, 1, "none", "none", (), to, 0)

    def forward(self, received: Received) -> Parcel:
        """Send a message on, byte for byte, to the queue of the party that it is for. The gateway's work."""
        letter = received.letter
        to = party_of(letter.recipient)
        parcel = Parcel(
            letter.message_id, letter.spec.routing_key, to, received.arrival.body, received.arrival.signature,
            self.number_delivery(to),
        )  # fmt: skip
        self.parcels.append((parcel, False))
        return parcel

    def number_delivery(self, to: str) -> int:
        """The next delivery number of this case for a recipient, counted from 1."""
        given = self.known_case().given
        given[to] = given.get(to, 0) + 1
        return given[to]

    def _queue(
        self, body: Body, recipient: str, case_id: str, caused_by: str | None, sequence: int, regulation: str,
        channel: str, steps: Sequence[StepRecord], to: str, delivery: int,
    ) -> Parcel:  # fmt: skip
        name = type(body).__name__
        letter = Envelope(
            message_id=self.party.ids(), type=name, kind=TYPES[name].kind, sender=self.party.name, recipient=recipient,
            case_id=case_id, caused_by=caused_by, sequence=sequence, regulation=regulation, channel=channel,
            occurred_at=self.now, steps=tuple(steps), body=encode(body),
        )  # fmt: skip
        data = seal(letter)
        signature = self.party.signer.sign(data) if party_of(recipient) in self.party.outsiders else ""
        parcel = Parcel(letter.message_id, TYPES[name].routing_key, to, data, signature, delivery)
        self.parcels.append((parcel, True))
        return parcel


Handler = Callable[[Work, Received], None]
"""A reaction to one message."""
