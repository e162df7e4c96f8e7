"""The encoding: what is written reads back, an independent library reads the same, and nothing else gets through."""

from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import Malformed

numbers = st.integers(-(2**200), 2**200)
oids = st.tuples(st.integers(0, 1), st.integers(0, 39), st.lists(st.integers(0, 2**60), max_size=8)).map(
    lambda arcs: ".".join(map(str, (arcs[0], arcs[1], *arcs[2])))
)


@given(numbers)
def test_a_number_reads_back_here_and_elsewhere(value: int) -> None:
    encoded = der.number(value)
    assert der.integer(encoded, der.only(encoded, der.INTEGER)) == value
    assert core.Integer.load(encoded).native == value


@given(numbers.filter(lambda value: value >= 0))
def test_a_number_is_encoded_as_elsewhere(value: int) -> None:
    assert der.number(value) == core.Integer(value).dump()


@given(oids)
def test_an_object_identifier_reads_back_here_and_elsewhere(dotted: str) -> None:
    encoded = der.oid(dotted)
    assert encoded == core.ObjectIdentifier(dotted).dump()
    assert der.dotted(der.only(encoded, der.OID).content(encoded)) == dotted


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_elements_read_back_in_their_order(contents: list[bytes]) -> None:
    encoded = der.encode(der.SEQUENCE, *(der.encode(der.OCTETS, content) for content in contents))
    found = der.inside(encoded, der.only(encoded, der.SEQUENCE))
    assert [element.content(encoded) for element in found] == contents
    assert b"".join(element.whole(encoded) for element in found) == encoded[der.only(encoded, der.SEQUENCE).body :]


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_an_element_of_indefinite_length_reads_as_its_definite_one(contents: list[bytes]) -> None:
    inner = b"".join(der.encode(der.OCTETS, content) for content in contents)
    encoded = b"\x30\x80" + inner + b"\x00\x00"
    element = der.only(encoded, der.SEQUENCE)
    assert element.content(encoded) == inner
    assert [part.content(encoded) for part in der.inside(encoded, element)] == contents


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        elements = der.inside(data, der.element(data, 0, len(data)))
    except Malformed:
        return
    assert all(0 <= one.start <= one.body <= one.stop <= one.end <= len(data) for one in elements)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x02\x00",
        b"\x30\x82\x01",
        b"\x30\x85\x01\x00\x00\x00\x00",
        b"\x3f\x01\x00",
        b"\x04\x80\x00\x00",
        b"\x30\x80",
        b"\x30\x80\x04\x00\x00",
        b"\x30\x80" * 100 + b"\x00\x00" * 100,
        b"\x30\x00\x00",
    ],
)
def test_a_broken_encoding_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        der.only(data, der.SEQUENCE)


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x2a\x86", b"\xff" * 12 + b"\x01"])
def test_a_broken_object_identifier_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        der.dotted(content)


def test_what_is_not_there_is_malformed() -> None:
    with pytest.raises(Malformed, match="missing"):
        der.part([], 0)
    with pytest.raises(Malformed, match="expected"):
        der.part(der.inside(b"\x04\x00", der.Element(0x30, 0, 0, 2, 2)), 0, der.INTEGER)
    with pytest.raises(Malformed):
        der.integer(b"\x02\x00", der.only(b"\x02\x00", der.INTEGER))


def test_a_number_that_no_text_can_hold_is_malformed() -> None:
    def read(octets: int) -> int:
        encoded = der.encode(der.INTEGER, b"\x7f" * octets)
        return der.integer(encoded, der.only(encoded, der.INTEGER))

    assert str(read(der.OCTETS_OF_NUMBER))
    for octets in (der.OCTETS_OF_NUMBER + 1, 2_000):
        with pytest.raises(Malformed, match="number"):
            read(octets)
