"""YAML as plain data with lines: what is taken, what is not, and that nothing makes it stumble."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.regulation.files.document import Document


def rules(content: str | bytes) -> list[tuple[int, str]]:
    """The lines and rules of the faults in a document."""
    document = Document(content.encode() if isinstance(content, str) else content)
    return [(fault.line, fault.rule) for fault in document.faults]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("2012-09-05", "2012-09-05"),
        ("000-01", "000-01"),
        ("010", "010"),
        ("12:30", "12:30"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-7", -7),
        ("0.5", 0.5),
        ('"7"', "7"),
        ("'true'", "true"),
    ],
)
def test_a_word_is_what_it_looks_like(word: str, value: object) -> None:
    document = Document(f"key: {word}\n".encode())
    assert document.data == {"key": value}
    assert not document.faults


def test_a_number_can_be_a_key_and_no_can_too() -> None:
    assert Document(b"{no: 1, 2: x}").data == {"no": 1, "2": "x"}


def test_every_value_knows_its_line() -> None:
    document = Document(b"a:\n  b:\n    - x\n    - y: 1\n      z: 2\nc: 3\n")
    assert [
        document.line(place)
        for place in [(), ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1), ("a", "b", 1, "z"), ("c",)]
    ] == [1, 1, 2, 3, 4, 5, 6]


def test_a_place_that_is_not_there_has_the_line_of_what_is_above_it() -> None:
    document = Document(b"a:\n  b: 1\n")
    assert document.line(("a", "b", "c", 4)) == 2
    assert document.line(("a", 7)) == 1
    assert document.line(("z",)) == 1


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", [(1, "syntax")]),
        ("# nothing\n", [(1, "syntax")]),
        ("~", [(1, "syntax")]),
        ("a: 1\nb: [1, 2\nc: 3\n", [(3, "syntax")]),
        ("a: 1\n\tb: 2\n", [(2, "syntax")]),
        ("a: 1\n---\nb: 2\n", [(2, "syntax")]),
        ("a: 1\nb: 2\na: 3\n", [(3, "duplicate-key")]),
        ("a: 1\n? [b]\n: 2\n", [(2, "syntax")]),
        ("a: &x 1\nb: *x\n", [(1, "plain-yaml"), (2, "plain-yaml")]),
        ("a: !!python/object:os.system {}\n", [(1, "plain-yaml")]),
        ("a: b: c\n", [(1, "syntax")]),
        (b"a: 1\nb: \xff\n", [(2, "encoding")]),
        ("a: \x00\n", [(1, "syntax")]),
        ("[" * 100 + "]" * 100, [(1, "syntax")]),
    ],
)
def test_a_fault_has_a_line_and_a_rule(content: str | bytes, found: list[tuple[int, str]]) -> None:
    assert rules(content) == found


def test_a_byte_order_mark_is_passed_over() -> None:
    assert Document(b"\xef\xbb\xbfa: 1").data == {"a": 1}


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!#'\"\n 1?|>%", max_size=80).map(str.encode))
def test_no_bytes_make_it_stumble(content: bytes) -> None:
    document = Document(content)
    assert document.data is not None or document.faults
    for fault in document.faults:
        assert 1 <= fault.line <= content.count(b"\n") + 2 + content.count(b"\r")


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(plain, min_size=1) | st.dictionaries(texts, plain, min_size=1))
def test_json_is_read_as_the_data_that_it_is(data: object) -> None:
    document = Document(json.dumps(data, ensure_ascii=False).encode())
    assert not document.faults
    assert document.data == data
