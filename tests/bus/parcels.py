"""Parcels for the tests of the bus, and what comes out at the other end."""

from __future__ import annotations

from aimaq.bus import Arrival, Bus, Parcel, Shipment


def parcel(number: int = 1, to: str = "gateway", body: bytes | None = None) -> Parcel:
    """A parcel with a content of its own; its delivery number is `number`."""
    content = body if body is not None else f'{{"number":{number},"аймақ":"Маңғыстау"}}'.encode()
    return Parcel(f"message-{number}", "request.submitted", to, content, f"header..signature-{number}", number)


def arrival(sent: Parcel, publisher: str | None) -> Arrival:
    """What the recipient must see of a parcel."""
    return Arrival(sent.body, sent.signature, sent.delivery, publisher)


def inside(shipments: list[Shipment]) -> list[Arrival]:
    """All that came in these shipments, in order."""
    return [one for shipment in shipments for one in shipment.arrivals]


async def take(bus: Bus, count: int, limit: int = 64) -> list[Shipment]:
    """Receive, and settle nothing, until `count` envelopes are there."""
    shipments: list[Shipment] = []
    while len(inside(shipments)) < count:
        shipments += await bus.receive(limit)
    return shipments


async def drain(bus: Bus, count: int, limit: int = 64) -> list[Arrival]:
    """Receive `count` envelopes and settle them as they come."""
    arrivals: list[Arrival] = []
    while len(arrivals) < count:
        shipments = await bus.receive(limit)
        arrivals += inside(shipments)
        await bus.settle(shipments)
    return arrivals
