"""The sending side: everything that one party publishes to one exchange, in order, with pipelined confirms.

An exchange has a channel of its own, since the broker answers a refused publish by closing the channel: what was on
its way there was all for the same exchange and is refused with it, and nothing else is touched.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile

from pamqp.commands import Basic, Confirm, Exchange
from pamqp.frame import marshal

from aimaq.bus.rabbit.channel import REFUSED, Channel
from aimaq.bus.rabbit.transport import Tap
from aimaq.bus.pending import Waybill
from aimaq.bus.rabbit.frames import Labels, Properties, content
from aimaq.language.errors import AimaqError, NotAllowed, NotFound, Unavailable

MOST_AFLOAT = 16 * 1024 * 1024
"""How many bytes may be on their way to the broker without its confirm."""


class Cargo:
    """One broker message: its routing key, labels and body, and the parcels of a waybill that are in it."""

    __slots__ = ("body", "error", "indices", "labels", "routing_key", "waybill")

    def __init__(
        self,
        routing_key: str,
        labels: Labels,
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
        self._time: Callable[[], float] = float
        self._channel: Channel | None = None
        self._due = False
        self._methods: dict[str, bytes] = {}

    def add(self, cargo: Cargo) -> None:
        """Put one more behind those that wait; all that is added before the loop's next turn leaves in one write."""
        self._waiting.append(cargo)
        self._plan()

    def forget(self, waybill: Waybill) -> None:
        """Drop what waits for a caller that waits no more; what is on its way stays on its way."""
        self._waiting = deque(cargo for cargo in self._waiting if cargo.waybill is not waybill)

    def abandon(self, error: AimaqError) -> None:
        """Tell every sender that waits, or whose message is on its way, that it failed."""
        for cargo in (*self._afloat.values(), *self._waiting):
            cargo.error = None
            cargo.arrive(error)
        self._waiting.clear()
        self._reset()

    @property
    def silent(self) -> float:
        """For how many seconds something has been on its way without any confirm."""
        return self._time() - self._heard if self._afloat else 0.0

    async def serve(self, tap: Tap, number: int, ready: Callable[[], None]) -> None:
        """Publish over this connection until it fails, then raise ChannelEnded; a refusal alone does not end it.

        What was on its way when it failed is sent again over the next connection, before all that waits.
        """
        self._time = asyncio.get_running_loop().time
        try:
            while True:
                channel = Channel(tap, number, confirmed=self._confirmed, returned=self._returned)
                await channel.open()
                await channel.call(Exchange.Declare(exchange=self.exchange, passive=True))
                await channel.call(Confirm.Select())
                self._methods.clear()
                self._channel = channel
                ready()
                self._plan()
                end = await channel.end()
                self._channel = None
                if end.code != REFUSED:
                    raise end
                self._refuse(str(end))
        finally:
            self._channel = None
            self._waiting.extendleft(cargo for cargo in reversed(self._afloat.values()) if not cargo.waybill.over)
            self._reset()

    def _plan(self) -> None:
        if not self._due and self._waiting and self._channel is not None:
            self._due = True
            asyncio.get_running_loop().call_soon(self._load)

    def _load(self) -> None:
        self._due = False
        channel = self._channel
        if channel is None or channel.ended.done():
            return
        if not self._afloat:
            self._heard = self._time()
        frames: list[bytes] = []
        while self._waiting:
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
            frames.append(self._methods.get(cargo.routing_key) or self._method(cargo.routing_key, channel))
            frames += content(channel.number, channel.most, self._tag, cargo.labels, cargo.body)
        channel.write(b"".join(frames))

    def _method(self, routing_key: str, channel: Channel) -> bytes:
        publish = Basic.Publish(exchange=self.exchange, routing_key=routing_key, mandatory=True)
        frame = self._methods[routing_key] = marshal(publish, channel.number)
        return frame

    def _returned(self, routing_key: str, properties: Properties) -> None:
        tag = properties.correlation_id
        if tag is not None and tag.isdecimal() and (cargo := self._afloat.get(int(tag))) is not None:
            cargo.error = NotFound(f"there is no queue for {routing_key}")

    def _confirmed(self, upto: int, multiple: bool, stored: bool) -> None:
        self._heard = self._time()
        error = None if stored else Unavailable("the broker could not store it")
        tags = list(takewhile(lambda tag: tag <= upto, self._afloat)) if multiple else [upto]
        for tag in tags:
            if (cargo := self._afloat.pop(tag, None)) is not None:
                self._bytes -= len(cargo.body)
                self.confirmed += 1
                cargo.arrive(error)
        self._plan()

    def _refuse(self, text: str) -> None:
        for cargo in self._afloat.values():
            cargo.arrive(NotAllowed(text))
            self.confirmed += 1
        self._reset()

    def _reset(self) -> None:
        self._afloat = {}
        self._bytes = self._tag = 0
