"""Mutated input by the thousand: every parser reads it or refuses it in its documented way, with bounded work."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.asn1 import der
from tests.fuzz.mutation import SPOILS, Node, spoilt, tree
from tests.fuzz.targets import MAKE, Target, TooMuchWork, target

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", MAKE)
def test_the_examples_are_taken(name: str) -> None:
    one = target(name)
    assert one.seeds
    assert any(one(data) for data in one.seeds)


@pytest.mark.parametrize("name", MAKE)
@settings(max_examples=250)
@given(chance=st.randoms(use_true_random=False), which=st.integers(0, 1000))
def test_mutated_input_is_read_or_refused(name: str, chance: Random, which: int) -> None:
    one = target(name)
    one(spoilt(one.seeds[which % len(one.seeds)], chance))


@pytest.mark.parametrize("name", MAKE)
@settings(max_examples=60)
@given(data=st.binary(max_size=300))
def test_any_input_is_read_or_refused(name: str, data: bytes) -> None:
    target(name)(data)


@pytest.mark.parametrize("name", MAKE)
def test_numbers_of_thousands_of_digits_are_read_or_refused(name: str) -> None:
    """Python writes no number of more than 4,300 digits into a text."""
    one = target(name)
    for seed in one.seeds:
        count = len(numbers(tree(seed) or []))
        for which in range(count):
            whole = tree(seed) or []
            number = numbers(whole)[which]
            number.inside, number.before = [], b"\x7f" * 2000
            one(b"".join(node.der for node in whole))


def numbers(nodes: list[Node]) -> list[Node]:
    """The INTEGERs and ENUMERATEDs among these elements and all inside them."""
    return [one for node in nodes for one in node.everyone() if one.tag in (0x02, 0x0A)]


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda one: one.__name__)
def test_each_mutation_changes_what_it_is_given(spoil: object) -> None:
    assert callable(spoil)
    data = target("certificate").seeds[0]
    changed = set()
    for seed in range(20):
        (top,) = tree(data) or []
        assert top.der == data, "taken apart and put together it is the same"
        spoil(top, Random(seed))
        changed.add(top.der)
    assert changed - {data}


def test_a_fault_and_too_much_work_are_noticed() -> None:
    def careless(data: bytes) -> int:
        return data[3]

    def endless(data: bytes) -> None:
        while True:
            der.inside(data, der.only(data, der.SEQUENCE))

    with pytest.raises(IndexError):
        Target(careless, (b"",), (ValueError,))(b"ab")
    with pytest.raises(TooMuchWork):
        Target(endless, (b"",), (ValueError,))(b"\x30\x00")
    assert Target(careless, (b"",), (IndexError,))(b"ab") is False


def test_a_node_with_an_unknown_length_is_written_so() -> None:
    node = Node(0x30, inside=[Node(0x02, b"\x05")])
    assert node.der == b"\x30\x03\x02\x01\x05"
    node.open_ended = True
    assert node.der == b"\x30\x80\x02\x01\x05\0\0"
    assert tree(b"\x30\x03\x02\x01\x05") == [Node(0x30, inside=[Node(0x02, b"\x05")])]
    assert tree(b"\x30\x04\x02\x01\x05") is None
