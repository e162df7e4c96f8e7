"""The receiving side: what the broker delivered to one party, and what the party said of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from aiormq.abc import AbstractConnection
from pamqp.base import Frame
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from aimaq.bus.bundle import unpack
from aimaq.bus.channel import Channel
from aimaq.bus.port import Arrival, Shipment

FLUSH_WITHIN = 2.0
"""How long `close` waits for the last acknowledgements to leave, in seconds."""


class Delivery(Shipment):
    """One broker message in the hands of the party: the channel it came over, and its number there."""

    __slots__ = ("channel", "tag")

    def __init__(self, arrivals: tuple[Arrival, ...], redelivered: bool, channel: Channel, tag: int) -> None:
        super().__init__(arrivals, redelivered)
        self.channel = channel
        self.tag = tag


class Intake:
    """Consumes one queue. `publisher` turns the broker user that a message came from into a party."""

    def __init__(self, queue: str, prefetch: int, publisher: Callable[[str | None], str | None]) -> None:
        self.queue = queue
        self.arrived = asyncio.Event()
        self._prefetch = prefetch
        self._publisher = publisher
        self._channel: Channel | None = None
        self._buffer: deque[Delivery] = deque()
        self._open: dict[int, None] = {}
        self._answers: list[bytes] = []
        self._wake = asyncio.Event()

    async def serve(self, connection: AbstractConnection, number: int, ready: Callable[[], None]) -> None:
        """Consume over this connection until it fails, then raise ChannelEnded; what was not settled comes again."""
        self._channel = channel = Channel(connection, number, self._told)
        channel.ended.add_done_callback(lambda _: self._wake.set())
        try:
            await channel.open()
            await channel.call(Basic.Qos(prefetch_count=self._prefetch))
            await channel.call(Basic.Consume(queue=self.queue, consumer_tag=self.queue))
            ready()
            while not channel.ended.done():
                await self._wake.wait()
                self._wake.clear()
                await self._answer(channel)
            raise channel.ended.result()
        finally:
            self._channel = None
            self._buffer.clear()
            self._open = {}
            self._answers = []

    def take(self, limit: int) -> list[Shipment]:
        """What is there now, until `limit` envelopes are reached."""
        taken: list[Shipment] = []
        count = 0
        while self._buffer and count < limit:
            delivery = self._buffer.popleft()
            count += len(delivery.arrivals)
            taken.append(delivery)
        if not self._buffer:
            self.arrived.clear()
        return taken

    def settle(self, shipments: Sequence[Shipment]) -> None:
        """Acknowledge these with as few frames as their order allows."""
        self._dispose(shipments, lambda tag, multiple: Basic.Ack(delivery_tag=tag, multiple=multiple))

    def give_back(self, shipments: Sequence[Shipment]) -> None:
        """Return these to the queue."""
        for shipment in shipments:
            self._dispose([shipment], lambda tag, _: Basic.Nack(delivery_tag=tag, multiple=False, requeue=True))

    async def flush(self) -> None:
        """Return when the answers given so far have left, or after `FLUSH_WITHIN`."""
        if (channel := self._channel) is not None and not channel.ended.done():
            try:
                async with asyncio.timeout(FLUSH_WITHIN):
                    await self._answer(channel)
                    await channel.flush()
            except TimeoutError:
                return

    def _dispose(self, shipments: Sequence[Shipment], answer: Callable[[int, bool], Frame]) -> None:
        channel = self._channel
        tags = sorted(
            s.tag for s in shipments if isinstance(s, Delivery) and s.channel is channel and s.tag in self._open
        )
        if channel is None or not tags:
            return
        for tag in tags:
            del self._open[tag]
        lowest = next(iter(self._open), tags[-1] + 1)
        covered = [tag for tag in tags if tag < lowest]
        if covered:
            self._answers.append(marshal(answer(covered[-1], True), channel.number))
        self._answers += (marshal(answer(tag, False), channel.number) for tag in tags[len(covered) :])
        self._wake.set()

    async def _answer(self, channel: Channel) -> None:
        if self._answers:
            frames, self._answers = b"".join(self._answers), []
            await channel.write(frames)

    def _told(self, frame: Frame, header: ContentHeader | None, body: bytes) -> None:
        channel = self._channel
        if channel is None:
            return
        if isinstance(frame, Basic.Deliver) and header is not None:
            properties = header.properties
            arrivals = unpack(properties.content_type, properties.headers, body, self._publisher(properties.user_id))
            tag = frame.delivery_tag or 0
            self._open[tag] = None
            self._buffer.append(Delivery(arrivals, bool(frame.redelivered), channel, tag))
            self.arrived.set()
        elif isinstance(frame, Basic.Cancel):
            channel.end(0, f"the broker stopped delivering from the queue {self.queue}")
