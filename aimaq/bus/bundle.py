"""How envelopes lie in a broker message: one alone, or many in a bundle, each with its own bytes and signature.

Alone: content type `application/json`, the body is the envelope, the headers `signature` and `delivery` stand beside
it. Bundle: content type `application/vnd.aimaq.bundle`, the body is a MessagePack array of at most `MOST_ENVELOPES`
`[signature, delivery, envelope]`. What they belong to in a trace is a header of either
(`aimaq.bus.trace_context`). Whatever else comes in is handed on as one message, with its flaw, to be rejected by
the one who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec

from aimaq.bus import trace_context
from aimaq.bus.port import IncomingMessage, OutgoingMessage

ALONE = "application/json"
BUNDLE = "application/vnd.aimaq.bundle"

MOST_BYTES = 512 * 1024
"""How many bytes of envelopes go into one bundle; a larger envelope travels alone."""

MOST_ENVELOPES = 256
"""How many envelopes a bundle may have. Each becomes an entry of the journal, so that more would be an attack."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(
    Annotated[list[tuple[str, int, bytes]], msgspec.Meta(min_length=1, max_length=MOST_ENVELOPES)]
)


def portions(
    outgoing_messages: Sequence[OutgoingMessage], indices: Sequence[int], most: int
) -> Iterator[Sequence[int]]:
    """These messages, by index, in portions for a bundle each: at most `most` of them and `MOST_BYTES` bytes."""
    start = size = 0
    for place, index in enumerate(indices):
        weight = len(outgoing_messages[index].body)
        if place > start and (place - start >= most or size + weight > MOST_BYTES):
            yield indices[start:place]
            start, size = place, 0
        size += weight
    yield indices[start:]


def pack(outgoing_messages: Sequence[OutgoingMessage], indices: Sequence[int]) -> bytes:
    """The body of a bundle of these messages."""
    return _encoder.encode(
        [(p.signature, p.delivery_number, p.body) for p in map(outgoing_messages.__getitem__, indices)]
    )


def unpack(
    content_type: str | None, headers: Mapping[str, object] | None, body: bytes, publisher: str | None, flaw: str = ""
) -> tuple[IncomingMessage, ...]:
    """The envelopes in a broker message, at least one; a message that is not one of ours has a flaw, or no signature.

    With a `flaw` of the broker message itself nothing is looked for inside.
    """
    if flaw:
        return (IncomingMessage(body, "", 0, publisher, flaw),)
    if content_type == BUNDLE:
        try:
            entries = _decoder.decode(body)
            if headers and trace_context.TOGETHER in headers:
                traceparents = trace_context.of_many(headers, len(entries))
                return tuple(
                    IncomingMessage(data, mark, number, publisher, traceparent=traceparent)
                    for (mark, number, data), traceparent in zip(entries, traceparents, strict=True)
                )
            return tuple([IncomingMessage(data, mark, number, publisher) for mark, number, data in entries])
        except msgspec.ValidationError:
            flaw = f"it is not a bundle of 1 to {MOST_ENVELOPES} envelopes"
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            flaw = "it is a bundle that cannot be read"
        return (IncomingMessage(body, "", 0, publisher, flaw),)
    signature = headers.get("signature") if headers else None
    delivery_number = headers.get("delivery") if headers else None
    return (
        IncomingMessage(
            body,
            signature if isinstance(signature, str) else "",
            delivery_number if isinstance(delivery_number, int) and delivery_number > 0 else 0,
            publisher,
            traceparent=trace_context.of_one(headers),
        ),
    )
