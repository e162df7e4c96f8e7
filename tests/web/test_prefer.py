"""The header `Prefer` (RFC 7240): several preferences, in quotes, with parameters, and in any form at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.web.request.prefer import preferred_wait

UNDERSTOOD = {
    ("wait=10",): 10,
    ("respond-async, wait=30",): 30,
    ("respond-async", "wait=30"): 30,
    ('return=representation; x="a,wait=3", wait="7"',): 7,
    ('x="\\",wait=4", wait=8',): 8,
    ("WAIT = 5",): 5,
    ("wait=5;why=because;",): 5,
    (",, wait=3,",): 3,
    ("wait=1, wait=2",): 1,
    ("wait=1", "wait=2"): 1,
    ("wait=0",): 0,
}
NOT_UNDERSTOOD = (
    (),
    ("",),
    ("wait",),
    ("wait=",),
    ('wait=""',),
    ("wait=-1",),
    ("wait=1.5",),
    ("wait=soon",),
    ("wait=٣",),
    ("wait=" + "9" * 400,),
    ("await=3",),
    ("x-wait=3",),
    ('foo="wait=9"',),
    ("foo; wait=9",),
    ('foo="bar, wait=9',),
    ("wait=3 5",),
    ("wait=soon, wait=3",),
)
HOSTILE = (
    "a" + ";a" * 30_000 + '"',
    'a="' + "\\a" * 30_000,
    "a" + " ;" * 30_000 + "(",
    "a" + " " * 60_000,
    '"",' * 20_000,
)


@pytest.mark.parametrize("headers", UNDERSTOOD)
def test_how_long_the_client_would_wait_is_understood(headers: tuple[str, ...]) -> None:
    assert preferred_wait(headers) == UNDERSTOOD[headers]


@pytest.mark.parametrize("headers", NOT_UNDERSTOOD)
def test_what_is_no_whole_number_of_seconds_is_passed_over(headers: tuple[str, ...]) -> None:
    assert preferred_wait(headers) is None


@pytest.mark.parametrize("header", HOSTILE)
def test_a_header_of_any_length_is_read_in_one_go(header: str) -> None:
    assert preferred_wait([header]) is None


@given(st.lists(st.text(alphabet='wait=3,;" \\\t\u00e9'), max_size=4))
def test_no_header_is_a_fault(headers: list[str]) -> None:
    found = preferred_wait(headers)
    assert found is None or found >= 0
