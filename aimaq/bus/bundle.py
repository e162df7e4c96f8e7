"""How envelopes lie in a broker message: one alone, or many in a bundle, each with its own bytes and signature.

Alone: content type `application/json`, the body is the envelope, the headers `signature` and `delivery` stand beside
it. Bundle: content type `application/vnd.aimaq.bundle`, the body is a MessagePack array of
`[signature, delivery, envelope]`. Whatever else comes in is handed on as it is, with no signature, to be rejected by
the one who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from aimaq.bus.port import Arrival, Parcel

ALONE = "application/json"
BUNDLE = "application/vnd.aimaq.bundle"

MOST_BYTES = 512 * 1024
"""How many bytes of envelopes go into one bundle; a larger envelope travels alone."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[tuple[str, int, bytes]])


def portions(parcels: Sequence[Parcel], indices: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    """These parcels, by index, in portions for a bundle each: at most `most` of them and `MOST_BYTES` bytes."""
    start = size = 0
    for place, index in enumerate(indices):
        weight = len(parcels[index].body)
        if place > start and (place - start >= most or size + weight > MOST_BYTES):
            yield indices[start:place]
            start, size = place, 0
        size += weight
    yield indices[start:]


def pack(parcels: Sequence[Parcel], indices: Sequence[int]) -> bytes:
    """The body of a bundle of these parcels."""
    return _encoder.encode([(p.signature, p.delivery, p.body) for p in map(parcels.__getitem__, indices)])


def unpack(
    content_type: str | None, headers: Mapping[str, object] | None, body: bytes, publisher: str | None
) -> tuple[Arrival, ...]:
    """The envelopes in a broker message, at least one; a message that is not one of ours is one without a signature."""
    if content_type == BUNDLE:
        try:
            inside = tuple([Arrival(data, mark, number, publisher) for mark, number, data in _decoder.decode(body)])
        except (msgspec.DecodeError, UnicodeDecodeError):
            inside = ()
        return inside or (Arrival(body, "", 0, publisher),)
    signature = headers.get("signature") if headers else None
    delivery = headers.get("delivery") if headers else None
    return (
        Arrival(
            body,
            signature if isinstance(signature, str) else "",
            delivery if isinstance(delivery, int) and delivery > 0 else 0,
            publisher,
        ),
    )
