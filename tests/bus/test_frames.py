"""The frames written and read by hand, held against pamqp, which knows all of AMQP; and the cutting of the stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.frame import marshal, unmarshal
from pamqp.header import ContentHeader

from aimaq.bus.bundle import ALONE, BUNDLE, MOST_BYTES, pack, portions, unpack
from aimaq.bus.port import OutgoingMessage
from aimaq.bus.rabbit import frames as wire
from aimaq.bus.rabbit import properties as reading
from aimaq.bus.rabbit.frames import Labels
from aimaq.bus.rabbit.properties import Properties
from aimaq.bus.rabbit.transport import FrameTransport
from tests.bus.messages import incoming

words = st.text(max_size=60)
tags = st.integers(0, 2**63 - 1)
channels = st.integers(1, 2047)
tables = st.dictionaries(
    st.text(min_size=1, max_size=20), st.text() | st.booleans() | st.integers(-(2**40), 2**40) | st.none()
)
outgoing_messages = st.builds(
    OutgoingMessage,
    message_id=words,
    routing_key=words,
    to=st.just("lea"),
    body=st.binary(max_size=300),
    signature=words,
    delivery_number=tags,
)


def cut(stream: bytes) -> list[Any]:
    """The frames of a stream, as pamqp reads them."""
    frames = []
    while stream:
        size, _, frame = unmarshal(stream)
        stream = stream[size:]
        frames.append(frame)
    return frames


@given(channels, tags, words, tags, words, st.binary(max_size=500), st.integers(1, 200))
def test_pamqp_reads_what_is_written_by_hand(
    number: int, tag: int, signature: str, delivery_number: int, message_id: str, body: bytes, most: int
) -> None:
    labels = Labels(
        wire.short(ALONE), wire.headers(signature, delivery_number), wire.short(message_id), wire.short("aimaq-lea")
    )
    header, *pieces = cut(b"".join(wire.content(number, most, tag, labels, body)))
    assert isinstance(header, ContentHeader)
    found = header.properties
    assert (found.content_type, found.delivery_mode, found.user_id) == (ALONE, 2, "aimaq-lea")
    assert found.headers == {"signature": signature, "delivery": delivery_number}
    assert (found.correlation_id, found.message_id or "") == (str(tag), message_id)
    assert header.body_size == len(body)
    assert b"".join(piece.value for piece in pieces) == body
    assert all(isinstance(piece, ContentBody) and len(piece.value) <= most for piece in pieces)


@given(channels, tags, st.booleans())
def test_answers_to_deliveries_are_what_pamqp_writes(number: int, tag: int, multiple: bool) -> None:
    assert wire.ack(number, tag, multiple=multiple) == marshal(commands.Basic.Ack(tag, multiple), number)


@given(tags, st.booleans(), words)
def test_methods_are_read_as_pamqp_writes_them(tag: int, mark: bool, text: str) -> None:
    def payload(method: commands.Basic.Deliver | commands.Basic.Ack | commands.Basic.Nack) -> bytes:
        return marshal(method, 1)[7:-1]

    deliver = payload(commands.Basic.Deliver(text, tag, mark, "an exchange", "a key"))
    assert deliver.startswith(wire.DELIVER)
    assert wire.read_delivery(deliver) == tag
    assert wire.read_confirm(payload(commands.Basic.Ack(tag, mark))) == (tag, mark)
    assert wire.read_confirm(payload(commands.Basic.Nack(tag, mark, True))) == (tag, mark)


@given(words, words, words, tables)
def test_any_properties_are_read_as_pamqp_writes_them(
    kind: str, user: str, correlation: str, table: dict[str, Any]
) -> None:
    extras: tuple[dict[str, Any], ...] = (
        {},
        {"message_id": "m", "delivery_mode": 2},
        {"app_id": "another", "priority": 3},
    )
    for extra in extras:
        properties = commands.Basic.Properties(
            content_type=kind, user_id=user, correlation_id=correlation, headers=table, **extra
        )
        size, found = reading.read_header(marshal(ContentHeader(0, 77, properties), 1)[7:-1])
        assert size == 77
        used = {name: value for name, value in table.items() if isinstance(value, str | int) and value is not True}
        used = {name: value for name, value in used.items() if value is not False}
        assert found == Properties(kind or None, used, correlation or None, user or None)


@given(st.binary(max_size=200), st.booleans())
def test_garbled_properties_are_no_properties(garbage: bytes, ours: bool) -> None:
    flags = (wire.PRESENT if ours else 0xFFFE).to_bytes(2, "big")
    size, found = reading.read_header(b"\x00\x3c\x00\x00" + (5).to_bytes(8, "big") + flags + garbage)
    assert size == 5
    assert isinstance(found, Properties)


class Notes:
    """A channel that writes down what it is given."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []

    def take(self, kind: int, payload: bytes) -> None:
        self.frames.append((kind, payload))


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40)), max_size=30), st.data())
def test_a_stream_is_cut_the_same_wherever_the_network_cuts_it(
    frames: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(wire.FRAME.pack(wire.BODY, number, len(body)) + body + wire.END for number, body in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    async def feed() -> tuple[dict[int, Notes], bytes]:
        frames_transport, notes = FrameTransport(), {number: Notes() for number in (1, 2, 3)}
        frames_transport.channels.update(notes)
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            frames_transport.data_received(stream[start:end])
        frames_transport.reader.feed_eof()
        return notes, await frames_transport.reader.read()

    notes, rest = asyncio.run(feed())
    for number, note in notes.items():
        assert note.frames == [(wire.BODY, body) for to, body in frames if to == number]
    assert rest == b"".join(
        wire.FRAME.pack(wire.BODY, 0, len(body)) + body + wire.END for to, body in frames if to == 0
    )


@given(st.lists(outgoing_messages, min_size=1, max_size=20))
def test_a_bundle_gives_back_what_was_put_in(batch: list[OutgoingMessage]) -> None:
    assert unpack(BUNDLE, {}, pack(batch, range(len(batch))), "lea") == tuple(incoming(one, "lea") for one in batch)


@given(st.binary(max_size=100), tables, st.sampled_from([ALONE, BUNDLE, None, "text/plain"]))
def test_whatever_comes_in_is_at_least_one_arrival(body: bytes, table: dict[str, Any], kind: str | None) -> None:
    found = unpack(kind, table, body, None)
    assert found
    assert all(type(one.signature) is str and one.delivery_number >= 0 for one in found)


@pytest.mark.parametrize(
    ("sizes", "most", "expected"),
    [
        ([1, 1, 1], 2, [[0, 1], [2]]),
        ([1, 1, 1], 1, [[0], [1], [2]]),
        ([MOST_BYTES, 1, MOST_BYTES - 1, 1], 48, [[0], [1, 2], [3]]),
        ([1, 3 * MOST_BYTES, 1], 48, [[0], [1], [2]]),
        ([7], 48, [[0]]),
    ],
)
def test_portions_keep_both_limits_and_the_order(sizes: list[int], most: int, expected: list[list[int]]) -> None:
    batch = [OutgoingMessage("m", "k", "lea", bytes(size), "") for size in sizes]
    assert [list(portion) for portion in portions(batch, range(len(batch)), most)] == expected
