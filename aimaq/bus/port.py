"""The port to the bus: what a service needs of whatever carries its envelopes.

A system speaks to the gateway only; the gateway speaks to everyone. Whether the envelopes travel through RabbitMQ or
through memory, and whether many of them share one broker message, is known to the adapters alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aimaq.language.errors import AimaqError

GATEWAY = "gateway"
"""The one party that every other may send to, and the only one that may send to the others."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed envelope on its way into the queue of the party `to`.

    `to` is `gateway` when a system sends, and the recipient's party when the gateway does. `delivery` is the number
    that the gateway gives per case and recipient; 0 means that no order is asked for.
    """

    message_id: str
    routing_key: str
    to: str
    body: bytes
    signature: str
    delivery: int = 0

    def signed(self, signature: str) -> Parcel:
        """The same with this signature."""
        return Parcel(self.message_id, self.routing_key, self.to, self.body, signature, self.delivery)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One envelope as it came in. `publisher` is the party that the bus vouches for, None if it vouches for nobody."""

    body: bytes
    signature: str
    delivery: int
    publisher: str | None


class Shipment:
    """What the bus delivered at once: one envelope, or many in a bundle. It is settled as a whole."""

    __slots__ = ("arrivals", "redelivered")

    def __init__(self, arrivals: tuple[Arrival, ...], redelivered: bool) -> None:
        self.arrivals = arrivals
        self.redelivered = redelivered


class Bus(Protocol):
    """One party's connection: it sends in the party's name and receives from the party's queue."""

    party: str

    async def open(self) -> None:
        """Connect; Unavailable, with a line fit for an operator, if the bus is out of reach."""
        ...

    async def close(self) -> None:
        """Disconnect. What was received and not settled comes again to the next who connects."""
        ...

    async def send(self, parcels: Sequence[Parcel]) -> list[AimaqError | None]:
        """Send all and return once each is known to be safe (None) or to have failed, in the order given.

        Parcels to one party arrive in the order of the calls and within a call in the order given. The errors:
        Unavailable (not known to have arrived: send it again), NotAllowed, NotFound (there is no such queue).
        """
        ...

    async def receive(self, limit: int) -> list[Shipment]:
        """Wait until something is there and return it: about `limit` envelopes at most, a bundle is never split."""
        ...

    async def settle(self, shipments: Sequence[Shipment]) -> None:
        """Say that these are dealt with. On a lost connection nothing happens: they come again."""
        ...

    async def give_back(self, shipments: Sequence[Shipment]) -> None:
        """Return these to the queue, to be delivered again."""
        ...

    def ailment(self) -> str | None:
        """What is wrong with the connection, in one line; None when it can send and receive."""
        ...
