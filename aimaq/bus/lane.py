"""The sending side: everything that one party publishes to one exchange, in order, with pipelined confirms.

An exchange has a channel of its own, since the broker answers a refused publish by closing the channel: what was on
its way there was all for the same exchange and is refused with it, and nothing else is touched.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from aiormq.abc import AbstractConnection
from pamqp.base import Frame
from pamqp.commands import Basic, Confirm, Exchange
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from aimaq.bus.channel import REFUSED, Channel, content
from aimaq.bus.waybill import Waybill
from aimaq.errors import AimaqError, NotAllowed, NotFound, Unavailable

MOST_AFLOAT = 16 * 1024 * 1024
"""How many bytes may be on their way to the broker without its confirm."""

WRITE = 256 * 1024
"""How many bytes are handed to the connection at once."""


class Cargo:
    """One broker message: its routing key, labels and body, and the parcels of a waybill that are in it."""

    __slots__ = ("body", "error", "indices", "labels", "routing_key", "waybill")

    def __init__(
        self,
        routing_key: str,
        labels: tuple[bytes, bytes, bytes, bytes],
        body: bytes,
        waybill: Waybill,
        indices: Sequence[int],
    ) -> None:
        self.routing_key = routing_key
        self.labels = labels
        self.body = body
        self.waybill = waybill
        self.indices = indices
        self.error: AimaqError | None = None

    def arrive(self, error: AimaqError | None) -> None:
        """The broker has it (None), or it failed."""
        self.waybill.settle(self.indices, self.error or error)


class Lane:
    """What waits for, and what is on its way to, one exchange. `window` is how many messages may be unconfirmed."""

    def __init__(self, exchange: str, window: int) -> None:
        self.exchange = exchange
        self.confirmed = 0
        self._window = window
        self._waiting: deque[Cargo] = deque()
        self._afloat: dict[int, Cargo] = {}
        self._bytes = 0
        self._tag = 0
        self._heard = 0.0
        self._wake = asyncio.Event()
        self._methods: dict[str, bytes] = {}

    def add(self, cargo: Cargo) -> None:
        """Put one more behind those that wait."""
        self._waiting.append(cargo)
        self._wake.set()

    @property
    def silent(self) -> float:
        """For how many seconds something has been on its way without any confirm."""
        return asyncio.get_running_loop().time() - self._heard if self._afloat else 0.0

    async def serve(self, connection: AbstractConnection, number: int, ready: Callable[[], None]) -> None:
        """Publish over this connection until it fails, then raise ChannelEnded; a refusal alone does not end it.

        What was on its way when it failed is sent again over the next connection, before all that waits.
        """
        try:
            while True:
                channel = Channel(connection, number, self._told)
                channel.ended.add_done_callback(lambda _: self._wake.set())
                await channel.open()
                await channel.call(Exchange.Declare(exchange=self.exchange, passive=True))
                await channel.call(Confirm.Select())
                self._methods.clear()
                ready()
                await self._pump(channel)
                end = channel.ended.result()
                if end.code != REFUSED:
                    raise end
                self._refuse(str(end))
        finally:
            self._waiting.extendleft(cargo for cargo in reversed(self._afloat.values()) if not cargo.waybill.over)
            self._reset()

    async def _pump(self, channel: Channel) -> None:
        while not channel.ended.done():
            if frames := self._load(channel):
                await channel.write(b"".join(frames))
            else:
                self._wake.clear()
                await self._wake.wait()

    def _load(self, channel: Channel) -> list[bytes]:
        frames: list[bytes] = []
        room = WRITE
        if not self._afloat:
            self._heard = asyncio.get_running_loop().time()
        while self._waiting and room > 0:
            cargo = self._waiting[0]
            size = len(cargo.body)
            if self._afloat and (len(self._afloat) >= self._window or self._bytes + size > MOST_AFLOAT):
                break
            self._waiting.popleft()
            if cargo.waybill.over:
                continue
            cargo.error = None
            self._tag += 1
            self._afloat[self._tag] = cargo
            self._bytes += size
            room -= size
            frames.append(self._methods.get(cargo.routing_key) or self._method(cargo.routing_key, channel))
            frames += content(channel.number, channel.most, self._tag, cargo.labels, cargo.body)
        return frames

    def _method(self, routing_key: str, channel: Channel) -> bytes:
        publish = Basic.Publish(exchange=self.exchange, routing_key=routing_key, mandatory=True)
        frame = self._methods[routing_key] = marshal(publish, channel.number)
        return frame

    def _told(self, frame: Frame, header: ContentHeader | None, body: bytes) -> None:
        if isinstance(frame, Basic.Return):
            tag = header.properties.correlation_id if header else None
            if tag and (cargo := self._afloat.get(int(tag))):
                cargo.error = NotFound(f"there is no queue for {frame.routing_key}")
        elif isinstance(frame, Basic.Ack):
            self._confirm(frame.delivery_tag, frame.multiple, None)
        elif isinstance(frame, Basic.Nack):
            self._confirm(frame.delivery_tag, frame.multiple, Unavailable("the broker could not store it"))

    def _confirm(self, upto: int, multiple: bool, error: AimaqError | None) -> None:
        self._heard = asyncio.get_running_loop().time()
        tags = [upto]
        if multiple:
            tags = []
            for tag in self._afloat:
                if upto and tag > upto:
                    break
                tags.append(tag)
        for tag in tags:
            if (cargo := self._afloat.pop(tag, None)) is not None:
                self._bytes -= len(cargo.body)
                cargo.arrive(error)
                self.confirmed += 1
        if self._waiting:
            self._wake.set()

    def _refuse(self, text: str) -> None:
        for cargo in self._afloat.values():
            cargo.arrive(NotAllowed(text))
            self.confirmed += 1
        self._reset()

    def _reset(self) -> None:
        self._afloat = {}
        self._bytes = self._tag = 0
