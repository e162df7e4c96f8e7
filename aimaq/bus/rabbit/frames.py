"""The AMQP 0-9-1 frames of the hot path, written and read by hand; all others are left to pamqp.

pamqp describes every frame by its fields and walks through them: 22 µs to write and 35 µs to read the properties of one
message. The few frames that every message needs have one form here, so they are put together and cut up directly; how
their properties are read is in `aimaq.bus.rabbit.properties`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from aimaq.bus import trace_context

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
END = b"\xce"
OVERHEAD = 8
"""Bytes of a frame beside its payload."""

DELIVER, ACK, NACK = b"\x00\x3c\x00\x3c", b"\x00\x3c\x00\x50", b"\x00\x3c\x00\x78"
"""How the payload of these methods begins: the numbers of the class `basic` and of the method."""

FRAME = struct.Struct(">BHI")
_HEADER_FRAME = struct.Struct(">BHIHHQH")
_ACK = struct.Struct(">BHI4sQBB")
_PERSISTENT = b"\x02"
# content-type, headers, delivery-mode, correlation-id, message-id, user-id, in this order
PRESENT = 1 << 15 | 1 << 13 | 1 << 12 | 1 << 10 | 1 << 7 | 1 << 4
SIGNATURE, DELIVERY = b"\x09signatureS", b"\x08deliveryl"


class Labels(NamedTuple):
    """The properties of one message to be sent, as AMQP writes them."""

    content_type: bytes
    headers: bytes
    message_id: bytes
    user_id: bytes


def short(text: str) -> bytes:
    """A text of up to 255 bytes; ValueError if it is longer."""
    data = text.encode()
    return bytes((len(data),)) + data


def headers(signature: str, delivery_number: int, traceparent: str = "") -> bytes:
    """The table of the headers beside an envelope that travels alone: two, and a third where it belongs to a trace."""
    mark = signature.encode()
    fields = b"".join((SIGNATURE, len(mark).to_bytes(4, "big"), mark, DELIVERY, delivery_number.to_bytes(8, "big")))
    if traceparent:
        fields += _text(trace_context.ALONE, traceparent)
    return len(fields).to_bytes(4, "big") + fields


def headers_of_bundle(traces: Sequence[str]) -> bytes:
    """The table of the headers beside a bundle: empty, unless one of its envelopes belongs to a trace."""
    together = trace_context.joined(traces)
    fields = _text(trace_context.TOGETHER, together) if together else b""
    return len(fields).to_bytes(4, "big") + fields


def _text(name: str, value: str) -> bytes:
    """A header that is a text."""
    data = value.encode()
    return b"".join((short(name), b"S", len(data).to_bytes(4, "big"), data))


def content(number: int, most: int, tag: int, labels: Labels, body: bytes) -> list[bytes]:
    """The frames that follow `basic.publish` on channel `number`: header and body, with at most `most` bytes in each.

    `tag` becomes the correlation id, by which a message is known that comes back.
    """
    content_type, table, message_id, user_id = labels
    properties = b"".join((content_type, table, _PERSISTENT, short(str(tag)), message_id, user_id))
    size = len(body)
    frames = [_HEADER_FRAME.pack(HEADER, number, 14 + len(properties), 60, 0, size, PRESENT), properties, END]
    for start in range(0, size, most):
        piece = body if size <= most else body[start : start + most]
        frames += (FRAME.pack(BODY, number, len(piece)), piece, END)
    return frames


def ack(number: int, tag: int, *, multiple: bool) -> bytes:
    """`basic.ack` on channel `number` of the message `tag`, or of all up to it."""
    return _ACK.pack(METHOD, number, 13, ACK, tag, multiple, END[0])


def read_delivery(payload: bytes) -> int:
    """The delivery tag of a `basic.deliver`."""
    after = 5 + payload[4]
    return int.from_bytes(payload[after : after + 8], "big")


def read_confirm(payload: bytes) -> tuple[int, bool]:
    """The delivery tag of a `basic.ack` or `basic.nack`, and whether it speaks of all up to it."""
    return int.from_bytes(payload[4:12], "big"), payload[12] & 1 == 1
