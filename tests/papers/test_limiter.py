"""Who fails too often waits, on the stand's clock; who does not is left alone, and not everybody is remembered."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from aimaq.language.clock import StandClock
from aimaq.language.errors import TooManyFailures
from aimaq.web.front_desk import texts
from aimaq.web.front_desk.rate_limit import Limiter, OneAtATime
from tests.eds.pki import NOW
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)


def test_after_so_many_failures_a_client_waits_until_the_first_is_over() -> None:
    clock = StandClock(lambda: NOW)
    limiter = Limiter(clock, most=3, window=10 * MINUTE)
    for _ in range(3):
        limiter.attempt("one")
        clock.advance(MINUTE)
    with pytest.raises(TooManyFailures) as refused:
        limiter.attempt("one")
    assert refused.value.more["retry_after"] == 7 * 60
    assert refused.value.status == 429
    assert refused.value.rule == "3 in 600 s"
    assert refused.value.texts == texts.too_many(3, 600)
    limiter.attempt("another")
    clock.advance(7 * MINUTE)
    limiter.attempt("one")
    with pytest.raises(TooManyFailures):
        limiter.attempt("one")
    clock.advance(10 * MINUTE)
    limiter.attempt("one")


@pytest.mark.parametrize(("before", "seconds"), [(timedelta(microseconds=1), 1), (timedelta(seconds=1.5), 2)])
def test_who_has_to_wait_does_so_for_whole_seconds_and_at_least_one(before: timedelta, seconds: int) -> None:
    clock = StandClock(lambda: NOW)
    limiter = Limiter(clock, most=1, window=10 * MINUTE)
    limiter.attempt("one")
    clock.advance(10 * MINUTE - before)
    with pytest.raises(TooManyFailures) as refused:
        limiter.admit("one")
    assert refused.value.more["retry_after"] == seconds


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


def test_who_is_forgotten_may_fail_anew_and_the_others_may_not() -> None:
    limiter = Limiter(StandClock(lambda: NOW), most=1)
    limiter.attempt("one")
    limiter.attempt("another")
    limiter.forget("one")
    limiter.forget("nobody")
    limiter.attempt("one")
    with pytest.raises(TooManyFailures):
        limiter.attempt("another")


def test_without_other_orders_ten_failures_in_ten_minutes_of_four_thousand_clients_count() -> None:
    clock = StandClock(lambda: NOW)
    limiter = Limiter(clock)
    for _ in range(10):
        limiter.attempt("one")
    with pytest.raises(TooManyFailures) as refused:
        limiter.attempt("one")
    assert refused.value.more["retry_after"] == 600
    for number in range(4095):
        limiter.attempt(str(number))
    with pytest.raises(TooManyFailures):
        limiter.attempt("one")
    limiter.attempt("one too many")
    assert len(limiter) == 4096
    limiter.attempt("one")


async def test_who_comes_for_the_same_thing_waits_and_who_comes_for_another_does_not() -> None:
    turns, leave, inside = OneAtATime(), asyncio.Event(), list[str]()

    async def come(who: str, thing: str) -> None:
        async with turns.of(thing):
            inside.append(who)
            await leave.wait()
            inside.remove(who)

    async with asyncio.TaskGroup() as comers, turns.of("one"):
        comers.create_task(come("first", "one"))
        comers.create_task(come("second", "one"))
        comers.create_task(come("stranger", "another"))
        await eventually(lambda: inside)
        assert (inside, len(turns)) == (["stranger"], 2)
        leave.set()
    assert (inside, len(turns)) == ([], 0)
