"""What a message belongs to in a trace is read with suspicion: it comes from anybody, and nothing may depend on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.bus import IncomingMessage, trace_context
from aimaq.bus.bundle import ALONE, BUNDLE, pack, unpack
from tests.bus.messages import outgoing

ONE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

UNLAWFUL = [
    "",
    "x",
    ONE.upper(),
    ONE + "0",
    ONE[:-1],
    f"{ONE}\n",
    "01" + ONE[2:],
    "00-" + "0" * 32 + ONE[35:],
    ONE[:36] + "0" * 16 + ONE[52:],
    "0" * 100_000,
    7,
    None,
    b"00",
]


@pytest.mark.parametrize("value", [ONE, OTHER])
def test_a_traceparent_is_taken_as_it_is(value: str) -> None:
    assert trace_context.lawful(value) == value
    assert trace_context.of_one({trace_context.ALONE: value}) == value


@pytest.mark.parametrize("value", UNLAWFUL)
def test_whatever_else_it_is_belongs_to_nothing(value: object) -> None:
    assert trace_context.lawful(value) == ""
    assert trace_context.of_one({trace_context.ALONE: value}) == ""
    assert trace_context.of_many({trace_context.TOGETHER: value}, 1) == [""]


def test_no_headers_belong_to_nothing() -> None:
    assert trace_context.of_one(None) == trace_context.of_one({}) == ""
    assert trace_context.of_many(None, 3) == trace_context.of_many({}, 3) == [""] * 3


def test_those_of_a_bundle_come_in_its_order() -> None:
    traces = [ONE, "", OTHER]
    joined = trace_context.joined(traces)
    assert trace_context.of_many({trace_context.TOGETHER: joined}, 3) == traces
    assert trace_context.joined(["", ""]) == ""


@pytest.mark.parametrize("text", [ONE, f"{ONE},{ONE},{ONE}", f"{ONE}," * 1000, ","])
def test_as_many_as_there_are_envelopes_or_none(text: str) -> None:
    assert trace_context.of_many({trace_context.TOGETHER: text}, 2) == ["", ""]


def test_one_that_cannot_be_read_costs_its_neighbours_nothing() -> None:
    assert trace_context.of_many({trace_context.TOGETHER: f"{ONE},nonsense,{OTHER}"}, 3) == [ONE, "", OTHER]


@given(st.text(max_size=300), st.integers(1, 5))
def test_whatever_a_header_says_each_envelope_has_an_answer(text: str, count: int) -> None:
    traces = trace_context.of_many({trace_context.TOGETHER: text}, count)
    assert len(traces) == count
    assert all(one == trace_context.lawful(one) for one in traces)


@pytest.mark.parametrize("header", [ONE, "nonsense", 7])
def test_no_header_of_a_trace_makes_a_message_another(header: object) -> None:
    messages = [outgoing(1), outgoing(2)]
    bundle = pack(messages, [0, 1])

    def bare(found: tuple[IncomingMessage, ...]) -> list[tuple[bytes, str, int, str | None, str]]:
        return [(one.body, one.signature, one.delivery_number, one.publisher, one.flaw) for one in found]

    with_header = unpack(BUNDLE, {trace_context.TOGETHER: header}, bundle, "con")
    assert bare(with_header) == bare(unpack(BUNDLE, {}, bundle, "con"))
    about = {"signature": "mark", "delivery": 1}
    alone = unpack(ALONE, about | {trace_context.ALONE: header}, b"{}", "con")
    assert bare(alone) == bare(unpack(ALONE, about, b"{}", "con"))
