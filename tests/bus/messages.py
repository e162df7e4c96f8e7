"""Messages for the tests of the bus, and what comes out at the other end."""

from __future__ import annotations

from aimaq.bus import Bus, Delivery, IncomingMessage, OutgoingMessage


def outgoing(number: int = 1, to: str = "gateway", body: bytes | None = None) -> OutgoingMessage:
    """A message with a content of its own; its delivery number is `number`."""
    content = body if body is not None else f'{{"number":{number},"аймақ":"Маңғыстау"}}'.encode()
    return OutgoingMessage(f"message-{number}", "request.submitted", to, content, f"header..signature-{number}", number)


def incoming(sent: OutgoingMessage, publisher: str | None) -> IncomingMessage:
    """What the recipient must see of a message."""
    return IncomingMessage(sent.body, sent.signature, sent.delivery_number, publisher, traceparent=sent.traceparent)


def inside(deliveries: list[Delivery]) -> list[IncomingMessage]:
    """All that came in these deliveries, in order."""
    return [one for delivery in deliveries for one in delivery.incoming_messages]


async def take(bus: Bus, count: int, limit: int = 64) -> list[Delivery]:
    """Receive, and settle nothing, until `count` envelopes are there."""
    deliveries: list[Delivery] = []
    while len(inside(deliveries)) < count:
        deliveries += await bus.receive(limit)
    return deliveries


async def drain(bus: Bus, count: int, limit: int = 64) -> list[IncomingMessage]:
    """Receive `count` envelopes and settle them as they come."""
    incoming_messages: list[IncomingMessage] = []
    while len(incoming_messages) < count:
        deliveries = await bus.receive(limit)
        incoming_messages += inside(deliveries)
        await bus.settle(deliveries)
    return incoming_messages
