"""The port to the bus: what a service needs of whatever carries its envelopes.

A system speaks to the gateway only; the gateway speaks to everyone. Whether the envelopes travel through RabbitMQ or
through memory, and whether many of them share one broker message, is known to the adapters alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aimaq.language.bounds import MOST_NUMBER
from aimaq.language.errors import AimaqError

GATEWAY = "gateway"
"""The one party that every other may send to, and the only one that may send to the others."""

CONTROL_SECONDS = 60
"""For how many seconds, of real time, a control message waits to be read."""
MOST_CONTROL = 1000
"""How many of them may wait for one party."""

_SIGNATURE = re.compile(r"[A-Za-z0-9_.-]{0,4096}").fullmatch
"""What a detached JWS consists of, the longest proof of a sheaf and more with it."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One sealed envelope on its way into the queue of the party `to`.

    `to` is `gateway` when a system sends, and the recipient's party when the gateway does. `delivery` is the number
    that the gateway gives per case and recipient; 0 means that no order is asked for. `traceparent` is what it belongs
    to in a trace (`aimaq.bus.trace_context`); empty if nothing is traced.
    """

    message_id: str
    routing_key: str
    to: str
    body: bytes
    signature: str
    delivery_number: int = 0
    traceparent: str = ""

    def signed(self, signature: str) -> OutgoingMessage:
        """The same with this signature."""
        about = self.message_id, self.routing_key, self.to
        return OutgoingMessage(*about, self.body, signature, self.delivery_number, self.traceparent)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One envelope as it came in. `publisher` is the party that the bus vouches for, None if it vouches for nobody.

    `flaw` says, in one line, what around the envelope cannot be read: then it is good for nothing but to be rejected.
    `traceparent` is what it belongs to in a trace, for which nobody vouches.
    """

    body: bytes
    signature: str
    delivery_number: int
    publisher: str | None
    flaw: str = ""
    traceparent: str = ""

    def admitted(self) -> IncomingMessage:
        """The message itself, or one in its place with a flaw: signature and number are what a journal can keep."""
        if not _SIGNATURE(self.signature):
            return replace(self, signature="", flaw=self.flaw or "its signature is not a detached JWS")
        if not 0 <= self.delivery_number <= MOST_NUMBER:
            flaw = f"its delivery number is not one of 0 to {MOST_NUMBER}"
            return replace(self, signature="", delivery_number=0, flaw=self.flaw or flaw)
        return self


class Delivery:
    """What the bus delivered at once: one envelope, or many in a bundle. It is settled as a whole."""

    __slots__ = ("incoming_messages",)

    def __init__(self, incoming_messages: tuple[IncomingMessage, ...]) -> None:
        self.incoming_messages = incoming_messages


class Bus(Protocol):
    """One party's connection: it sends in the party's name and receives from the party's queue."""

    party: str

    async def open(self) -> None:
        """Connect; Unavailable, with a line fit for an operator, if the bus is out of reach."""
        ...

    async def close(self) -> None:
        """Disconnect. What was received and not settled comes again to the next who connects."""
        ...

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """Send all and return once each is known to be safe (None) or to have failed, in the order given.

        Parcels to one party arrive in the order of the calls and within a call in the order given. The errors:
        Unavailable (not known to have arrived: send it again), NotAllowed, NotFound (there is no such queue).
        """
        ...

    async def receive(self, limit: int) -> list[Delivery]:
        """Wait until something is there and return it: about `limit` envelopes at most, a bundle is never split."""
        ...

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these are dealt with. On a lost connection nothing happens: they come again."""
        ...

    async def send_control(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """Send these to the control queues of their parties; the errors are those of `send`.

        A control message is taken by whoever reads that queue now, or by nobody: it passes what waits in the party's
        queue, no delivery number is given, and it is gone after `CONTROL_SECONDS`, or where `MOST_CONTROL` newer ones
        wait.
        """
        ...

    async def receive_control(self, limit: int) -> list[IncomingMessage]:
        """Wait until a control message is there, and return at most `limit`; none of them comes again.

        Unavailable once the connection is closed.
        """
        ...

    def ailment(self) -> str | None:
        """What is wrong with the connection, in one line; None when it can send and receive."""
        ...
