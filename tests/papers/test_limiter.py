"""Who fails too often waits, on the stand's clock; who does not is left alone, and not everybody is remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aimaq.language.clock import StandClock
from aimaq.language.errors import TooManyFailures
from aimaq.web.front_desk.rate_limit import Limiter
from tests.eds.pki import NOW

MINUTE = timedelta(minutes=1)


def test_after_so_many_failures_a_client_waits_until_the_first_is_over() -> None:
    clock = StandClock(lambda: NOW)
    limiter = Limiter(clock, most=3, window=10 * MINUTE)
    for _ in range(3):
        limiter.attempt("one")
        clock.advance(MINUTE)
    with pytest.raises(TooManyFailures) as told:
        limiter.attempt("one")
    assert told.value.more["retry_after"] == 7 * 60
    assert told.value.status == 429
    limiter.attempt("another")
    clock.advance(7 * MINUTE)
    limiter.attempt("one")
    with pytest.raises(TooManyFailures):
        limiter.attempt("one")
    clock.advance(10 * MINUTE)
    limiter.attempt("one")


def test_what_passes_is_no_failure_however_often() -> None:
    limiter = Limiter(StandClock(lambda: NOW), most=2)
    limiter.attempt("one")
    for _ in range(100):
        limiter.attempt("one")
        limiter.passed("one")
    limiter.attempt("one")
    with pytest.raises(TooManyFailures):
        limiter.attempt("one")
    limiter.passed("nobody")


def test_no_more_clients_are_remembered_than_there_is_room_for() -> None:
    limiter = Limiter(StandClock(lambda: NOW), most=1, clients=100)
    for number in range(1000):
        limiter.attempt(str(number))
    assert len(limiter) == 100
    limiter.attempt("0")
    with pytest.raises(TooManyFailures):
        limiter.attempt("999")
