"""One AMQP channel on an aio-pika connection, with no task and no future for each message.

aio-pika connects, logs in, keeps the heartbeat and reads frames. Its own channel makes several objects, a task and a
lock for every message, 230 µs to publish and 140 µs to receive one; this one needs 15 and 60 (`docs/performance.md`).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any

from aiormq.abc import AbstractConnection, ChannelFrame
from pamqp import commands
from pamqp.base import Frame
from pamqp.body import ContentBody
from pamqp.frame import FrameTypes, marshal
from pamqp.header import ContentHeader

REFUSED = 403
REPLY_WITHIN = 10.0
"""How long the broker may take to answer a request on a channel, in seconds."""

Told = Callable[[Frame, ContentHeader | None, bytes], None]
"""What a channel calls with each message, return, confirm and cancellation; it must not raise."""

_FRAME = struct.Struct(">BHI")
_HEADER = struct.Struct(">BHIHHQH")
_PERSISTENT = b"\x02"
# content-type, headers, delivery-mode, correlation-id, message-id, user-id: the bits of those present, highest first
_PRESENT = 1 << 15 | 1 << 13 | 1 << 12 | 1 << 10 | 1 << 7 | 1 << 4


class ChannelEnded(Exception):
    """The channel is closed: by the broker with a code and a text, or with its connection (code 0)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Channel:
    """A channel with this number on a connection that does not use the number otherwise."""

    def __init__(self, connection: AbstractConnection, number: int, told: Told) -> None:
        self.number = number
        self.ended: asyncio.Future[ChannelEnded] = asyncio.get_running_loop().create_future()
        self.frames = self  # where the connection puts what it read for this channel
        self.most = connection.connection_tune.frame_max - 8
        self._writing = connection.write_queue
        self._told = told
        self._reply: asyncio.Future[Frame] | None = None
        self._method: Frame | None = None
        self._header: ContentHeader | None = None
        self._pieces: list[bytes] = []
        self._missing = 0
        channels: dict[int, Any] = connection.channels
        channels[number] = self

    async def open(self) -> None:
        """Open the channel at the broker; ChannelEnded if that fails."""
        await self.call(commands.Channel.Open())

    async def call(self, request: Frame) -> None:
        """Send a request and wait for its answer; ChannelEnded if there is none."""
        if self.ended.done():
            raise self.ended.result()
        self._reply = asyncio.get_running_loop().create_future()
        await self.write(marshal(request, self.number))
        await asyncio.wait((self._reply, self.ended), timeout=REPLY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if self.ended.done():
            raise self.ended.result()
        if not self._reply.done():
            raise ChannelEnded(0, f"the broker did not answer {request.name} within {REPLY_WITHIN:g} s")
        self._reply = None

    async def write(self, frames: bytes) -> None:
        """Hand marshalled frames of this channel to the connection."""
        await self._writing.put(ChannelFrame(payload=frames, should_close=False))

    async def flush(self) -> None:
        """Return when all that was written before has left for the broker."""
        drained = asyncio.get_running_loop().create_future()
        await self._writing.put(ChannelFrame(payload=b"", should_close=False, drain_future=drained))
        await drained

    async def put(self, item: tuple[int, FrameTypes]) -> None:
        """Take in one frame; called by the connection's reader."""
        frame = item[1]
        kind = type(frame)
        if kind is ContentBody:
            self._pieces.append(frame.value)  # type: ignore[union-attr]
            self._missing -= len(self._pieces[-1])
            if self._missing <= 0:
                self._complete()
        elif isinstance(frame, ContentHeader):
            self._header, self._pieces, self._missing = frame, [], frame.body_size
            if not self._missing:
                self._complete()
        elif kind is commands.Basic.Deliver or kind is commands.Basic.Return:
            self._method = frame  # type: ignore[assignment]
        elif isinstance(frame, commands.Basic.Ack | commands.Basic.Nack | commands.Basic.Cancel):
            self._told(frame, None, b"")
        elif isinstance(frame, commands.Channel.Close):
            await self.write(marshal(commands.Channel.CloseOk(), self.number))
            self.end(frame.reply_code or 0, frame.reply_text or "the broker closed the channel")
        elif self._reply is not None and not self._reply.done() and isinstance(frame, Frame):
            self._reply.set_result(frame)

    def end(self, code: int, text: str) -> None:
        """Mark the channel as closed."""
        if not self.ended.done():
            self.ended.set_result(ChannelEnded(code, text))

    def _complete(self) -> None:
        method, self._method = self._method, None
        if method is not None:
            pieces = self._pieces
            self._told(method, self._header, pieces[0] if len(pieces) == 1 else b"".join(pieces))


def short(text: str) -> bytes:
    """A text of up to 255 bytes as AMQP writes it; ValueError if it is longer."""
    data = text.encode()
    return bytes((len(data),)) + data


def header_table(signature: str, delivery: int) -> bytes:
    """The headers that stand beside an envelope that travels alone, as AMQP writes them."""
    mark = signature.encode()
    fields = b"".join(
        (b"\x09signatureS", len(mark).to_bytes(4, "big"), mark, b"\x08deliveryl", delivery.to_bytes(8, "big"))
    )
    return len(fields).to_bytes(4, "big") + fields


def content(number: int, most: int, tag: int, labels: tuple[bytes, bytes, bytes, bytes], body: bytes) -> list[bytes]:
    """The frames that follow a publish method: the header with the message's properties, then the body.

    `labels` are the content type, the table of headers, the message id and the user id, as AMQP writes them; `most` is
    what a frame may hold; `tag` becomes the correlation id, by which a message is known that comes back.
    """
    content_type, table, message_id, user_id = labels
    properties = b"".join((content_type, table, _PERSISTENT, short(str(tag)), message_id, user_id))
    size = len(body)
    frames = [_HEADER.pack(2, number, 14 + len(properties), 60, 0, size, _PRESENT), properties, b"\xce"]
    for start in range(0, size, most):
        piece = body if size <= most else body[start : start + most]
        frames += (_FRAME.pack(3, number, len(piece)), piece, b"\xce")
    return frames
