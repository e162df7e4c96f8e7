"""The sending side: everything that one party publishes to one exchange, in order, with pipelined confirms.

An exchange has a channel of its own, since the broker answers a refused publish by closing the channel: what was on
its way there was all for the same exchange and is refused with it, and nothing else is touched. A message that is too
large for the broker ends the channel as well, and is refused alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile

from pamqp.commands import Basic, Confirm, Exchange
from pamqp.frame import marshal

from aimaq.bus.pending import PendingConfirm
from aimaq.bus.rabbit.channel import PRECONDITION, REFUSED, Channel, ChannelEnded
from aimaq.bus.rabbit.frames import Labels, content
from aimaq.bus.rabbit.properties import Properties
from aimaq.bus.rabbit.transport import FrameTransport
from aimaq.language.errors import AimaqError, BodyTooLarge, NotAllowed, NotFound, Technical, Unavailable

MOST_AFLOAT = 16 * 1024 * 1024
"""How many bytes may be on their way to the broker without its confirm."""

RENEWED_AFTER = 1.0
"""Seconds that a channel must have been open before it is given up because the broker did not store something."""

AWAITED = 5.0
"""Seconds without a confirm after which it is given up though something is still on its way, which is sent again."""


class Publication:
    """One broker message: its routing key, labels and body, and the messages of a call that are in it."""

    __slots__ = ("body", "error", "indices", "labels", "pending", "routing_key")

    def __init__(
        self,
        routing_key: str,
        labels: Labels,
        body: bytes,
        pending: PendingConfirm,
        indices: Sequence[int],
    ) -> None:
        self.routing_key = routing_key
        self.labels = labels
        self.body = body
        self.pending = pending
        self.indices = indices
        self.error: AimaqError | None = None

    def arrive(self, error: AimaqError | None) -> None:
        """The broker has it (None), or it failed."""
        self.pending.settle(self.indices, self.error or error)


class Publisher:
    """What waits for, and what is on its way to, one exchange. `window` is how many messages may be unconfirmed."""

    def __init__(self, exchange: str, window: int) -> None:
        self.exchange = exchange
        self.confirmed = 0
        self._window = window
        self._waiting: deque[Publication] = deque()
        self._afloat: dict[int, Publication] = {}
        self._bytes = 0
        self._tag = 0
        self._heard = 0.0
        self._time: Callable[[], float] = float
        self._opened = 0.0
        self._unstored = False
        self._give_up = asyncio.Event()
        self._channel: Channel | None = None
        self._due = False
        self._methods: dict[str, bytes] = {}

    def add(self, publication: Publication) -> None:
        """Put one more behind those that wait; all that is added before the loop's next turn leaves in one write."""
        self._waiting.append(publication)
        self._plan()

    def forget(self, pending: PendingConfirm) -> None:
        """Drop what waits for a caller that waits no more; what is on its way stays on its way."""
        self._waiting = deque(publication for publication in self._waiting if publication.pending is not pending)

    def abandon(self, error: AimaqError) -> None:
        """Tell every sender that waits, or whose message is on its way, that it failed."""
        for publication in (*self._afloat.values(), *self._waiting):
            publication.error = None
            publication.arrive(error)
        self._waiting.clear()
        self._reset()

    @property
    def silent(self) -> float:
        """For how many seconds something has been on its way without any confirm."""
        return self._time() - self._heard if self._afloat else 0.0

    async def serve(self, frames_transport: FrameTransport, number: int, ready: Callable[[], None]) -> None:
        """Publish over this connection until it fails, then raise ChannelEnded; a refusal alone does not end it.

        What was on its way when it failed is sent again over the next connection, before all that waits.
        """
        self._time = asyncio.get_running_loop().time
        try:
            while True:
                channel = Channel(frames_transport, number, confirmed=self._confirmed, returned=self._returned)
                await channel.open()
                await channel.call(Exchange.Declare(exchange=self.exchange, passive=True))
                await channel.call(Confirm.Select())
                self._methods.clear()
                self._channel, self._opened, self._unstored = channel, self._time(), False
                self._give_up.clear()
                ready()
                self._plan()
                if (end := await self._ended(channel)) is None:
                    continue
                if end.code == REFUSED:
                    self._refuse(str(end))
                elif _too_large(end):
                    self._refuse_largest(str(end))
                else:
                    raise end
        finally:
            self._channel = None
            self._put_back()

    async def _ended(self, channel: Channel) -> ChannelEnded | None:
        """Wait for the end of the channel; None if it was given up."""
        giving_up = asyncio.create_task(self._give_up.wait())
        try:
            await asyncio.wait((channel.ended, giving_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            giving_up.cancel()
        self._channel = None
        if channel.ended.done():
            return channel.ended.result()
        await channel.close()
        self._put_back()
        return None

    def _plan(self) -> None:
        if not self._due and self._waiting and self._channel is not None:
            self._due = True
            asyncio.get_running_loop().call_soon(self._load)

    def _load(self) -> None:
        self._due = False
        channel = self._channel
        if channel is None or channel.ended.done():
            return
        if self._unstored:
            if self.silent > AWAITED:
                self._give_up.set()
            return
        if not self._afloat:
            self._heard = self._time()
        frames: list[bytes] = []
        while self._waiting:
            publication = self._waiting[0]
            size = len(publication.body)
            if self._afloat and (len(self._afloat) >= self._window or self._bytes + size > MOST_AFLOAT):
                break
            self._waiting.popleft()
            if publication.pending.over:
                continue
            publication.error = None
            self._tag += 1
            self._afloat[self._tag] = publication
            self._bytes += size
            frames.append(self._methods.get(publication.routing_key) or self._method(publication.routing_key, channel))
            frames += content(channel.number, channel.most, self._tag, publication.labels, publication.body)
        channel.write(b"".join(frames))

    def _method(self, routing_key: str, channel: Channel) -> bytes:
        publish = Basic.Publish(exchange=self.exchange, routing_key=routing_key, mandatory=True)
        frame = self._methods[routing_key] = marshal(publish, channel.number)
        return frame

    def _returned(self, routing_key: str, properties: Properties) -> None:
        tag = properties.correlation_id
        if tag is not None and tag.isdecimal() and (publication := self._afloat.get(int(tag))) is not None:
            publication.error = NotFound(Technical(f"there is no queue for {routing_key}"))

    def _confirmed(self, upto: int, *, multiple: bool, stored: bool) -> None:
        self._heard = self._time()
        error = None if stored else Unavailable(Technical("the broker could not store it"))
        self._unstored |= not stored and self._heard - self._opened > RENEWED_AFTER
        tags = list(takewhile(lambda tag: tag <= upto, self._afloat)) if multiple else [upto]
        for tag in tags:
            if (publication := self._afloat.pop(tag, None)) is not None:
                self._bytes -= len(publication.body)
                self.confirmed += 1
                publication.arrive(error)
        if self._unstored and not self._afloat:
            self._give_up.set()
        self._plan()

    def _refuse(self, text: str) -> None:
        for publication in self._afloat.values():
            publication.arrive(NotAllowed(Technical(text)))
            self.confirmed += 1
        self._reset()

    def _refuse_largest(self, text: str) -> None:
        """One of those on their way is larger than the broker takes; the largest of them is so in any case."""
        tag = max(self._afloat, key=lambda one: len(self._afloat[one].body), default=None)
        if tag is not None:
            self._afloat.pop(tag).arrive(BodyTooLarge(Technical(f"the broker does not take it: {text}")))
            self.confirmed += 1
        self._put_back()

    def _put_back(self) -> None:
        """What is on its way is sent again, before all that waits."""
        afloat = reversed(self._afloat.values())
        self._waiting.extendleft(publication for publication in afloat if not publication.pending.over)
        self._reset()

    def _reset(self) -> None:
        self._afloat = {}
        self._bytes = self._tag = 0


def _too_large(end: ChannelEnded) -> bool:
    """Whether the broker closed the channel over the size of a message (RabbitMQ: 128 MiB, from 4.0 on 16 MiB)."""
    return end.code == PRECONDITION and "message size" in str(end)
