"""The receiving side: what the broker delivered to one party, and what the party answered."""

from __future__ import annotations

import asyncio
from bisect import bisect
from collections import deque
from collections.abc import Callable, Sequence

from pamqp.commands import Basic

from aimaq.bus.bundle import unpack
from aimaq.bus.port import Delivery, IncomingMessage
from aimaq.bus.rabbit import frames
from aimaq.bus.rabbit.channel import Channel
from aimaq.bus.rabbit.properties import Properties
from aimaq.bus.rabbit.transport import FrameTransport

SOON = 0.05
"""Within how many seconds a settled message is acknowledged, unless many are settled before."""


class RabbitDelivery(Delivery):
    """One broker message in the hands of the party: the channel it came over, and its number there."""

    __slots__ = ("channel", "tag")

    def __init__(self, incoming_messages: tuple[IncomingMessage, ...], channel: Channel, tag: int) -> None:
        super().__init__(incoming_messages)
        self.channel = channel
        self.tag = tag


class Consumer:
    """Consumes one queue. `publisher` turns the broker user that a message came from into a party."""

    def __init__(self, queue: str, prefetch: int, publisher: Callable[[str | None], str | None]) -> None:
        self.queue = queue
        self.arrived = asyncio.Event()
        self._prefetch = prefetch
        self._publisher = publisher
        self._channel: Channel | None = None
        self._buffer: deque[RabbitDelivery] = deque()
        self._open: dict[int, None] = {}
        self._many = max(1, prefetch // 4)
        self._settled: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self, frames_transport: FrameTransport, number: int, ready: Callable[[], None]) -> None:
        """Consume over this connection until it fails, then raise ChannelEnded; what was not settled comes again."""
        self._channel = channel = Channel(frames_transport, number, delivered=self._delivered)
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

    def take(self, limit: int) -> list[Delivery]:
        """What is there now, until `limit` envelopes are reached."""
        taken: list[Delivery] = []
        count = 0
        while self._buffer and count < limit:
            delivery = self._buffer.popleft()
            count += len(delivery.incoming_messages)
            taken.append(delivery)
        if not self._buffer:
            self.arrived.clear()
        return taken

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge these soon, and at once if there are many.

        The broker writes every acknowledgement to its log, and one may speak of many.
        """
        if (channel := self._channel) is not None:
            self._settled += self._release(channel, deliveries)
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
        acks = [frames.ack(channel.number, tags[done - 1], multiple=True)] if done else []
        acks += (frames.ack(channel.number, tag, multiple=False) for tag in tags[done:])
        channel.write(b"".join(acks))

    def _forget(self) -> None:
        self._settled = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _release(self, channel: Channel, deliveries: Sequence[Delivery]) -> list[int]:
        """The tags of those that are open on this channel, in order; they are open no more."""
        tags = sorted(s.tag for s in deliveries if isinstance(s, RabbitDelivery) and s.channel is channel)
        return [tag for tag in tags if self._open.pop(tag, tag) is None]

    def _delivered(self, tag: int, properties: Properties, body: bytes) -> None:
        if (channel := self._channel) is not None:
            publisher = self._publisher(properties.user_id)
            incoming_messages = unpack(properties.content_type, properties.headers, body, publisher, properties.flaw)
            self._open[tag] = None
            self._buffer.append(RabbitDelivery(incoming_messages, channel, tag))
            self.arrived.set()
