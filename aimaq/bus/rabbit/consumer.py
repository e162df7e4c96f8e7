"""The receiving side: what the broker delivered to one party, and what the party said of it."""

from __future__ import annotations

import asyncio
from bisect import bisect
from collections import deque
from collections.abc import Callable, Sequence

from pamqp.commands import Basic

from aimaq.bus.rabbit import frames as wire
from aimaq.bus.bundle import unpack
from aimaq.bus.rabbit.channel import Channel
from aimaq.bus.port import Arrival, Shipment
from aimaq.bus.rabbit.transport import Tap
from aimaq.bus.rabbit.frames import Properties

SOON = 0.05
"""Within how many seconds a settled message is acknowledged, unless many are settled before."""


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
        self._many = max(1, prefetch // 4)
        self._settled: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self, tap: Tap, number: int, ready: Callable[[], None]) -> None:
        """Consume over this connection until it fails, then raise ChannelEnded; what was not settled comes again."""
        self._channel = channel = Channel(tap, number, delivered=self._delivered)
        try:
            await channel.open()
            await channel.call(Basic.Qos(prefetch_count=self._prefetch))
            await channel.call(Basic.Consume(queue=self.queue, consumer_tag=self.queue))
            ready()
            raise await channel.end()
        finally:
            self._channel = None
            self._buffer.clear()
            self._open = {}
            self._forget()

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
        """Acknowledge these soon, and at once if there are many.

        The broker writes every acknowledgement to its log, and one may speak of many.
        """
        if (channel := self._channel) is not None:
            self._settled += self._release(channel, shipments)
            if len(self._settled) >= self._many:
                self.acknowledge()
            elif self._timer is None and self._settled:
                self._timer = asyncio.get_running_loop().call_later(SOON, self.acknowledge)

    def acknowledge(self) -> None:
        """Acknowledge what is settled: in one frame as far as nothing before it is open, one by one beyond."""
        channel, tags = self._channel, sorted(self._settled)
        self._forget()
        if channel is None or not tags:
            return
        first_open = next(iter(self._open), tags[-1] + 1)
        done = bisect(tags, first_open)
        frames = [wire.ack(channel.number, tags[done - 1], multiple=True)] if done else []
        frames += (wire.ack(channel.number, tag, multiple=False) for tag in tags[done:])
        channel.write(b"".join(frames))

    def give_back(self, shipments: Sequence[Shipment]) -> None:
        """Return these to the queue."""
        if (channel := self._channel) is not None:
            channel.write(b"".join(wire.nack(channel.number, tag) for tag in self._release(channel, shipments)))

    def _forget(self) -> None:
        self._settled = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _release(self, channel: Channel, shipments: Sequence[Shipment]) -> list[int]:
        """The tags of those that are open on this channel, in order; they are open no more."""
        tags = sorted(s.tag for s in shipments if isinstance(s, Delivery) and s.channel is channel)
        return [tag for tag in tags if self._open.pop(tag, tag) is None]

    def _delivered(self, tag: int, redelivered: bool, properties: Properties, body: bytes) -> None:
        if (channel := self._channel) is not None:
            publisher = self._publisher(properties.user_id)
            arrivals = unpack(properties.content_type, properties.headers, body, publisher)
            self._open[tag] = None
            self._buffer.append(Delivery(arrivals, redelivered, channel, tag))
            self.arrived.set()
