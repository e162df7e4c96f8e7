"""A system of somebody else's on the bus: it signs what a test tells it to, sends it, and keeps what it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import msgspec

from aimaq.bus import Bus, IncomingMessage, MemoryBroker, OutgoingMessage
from aimaq.language.clock import Clock
from aimaq.language.envelope import Envelope, digest, encode, party_of, read, to_bytes
from aimaq.language.errors import AimaqError
from aimaq.language.ids import Ids
from aimaq.language.messages import TYPES, Body, MessageRejected, StepRecord
from aimaq.language.signing.jws import Signer

REGULATION = "unemployed-certificate-2012"
BODY = "lea:mamlyut-employment"


@dataclass(frozen=True)
class SignedMessage:
    """A sealed envelope and the signature over it; `number` is that of its delivery, when the gateway sends it."""

    data: bytes
    signature: str
    message_id: str = ""
    to: str = "gateway"
    number: int = 0

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes."""
        return digest(self.data)

    def outgoing(self) -> OutgoingMessage:
        """The letter on its way."""
        return OutgoingMessage(self.message_id, "letter", self.to, self.data, self.signature, self.number)


class Outsider:
    """Use it as a context: it receives and settles all the while."""

    def __init__(self, party: str, broker: MemoryBroker, signer: Signer, clock: Clock) -> None:
        self.party, self.signer, self.clock = party, signer, clock
        self.ids = Ids(clock)
        self.bus: Bus = broker.connect(party)
        self.incoming_messages: list[IncomingMessage] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Outsider:
        await self.bus.open()
        self._task = asyncio.create_task(self._receive())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.bus.close()

    async def _receive(self) -> None:
        while True:
            deliveries = await self.bus.receive(100)
            for delivery in deliveries:
                self.incoming_messages.extend(delivery.incoming_messages)
            await self.bus.settle(deliveries)

    @property
    def got(self) -> list[Envelope]:
        """What was received, in order, read."""
        return [read(incoming.body) for incoming in self.incoming_messages]

    @property
    def refusals(self) -> list[MessageRejected]:
        """The rejections among what was received."""
        contents = [message.content() for message in self.got]
        return [content for content in contents if isinstance(content, MessageRejected)]

    def envelope(
        self,
        body: Body,
        recipient: str = BODY,
        case_id: str = "",
        sequence: int = 1,
        steps: tuple[StepRecord, ...] = (),
    ) -> Envelope:
        """A lawful envelope around this body, of a case of its own if none is named."""
        name = type(body).__name__
        return Envelope(
            message_id=self.ids(),
            type=name,
            kind=TYPES[name].kind,
            sender=self.party,
            recipient=recipient,
            case_id=case_id or self.ids(),
            caused_by=None,
            sequence=sequence,
            regulation=REGULATION,
            channel="portal",
            occurred_at=self.clock.now(),
            steps=steps,
            body=encode(body),
        )

    def write(self, body: Body, recipient: str = BODY, number: int = 0, **changes: Any) -> SignedMessage:
        """A letter with this body; `changes` are fields of the envelope that are not as they should be."""
        where = {name: changes.pop(name) for name in ("case_id", "sequence", "steps") if name in changes}
        return self.post(msgspec.structs.replace(self.envelope(body, recipient, **where), **changes), number)

    def post(self, envelope: Envelope, number: int = 0) -> SignedMessage:
        """The envelope, sealed and signed."""
        to = party_of(envelope.recipient) if self.party == "gateway" else "gateway"
        return self.stamp(to_bytes(envelope), envelope.message_id, to, number)

    def stamp(self, data: bytes, message_id: str = "", to: str = "gateway", number: int = 0) -> SignedMessage:
        """Any bytes, signed."""
        return SignedMessage(data, self.signer.sign(data), message_id or self.ids(), to, number)

    async def hand_in(self, *messages: SignedMessage) -> list[AimaqError | None]:
        """Send the letters in one go; returns once their recipient has dealt with them."""
        return await self.bus.send([message.outgoing() for message in messages])
