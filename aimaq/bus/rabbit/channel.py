"""One AMQP channel beside aio-pika's own, with no task and no future for each message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from pamqp import commands
from pamqp.base import Frame
from pamqp.frame import marshal, unmarshal

from aimaq.bus.rabbit import frames
from aimaq.bus.rabbit.properties import Properties, read_header
from aimaq.bus.rabbit.transport import FrameTransport

REFUSED, MISSING, PRECONDITION = 403, 404, 406
REPLY_WITHIN = 10.0
"""How long the broker may take to answer a request on a channel, in seconds."""

Delivered = Callable[[int, Properties, bytes], None]
"""Takes the delivery tag, the properties and the body of a message."""


class Confirmed(Protocol):
    """Takes the publish tag, whether all up to it are meant, and whether the broker has stored them."""

    def __call__(self, upto: int, *, multiple: bool, stored: bool) -> None:
        """Take a confirm."""


Returned = Callable[[str, Properties], None]
"""Takes the routing key and the properties of a message that no queue wanted."""


class ChannelEnded(Exception):
    """The channel is closed: by the broker with a code and a text, or with its connection (code 0)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Channel:
    """A channel with this number; the callbacks are told what comes in, and must not raise."""

    def __init__(
        self,
        frames_transport: FrameTransport,
        number: int,
        *,
        delivered: Delivered | None = None,
        confirmed: Confirmed | None = None,
        returned: Returned | None = None,
    ) -> None:
        self.number = number
        self.most = frames_transport.most
        self.write = frames_transport.write
        self.ended: asyncio.Future[ChannelEnded] = asyncio.get_running_loop().create_future()
        self._delivered = delivered
        self._confirmed = confirmed
        self._returned = returned
        self._reply: asyncio.Future[Frame] | None = None
        self._method = b""
        self._properties = Properties()
        self._pieces: list[bytes] = []
        self._missing = 0
        frames_transport.channels[number] = self

    async def open(self) -> None:
        """Open the channel at the broker; ChannelEnded if that fails."""
        await self.call(commands.Channel.Open())

    async def call(self, request: Frame) -> None:
        """Send a request and wait for its answer; ChannelEnded if there is none."""
        if not self.ended.done():
            self._reply = asyncio.get_running_loop().create_future()
            self.write(marshal(request, self.number))
            await asyncio.wait((self._reply, self.ended), timeout=REPLY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            if self._reply.done():
                return
        if self.ended.done():
            raise self.ended.result()
        raise ChannelEnded(0, f"the broker did not answer {request.name} within {REPLY_WITHIN:g} s")

    async def close(self) -> None:
        """Close the channel; ChannelEnded if the broker does not answer. Its number may be used again then."""
        await self.call(commands.Channel.Close(reply_code=200, reply_text="", class_id=0, method_id=0))

    async def end(self) -> ChannelEnded:
        """Wait for the end of the channel, and say why it ended."""
        await asyncio.wait((self.ended,))
        return self.ended.result()

    def take(self, kind: int, payload: bytes) -> None:
        """See `Takes.take`."""
        if kind == frames.BODY:
            self._pieces.append(payload)
            self._missing -= len(payload)
            if self._missing <= 0:
                self._complete()
        elif kind == frames.HEADER:
            self._missing, self._properties = read_header(payload)
            self._pieces = []
            if not self._missing:
                self._complete()
        elif payload.startswith(frames.DELIVER):
            self._method = payload
        elif payload.startswith((frames.ACK, frames.NACK)):
            if self._confirmed is not None:
                upto, multiple = frames.read_confirm(payload)
                self._confirmed(upto, multiple=multiple, stored=payload.startswith(frames.ACK))
        else:
            self._take_rare(payload)

    def _take_rare(self, payload: bytes) -> None:
        _, _, frame = unmarshal(frames.FRAME.pack(frames.METHOD, self.number, len(payload)) + payload + frames.END)
        if isinstance(frame, commands.Basic.Return):
            self._method = payload
        elif isinstance(frame, commands.Channel.Close):
            self.write(marshal(commands.Channel.CloseOk(), self.number))
            self._close(frame.reply_code or 0, frame.reply_text or "the broker closed the channel")
        elif isinstance(frame, commands.Basic.Cancel):
            self._close(0, f"the broker stopped delivering to {frame.consumer_tag}")
        elif self._reply is not None and not self._reply.done() and isinstance(frame, Frame):
            self._reply.set_result(frame)

    def _close(self, code: int, text: str) -> None:
        if not self.ended.done():
            self.ended.set_result(ChannelEnded(code, text))

    def _complete(self) -> None:
        method, self._method = self._method, b""
        pieces, self._pieces = self._pieces, []
        if method.startswith(frames.DELIVER):
            if self._delivered is not None:
                body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
                self._delivered(frames.read_delivery(method), self._properties, body)
        elif method and self._returned is not None:
            frame = commands.Basic.Return()
            frame.unmarshal(method[4:])
            self._returned(frame.routing_key or "", self._properties)
